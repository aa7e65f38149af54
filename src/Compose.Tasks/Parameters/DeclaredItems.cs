using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Declarations;
using Compose.Tasks.Diagnostics;
using Microsoft.Build.Framework;

namespace Compose.Tasks.Parameters;

/// <summary>Reads the items by which a project declares what packages do in scripts.</summary>
internal static class DeclaredItems
{
    /// <summary>An <c>ExtensionFile</c>. A symbolic link of the host is followed: its target's bytes are taken.</summary>
    /// <param name="item">The item.</param>
    /// <param name="path">The file's absolute path.</param>
    /// <exception cref="DiagnosticException">There is no such file, or no destination for it.</exception>
    public static FileDefinition File(ITaskItem item, string path)
    {
        var traits = new ItemTraits("ExtensionFile");
        var file = new FileInfo(path);
        if (file.Exists && file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
        {
            file = target;
        }

        if (!file.Exists)
        {
            throw new DiagnosticException(TaskDiagnostics.FileAccess.Create($"The file '{path}' does not exist.", item.ItemSpec, traits));
        }

        var destination = item.GetMetadata("Destination");
        if (destination.Length == 0)
        {
            throw new DiagnosticException(TaskDiagnostics.BadProperty.Create(
                $"The ExtensionFile '{item.ItemSpec}' has no Destination: a path in the image, or one that ends with '/' for a folder.", item.ItemSpec, traits));
        }

        if (destination.EndsWith('/'))
        {
            // As MSBuild's own Copy does with a wildcard: the folders that ** stood for are made again.
            destination += item.GetMetadata("RecursiveDir").Replace('\\', '/') + Path.GetFileName(path);
        }

        return new FileDefinition(
            item.ItemSpec,
            new HostFileContent(file.FullName, file.Length),
            !OperatingSystem.IsWindows() && file.UnixFileMode.HasFlag(UnixFileMode.UserExecute),
            destination,
            Text(item, "Mode"),
            Text(item, "User"),
            Text(item, "Group"));
    }

    /// <summary>A <c>Directory</c>.</summary>
    public static DirectoryDefinition Directory(ITaskItem item) => new(item.ItemSpec, Text(item, "Mode"), Text(item, "User"), Text(item, "Group"));

    /// <summary>A <c>RemoveFile</c>.</summary>
    public static RemovalDefinition Removal(ITaskItem item) => new(item.ItemSpec, Text(item, "Pattern"));

    /// <summary>A <c>SystemUser</c>.</summary>
    public static SystemUserDefinition User(ITaskItem item) => new(
        item.ItemSpec,
        Text(item, "Id"),
        Text(item, "PrimaryGroup"),
        Text(item, "Description"),
        Text(item, "HomeDirectory"),
        Text(item, "Shell"),
        List(item, "Groups"));

    /// <summary>A <c>SystemGroup</c>.</summary>
    public static SystemGroupDefinition Group(ITaskItem item) => new(item.ItemSpec, Text(item, "Id"), List(item, "Members"));

    /// <summary>A <c>SystemdSetting</c>.</summary>
    /// <exception cref="DiagnosticException">Reset is neither true nor false.</exception>
    public static UnitSettingDefinition UnitSetting(ITaskItem item) => new(
        item.ItemSpec,
        item.GetMetadata("Section"),
        item.GetMetadata("Name"),
        Text(item, "Value"),
        PropertyValue.Boolean("SystemdSetting's Reset", item.GetMetadata("Reset")) ?? false);

    private static string? Text(ITaskItem item, string name) => PropertyValue.Text(item.GetMetadata(name));

    private static string[] List(ITaskItem item, string name) =>
        item.GetMetadata(name).Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
