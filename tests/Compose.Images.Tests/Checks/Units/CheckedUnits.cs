using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Checks.Units;
using Compose.Images.Extensions;

namespace Compose.Images.Tests.Checks.Units;

/// <summary>Runs the checks of units on small trees, without systemd-analyze unless it is asked for.</summary>
internal static class CheckedUnits
{
    public const string Units = "usr/lib/systemd/system";

    /// <summary>A base with the units of a boot, a shell and two users.</summary>
    public static readonly FileTree Base = Tree(
        ("usr/lib/sysusers.d/basic.conf", "# users\ng  disk 6 -\nu daemon 1 - /usr/sbin\nu sync 4:65534 - /bin\n"),
        ("usr/share/flatcar/etc/passwd", "core:x:500:500::/home/core:/bin/bash\n"),
        ("usr/share/flatcar/etc/group", "core:x:500:\nwheel:x:10:core\n"),
        ($"{Units}/sysinit.target", "[Unit]\nWants=local-fs.target\nAfter=local-fs.target\n"),
        ($"{Units}/local-fs.target", "[Unit]\nDefaultDependencies=no\n"),
        ($"{Units}/basic.target", "[Unit]\nRequires=sysinit.target\nAfter=sysinit.target\n"),
        ($"{Units}/multi-user.target", "[Unit]\nRequires=basic.target\nAfter=basic.target\n"),
        ($"{Units}/sockets.target", "[Unit]\nDescription=Sockets\n"),
        ($"{Units}/timers.target", "[Unit]\nDescription=Timers\n"),
        ($"{Units}/shutdown.target", "[Unit]\nDefaultDependencies=no\n"),
        ($"{Units}/systemd-sysext.service", "[Unit]\nDefaultDependencies=no\nAfter=local-fs.target\nBefore=sysinit.target\n[Service]\nType=oneshot\nExecStart=/bin/sh\n"),
        ($"{Units}/systemd-tmpfiles-setup.service", "[Unit]\nDefaultDependencies=no\nBefore=sysinit.target shutdown.target\n[Service]\nType=oneshot\nExecStart=/bin/sh\n"),
        ($"{Units}/network.service", "[Service]\nExecStart=/bin/sh\n"),
        ("+usr/bin/sh", "program"),
        ("+usr/sbin/mount.tool", "program"));

    /// <summary>A tree of files with these texts: <c>+PATH</c> is executable, a text <c>-> TARGET</c> is a link.</summary>
    public static FileTree Tree(params (string Path, string Text)[] files)
    {
        var builder = new FileTreeBuilder();
        foreach (var (path, text) in files)
        {
            TreeEntry entry = text.StartsWith("-> ", StringComparison.Ordinal)
                ? new SymlinkEntry(text[3..])
                : new FileEntry(path[0] == '+' ? EntryMetadata.Executable : EntryMetadata.File, new BytesContent(Encoding.Latin1.GetBytes(text)));
            builder.Set(path.TrimStart('+'), entry);
        }

        return builder.Build();
    }

    /// <summary>What the checks find in an extension called <c>tool</c> on <see cref="Base"/>, as <c>CODE message</c>.</summary>
    public static IReadOnlyList<Diagnostic> Run(
        FileTree tree, FileTree? baseTree = null, IReadOnlyList<ReferencedExtension>? references = null, ExtensionDefinition? definition = null) =>
        CheckedTrees.Run(new UnitChecks(), tree, baseTree ?? Base, references, definition: definition ?? new() { Name = "tool", VerifyUnits = false });

    /// <summary>The same without a base.</summary>
    public static IReadOnlyList<Diagnostic> RunWithoutBase(FileTree tree) =>
        CheckedTrees.Run(new UnitChecks(), tree, null, definition: new() { Name = "tool", VerifyUnits = false });

    /// <summary>The finding's code and severity.</summary>
    public static (string Code, DiagnosticSeverity Severity) Kind(this Diagnostic diagnostic) => (diagnostic.Descriptor.Code, diagnostic.Descriptor.Severity);
}
