using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Extensions;

namespace Compose.Images.Tests.Checks;

/// <summary>What the checks against the base say of where a mistake is.</summary>
public sealed class MergingCheckTests : IDisposable
{
    private static readonly FileTree Base = new FileTreeBuilder(
            Trees.Of("usr/sbin -> bin", "usr/bin/bash", "usr/bin/sh", "usr/lib/x/file", "usr/lib/y/file", "usr/share/flatcar/etc/motd"))
        .SetText("usr/lib/os-release", "ID=compose-os\nVERSION_ID=1\nSYSEXT_LEVEL=1.0\nCONFEXT_LEVEL=2\n")
        .Build();

    private readonly RecordingReporter _reporter = new();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("compose-checks-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void A_finding_names_the_path_and_the_package_that_brings_it()
    {
        Build(new() { Name = "tool", Packages = [new("shell", "1", new FileTreeBuilder(Trees.Of("usr/sbin/x")).SetText("usr/bin/bash", "other").Build(), [])] });

        var hidden = _reporter.Single(ImageDiagnostics.HidesBaseFile);
        Assert.Equal(("/usr/bin/bash", "shell"), (hidden.Path, hidden.Item));
        var link = _reporter.Single(ImageDiagnostics.DirectoryOverSymlink);
        Assert.Equal(("/usr/sbin", "shell"), (link.Path, link.Item));
    }

    [Fact]
    public void A_finding_about_an_item_of_the_project_names_that()
    {
        Build(new()
        {
            Name = "tool",
            Declared = new()
            {
                Files = [new("my/bash", new BytesContent("other"), true, "/usr/bin/bash")],
                Symlinks = [new("/usr/bin/sh", "bash")],
                Directories = [new("/usr/sbin")],
            },
        });

        Assert.Equal(
            [("COMPOSE2002", "/usr/sbin", "/usr/sbin"), ("COMPOSE2007", "/usr/bin/bash", "my/bash"), ("COMPOSE2007", "/usr/bin/sh", "/usr/bin/sh")],
            _reporter.Diagnostics.Select(diagnostic => (diagnostic.Descriptor.Code, diagnostic.Path!, diagnostic.Item!)));
    }

    [Fact]
    public void A_finding_about_a_file_of_the_project_names_the_file()
    {
        var path = Path.Combine(_directory.FullName, "bash");
        File.WriteAllText(path, "other");
        Build(new() { Name = "tool", Files = HostFile("usr/bin/bash", path) });

        var hidden = _reporter.Single(ImageDiagnostics.HidesBaseFile);
        Assert.Equal(("/usr/bin/bash", null, path), (hidden.Path, hidden.Item, hidden.SourceFile));
    }

    [Fact]
    public void A_file_of_the_project_with_the_bytes_of_the_base_hides_nothing()
    {
        var path = Path.Combine(_directory.FullName, "bash");
        File.WriteAllText(path, "usr/bin/bash");
        Build(new() { Name = "tool", Files = HostFile("usr/bin/bash", path) });

        Assert.Empty(_reporter.Diagnostics);
    }

    [Fact]
    public void A_file_over_a_directory_and_the_reverse_are_reported()
    {
        Build(new() { Name = "tool", Files = Trees.Of("usr/lib/x", "usr/lib/y/file/deep") });

        Assert.Equal(
            ["'/usr/lib/x' of tool is a file and hides a directory", "'/usr/lib/y/file' of tool is a directory and hides a file"],
            _reporter.Diagnostics.Select(diagnostic => diagnostic.Message.Split(" of the base")[0]));
        Assert.All(_reporter.Codes, code => Assert.Equal("COMPOSE2007", code));
    }

    [Fact]
    public void A_configuration_extension_is_compared_with_the_etc_of_the_base()
    {
        var files = new FileTreeBuilder().SetText("etc/motd", "other").Build();
        Build(new() { Name = "site", Kind = ExtensionKind.Configuration, Files = files });

        // It is there to replace files: no mistake.
        var hidden = _reporter.Single(ImageDiagnostics.HidesBaseFile);
        Assert.Equal(("/etc/motd", DiagnosticSeverity.Message), (hidden.Path, hidden.Descriptor.Severity));
    }

    [Fact]
    public void An_os_release_has_its_path() => Assert.Equal(
        "/usr/lib/os-release",
        Build(new() { Name = "tool", Files = Trees.Of("usr/lib/os-release") }).Single(ImageDiagnostics.OsReleaseInExtension).Path);

    [Theory]
    [InlineData(null, null, null, null, null)]
    [InlineData("_any", "9", null, null, null)]
    [InlineData(null, "1.0", null, "portable initrd", null)]
    [InlineData(null, "9", null, null, "SYSEXT_LEVEL is '9', the base's '1.0'")]
    [InlineData("debian", null, null, null, "ID is 'debian', the base's 'compose-os'")]
    [InlineData(null, null, "7", null, "VERSION_ID is '7', the base's '1'")]
    public void A_release_file_for_another_base_is_reported(string? id, string? level, string? version, string? scope, string? expected)
    {
        Build(new()
        {
            Name = "tool",
            Files = Trees.Of("usr/bin/tool"),
            Release = new() { Id = id, Level = level, VersionId = version, Scope = scope },
        });

        if (expected is null)
        {
            Assert.Empty(_reporter.Diagnostics);
        }
        else
        {
            Assert.Contains(expected, _reporter.Single(ImageDiagnostics.NotForItsBase).Message, StringComparison.Ordinal);
        }
    }

    private static FileTree HostFile(string path, string file) =>
        new FileTreeBuilder().Set(path, new FileEntry(EntryMetadata.File, new HostFileContent(file, new FileInfo(file).Length))).Build();

    private RecordingReporter Build(ExtensionDefinition definition)
    {
        new ExtensionBuilder(_reporter).Build(definition, Base, []);
        return _reporter;
    }
}
