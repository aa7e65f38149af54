using Compose.Diagnostics;
using Compose.FileTrees.HostFiles;
using Compose.FileTrees.Operations;
using Compose.Images.Checks.Layout;

namespace Compose.Images.Tests.Checks.Layout;

/// <summary>What the kernel's overlayfs does with what the checks find, when the real systemd-sysext merges it.</summary>
public sealed class RealMergeTests
{
    // As in MergeCases: a mount namespace and a /run of its own.
    private const string Merge = """
        set -eu
        unshare -m bash -c 'mount --make-rshared / && mount -t tmpfs none /run && systemd-sysext --root="$1" merge >/dev/null 2>&1; find "$1/usr" -printf "%P %m\n"' - "$1"
        """;

    private static readonly bool IsRoot = Environment.IsPrivilegedProcess;

    [Fact]
    public void What_the_checks_find_hides_files_and_changes_directories()
    {
        using var folder = new TemporaryDirectory();
        var root = folder["root"];
        Write(root, "usr/lib/os-release", "ID=os\n");
        Write(root, "opt/there", "");
        Write(root, "run/there", "");
        Write(root, "var/there", "");
        foreach (var directory in (string[])["bin", "sbin", "share/plain", "share/deleted", "share/opaque"])
        {
            Write(root, $"usr/{directory}/base", "base");
        }

        var extension = Path.Combine(root, "etc/extensions/tried");
        Write(extension, "usr/lib/extension-release.d/extension-release.tried", "ID=_any\n");
        foreach (var directory in (string[])["bin", "sbin", "share/plain", "share/opaque"])
        {
            Write(extension, $"usr/{directory}/added", "added");
        }

        Directory.CreateDirectory(Path.Combine(extension, "usr/share/deleted"));
        RunAsRoot("mknod", Path.Combine(extension, "usr/share/deleted/base"), "c", "0", "0");
        SetMode(extension, "usr", "700");
        SetMode(extension, "usr/bin", "700");
        SetMode(extension, "usr/sbin", "775");
        if (IsRoot)
        {
            // A namespace of a user's cannot have trusted attributes.
            HostAttributes.Set(Path.Combine(extension, "usr/share/opaque"), "trusted.overlay.opaque", "y"u8.ToArray());
        }

        var tree = HostTree.Read(extension, []);
        var findings = CheckedTrees.Run(new OverlayMarkCheck(), tree).Concat(CheckedTrees.Run(new DirectoryMetadataCheck(), tree, HostTree.Read(root, [new Glob("etc")]))).ToArray();
        var merged = RunAsRoot("bash", "-c", Merge, "-", root).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' '))
            .ToDictionary(words => words[0], words => words[1]);

        Assert.Equal("644", merged["share/plain/base"]);
        Assert.Equal("644", merged["share/plain/added"]);
        Assert.DoesNotContain("share/deleted/base", merged.Keys);
        Assert.Equal(!IsRoot, merged.ContainsKey("share/opaque/base"));
        Assert.Equal(("755", "700", "775"), (merged[""], merged["bin"], merged["sbin"]));

        Assert.Equal(
            [
                ("COMPOSE2021", DiagnosticSeverity.Error, "/usr/share/deleted/base"),
                .. IsRoot ? [("COMPOSE2021", DiagnosticSeverity.Error, "/usr/share/opaque")] : Array.Empty<(string, DiagnosticSeverity, string)>(),
                ("COMPOSE2023", DiagnosticSeverity.Error, "/usr/bin"),
                ("COMPOSE2023", DiagnosticSeverity.Warning, "/usr/sbin"),
            ],
            findings.Select(finding => (finding.Descriptor.Code, finding.Descriptor.Severity, finding.Path!)));
    }

    private static string RunAsRoot(string tool, params string[] arguments) => IsRoot
        ? ExternalTool.Run(tool, arguments)
        : ExternalTool.Run("unshare", ["--user", "--map-root-user", "--mount", tool, .. arguments]);

    private static void Write(string root, string path, string text)
    {
        var file = Path.Combine(root, path);
        for (var parent = Path.GetDirectoryName(path)!; parent.Length > 0; parent = Path.GetDirectoryName(parent)!)
        {
            Directory.CreateDirectory(Path.Combine(root, parent));
            SetMode(root, parent, "755");
        }

        File.WriteAllText(file, text);
        SetMode(root, path, "644");
    }

    private static void SetMode(string root, string path, string mode) =>
        File.SetUnixFileMode(Path.Combine(root, path), (UnixFileMode)CheckedTrees.Octal(mode));
}
