using System.Text.RegularExpressions;
using Compose.FileTrees;

namespace Compose.Images.Tests.Checks.Executables;

/// <summary>Libraries of the machine that tests run on, as a tree, and what its own dynamic linker says of them.</summary>
internal static partial class HostLibraries
{
    public const string Linker = "/lib64/ld-linux-x86-64.so.2";

    /// <summary>Where Debian's libraries are.</summary>
    public const string Folder = "/usr/lib/x86_64-linux-gnu";

    /// <summary>A base with the C library, its linker, a shell and a first process.</summary>
    public static FileTree Base { get; } = new FileTreeBuilder()
        .Set("usr/lib/x86_64-linux-gnu/libc.so.6", File($"{Folder}/libc.so.6"))
        .Set("usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", File($"{Folder}/ld-linux-x86-64.so.2"))
        .Set("usr/lib64/ld-linux-x86-64.so.2", new SymlinkEntry("../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"))
        .Set("usr/lib/systemd/systemd", File("/usr/bin/true"))
        .Set("usr/bin/env", File("/usr/bin/env"))
        .Set("usr/bin/dash", File("/usr/bin/dash"))
        .Set("usr/bin/sh", new SymlinkEntry("dash"))
        .Set("usr/share/flatcar/etc/alternatives/awk", new SymlinkEntry("/usr/bin/dash"))
        .Set("usr/bin/awk", new SymlinkEntry("/etc/alternatives/awk"))
        .Build();

    /// <summary>A file of the machine, executable.</summary>
    public static FileEntry File(string path) =>
        new(EntryMetadata.Executable, new HostFileContent(path, new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true) is FileInfo target ? target.Length : new FileInfo(path).Length));

    /// <summary>The files and links in some folders, at the paths that they have on the machine.</summary>
    public static FileTree Tree(IEnumerable<string> folders)
    {
        var builder = new FileTreeBuilder();
        foreach (var info in folders.Distinct().SelectMany(folder => new DirectoryInfo(folder).EnumerateFileSystemInfos()))
        {
            if (info.LinkTarget is { } target)
            {
                builder.Set(info.FullName, new SymlinkEntry(target));
            }
            else if (info is FileInfo file && (file.Attributes & FileAttributes.Device) == 0)
            {
                builder.Set(info.FullName, new FileEntry(EntryMetadata.Executable, new HostFileContent(file.FullName, file.Length)));
            }
        }

        return builder.Build();
    }

    /// <summary>What the linker loads for a file: real paths, and the names that it does not find, as <c>name => not found</c>.</summary>
    public static SortedSet<string> Loaded(string file)
    {
        var found = new List<string>();
        var loaded = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var match in LoadedLine().Matches(ExternalTool.TryRun("env", "LD_TRACE_LOADED_OBJECTS=1", Linker, file).Output).Cast<Match>())
        {
            var (name, path) = (match.Groups["name"].Value, match.Groups["path"].Value);
            if (path == "not found")
            {
                loaded.Add($"{name} => not found");
            }
            else if ((path.Length > 0 ? path : name) is ['/', ..] absolute && !absolute.Contains("/ld-linux", StringComparison.Ordinal))
            {
                found.Add(absolute);
            }
        }

        loaded.UnionWith(RealPaths(found));
        return loaded;
    }

    /// <summary>Paths without links, as realpath(1) gives them.</summary>
    public static IEnumerable<string> RealPaths(IReadOnlyCollection<string> paths) =>
        paths.Count == 0 ? [] : ExternalTool.Run("realpath", ["-e", "--", .. paths]).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex(@"^\t(?<name>\S+)(?: => (?<path>not found|\S+))?(?: \(0x[0-9a-f]+\))?$", RegexOptions.Multiline)]
    private static partial Regex LoadedLine();
}
