using System.Globalization;
using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees.HostFiles;
using Compose.Packages.Inputs;
using Microsoft.Build.Framework;

namespace Compose.Tasks;

/// <summary>
/// Writes what an output depends on to a file, unless the file says the same already. The file's time then tells MSBuild
/// whether there is work: also when a file was deleted, or a property changed.
/// </summary>
public sealed class WriteInputManifest : ComposeTask
{
    /// <summary>Properties and items, one line each.</summary>
    public ITaskItem[] Inputs { get; set; } = [];

    /// <summary>Items that count with all their metadata. What identifies a user in an address is left out.</summary>
    public ITaskItem[] InputItems { get; set; } = [];

    /// <summary>Folders whose files count; one that does not exist is empty.</summary>
    public ITaskItem[] Folders { get; set; } = [];

    /// <summary>The file to write.</summary>
    [Required]
    public string Manifest { get; set; } = "";

    /// <inheritdoc/>
    protected override void Run(IDiagnosticReporter reporter, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        foreach (var input in Inputs)
        {
            text.Append(input.ItemSpec).Append('\n');
        }

        foreach (var item in InputItems)
        {
            AppendItem(text, item);
        }

        foreach (var folder in Folders)
        {
            var directory = new DirectoryInfo(Absolute(folder.ItemSpec));
            if (directory.Exists)
            {
                cancellationToken.ThrowIfCancellationRequested();
                AppendDirectory(text, directory);
            }
        }

        AtomicFile.WriteWhenDifferent(Absolute(Manifest), Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static void AppendItem(StringBuilder text, ITaskItem item)
    {
        text.Append(Credentials.Remove(item.ItemSpec));
        foreach (var name in item.CloneCustomMetadata().Keys.Cast<string>().Order(StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $" {name}={Credentials.Remove(item.GetMetadata(name))}");
        }

        text.Append('\n');
    }

    private static void AppendDirectory(StringBuilder text, DirectoryInfo directory)
    {
        foreach (var info in directory.EnumerateFileSystemInfos().OrderBy(info => info.Name, StringComparer.Ordinal))
        {
            var mode = OperatingSystem.IsWindows() ? "" : Convert.ToString((int)info.UnixFileMode, 8);
            if (info.LinkTarget is { } target)
            {
                text.Append(CultureInfo.InvariantCulture, $"{info.FullName} -> {target}\n");
            }
            else if (info is DirectoryInfo subdirectory)
            {
                text.Append(CultureInfo.InvariantCulture, $"{info.FullName}/ {mode}\n");
                AppendDirectory(text, subdirectory);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"{info.FullName} {mode} {((FileInfo)info).Length} {info.LastWriteTimeUtc.Ticks}\n");
            }
        }
    }
}
