using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Checks.Sets;
using Compose.Images.Disks;
using Compose.Images.Extensions;

namespace Compose.Images.Tests.Checks;

/// <summary>The checks across extensions that are merged together, in the build of one of them and in that of an image.</summary>
public class SetCheckTests
{
    private const string BaseRelease = "ID=compose-os\nVERSION_ID=1\nSYSEXT_LEVEL=1.0\n";
    private static readonly CarriedInput Containerd = new("package", "containerd:amd64", "1.7.24");

    private readonly RecordingReporter _reporter = new();

    [Fact]
    public void Different_versions_of_one_package_are_reported_at_the_reference()
    {
        Check(
            Extension("docker") with { Carries = [Containerd, new("package", "runc:amd64", "1.1")], Item = "../docker.csproj" },
            Extension("k3s") with { Carries = [Containerd with { Version = "1.7.27" }, new("package", "runc:arm64", "1.2")], Item = "../k3s.csproj" });

        var finding = Assert.Single(_reporter.Diagnostics);
        Assert.Equal(("COMPOSE2015", DiagnosticSeverity.Warning, "../k3s.csproj"), (finding.Descriptor.Code, finding.Descriptor.Severity, finding.Item));
        Assert.Contains("docker and k3s carry different versions of containerd:amd64 (1.7.24 and 1.7.27).", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_package_in_two_extensions_is_reported_otherwise()
    {
        Check(Extension("docker") with { Carries = [Containerd], Item = "../docker.csproj" }, Extension("k3s") with { Carries = [Containerd] });

        var finding = _reporter.Single(ImageDiagnostics.CarriedTwice);
        Assert.Contains("both carry containerd:amd64 1.7.24:", finding.Message, StringComparison.Ordinal);
        Assert.Equal(("../docker.csproj", "ProjectReference"), (finding.Item, finding.Traits?.Type));
        Assert.Single(_reporter.Diagnostics);
    }

    [Theory]
    [InlineData("archive", "1.0", "1.0", null)]
    [InlineData("nuget", "1.0", "1.0", null)]
    [InlineData("archive", "1.0", "1.1", "COMPOSE2015")]
    [InlineData("image", "1.0", "1.1", "COMPOSE2015")]
    public void Of_one_archive_two_extensions_may_take_parts_but_not_of_two_versions(string kind, string version, string other, string? code)
    {
        Check(Extension("a") with { Carries = [new(kind, "https://x/{version}", version)] }, Extension("b") with { Carries = [new(kind, "https://x/{version}", other)] });
        Assert.Equal(code is null ? [] : [code], _reporter.Codes);
    }

    [Fact]
    public void Extensions_of_which_one_was_built_on_the_other_are_not_compared_again()
    {
        var one = Extension("one", "usr/bin/shared") with { Carries = [Containerd] };
        var two = Extension("two", "usr/bin/shared") with { Carries = [Containerd], Needs = ["one"] };
        Check(one, two);
        Assert.Empty(_reporter.Diagnostics);

        Check(one, two with { Needs = [] });
        Assert.Equal(["COMPOSE2016", "COMPOSE2003"], _reporter.Codes);
    }

    [Fact]
    public void Paths_of_two_extensions_are_compared()
    {
        Check(
            Extension("one", "usr/bin/same", "usr/lib/dir/x", "usr/lib/link -> dir", "usr/lib/file") with { Item = "one" },
            Extension("two", "usr/bin/same", "usr/lib/dir -> other", "usr/lib/link/x", "usr/lib/file/x") with { Item = "two" },
            new EmbeddedExtension("three", "", new FileTreeBuilder().SetText("usr/bin/same", "else").Set("usr/lib/extension-release.d", new DirectoryEntry(EntryMetadata.Directory)).SetText("usr/lib/extension-release.d/extension-release.three", BaseRelease).Build()));

        Assert.Equal(
            [
                ("COMPOSE2003", DiagnosticSeverity.Message, "/usr/bin/same", "two"),
                ("COMPOSE2002", DiagnosticSeverity.Error, "/usr/lib/dir", "two"),
                ("COMPOSE2003", DiagnosticSeverity.Warning, "/usr/lib/file", "two"),
                ("COMPOSE2002", DiagnosticSeverity.Error, "/usr/lib/link", "two"),
                ("COMPOSE2003", DiagnosticSeverity.Warning, "/usr/bin/same", "one"),
                ("COMPOSE2003", DiagnosticSeverity.Warning, "/usr/bin/same", "two"),
            ],
            _reporter.Diagnostics.Select(finding => (finding.Descriptor.Code, finding.Descriptor.Severity, finding.Path!, finding.Item!)));
    }

    [Theory]
    [InlineData(0x1ED, 0x1ED, null)]
    [InlineData(0x1ED, 0x1C0, DiagnosticSeverity.Error)]
    [InlineData(0x1C0, 0x1ED, DiagnosticSeverity.Error)]
    [InlineData(0x1ED, 0x1FD, DiagnosticSeverity.Warning)]
    public void A_directory_of_two_extensions_has_one_mode(ushort mode, ushort other, DiagnosticSeverity? expected)
    {
        Check(
            Extension("one", WithDirectory(mode, "usr/lib/shared/one")),
            Extension("two", WithDirectory(other, "usr/lib/shared/two")) with { Item = "../two.csproj" });

        Assert.Equal(
            expected is { } severity ? [("COMPOSE2023", severity, "/usr/lib/shared", "../two.csproj")] : [],
            _reporter.Diagnostics.Select(finding => (finding.Descriptor.Code, finding.Descriptor.Severity, finding.Path!, finding.Item!)));

        static FileTree WithDirectory(ushort permissions, string file) => new FileTreeBuilder(Trees.Of(file))
            .Set("usr/lib/shared", new DirectoryEntry(EntryMetadata.Directory with { Permissions = permissions })).Build();
    }

    [Fact]
    public void An_extension_that_another_was_built_on_has_to_be_there()
    {
        Check(Extension("docker") with { Needs = ["containerd", "base-tools"], Item = "../docker.csproj" }, Extension("base-tools"));

        var finding = _reporter.Single(ImageDiagnostics.NeededExtensionMissing);
        Assert.Equal((DiagnosticSeverity.Error, "../docker.csproj"), (finding.Descriptor.Severity, finding.Item));
        Assert.Contains("docker was built on containerd, which is not there", finding.Message, StringComparison.Ordinal);
        Assert.Single(_reporter.Diagnostics);
    }

    [Theory]
    [InlineData("ID=other\nSYSEXT_LEVEL=1.0\n", "its ID is 'other'")]
    [InlineData("ID=compose-os\nSYSEXT_LEVEL=2.0\n", "its SYSEXT_LEVEL is '2.0', the base's '1.0'")]
    [InlineData("ID=compose-os\nSYSEXT_LEVEL=1.0\nARCHITECTURE=arm64\n", "its ARCHITECTURE is 'arm64', the host's 'x86-64'")]
    [InlineData("ID=compose-os\nSYSEXT_LEVEL=1.0\nSYSEXT_SCOPE=initrd\n", "its SYSEXT_SCOPE 'initrd'")]
    [InlineData(null, "it holds no /usr/lib/extension-release.d/extension-release.tool")]
    public void An_extension_that_the_base_refuses_is_reported(string? release, string expected)
    {
        var builder = new FileTreeBuilder(Trees.Of("usr/bin/tool"));
        if (release is not null)
        {
            builder.SetText("usr/lib/extension-release.d/extension-release.tool", release);
        }

        Check(new EmbeddedExtension("tool", "", builder.Build()) { Item = "../tool.csproj" });

        var finding = _reporter.Single(ImageDiagnostics.IncompatibleExtension);
        Assert.Equal((DiagnosticSeverity.Error, "../tool.csproj"), (finding.Descriptor.Severity, finding.Item));
        Assert.Contains(expected, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_build_of_an_extension_compares_it_with_what_it_is_built_on()
    {
        var references = new ReferencedExtension[]
        {
            new("one", Trees.Of("usr/bin/one")) { Carries = [new("nuget", "Tool", "1.0")], Item = "../one.csproj" },
            new("two", Trees.Of("usr/bin/two")) { Carries = [Containerd], Needs = ["zero"], Item = "../two.csproj" },
        };
        new ExtensionBuilder(_reporter).Build(
            new()
            {
                Name = "tool",
                Packages = [new("pack", "1", new FileTreeBuilder().SetText("usr/bin/one", "else").Build(), [])],
                Carries = [new("nuget", "Tool", "2.0")],
            },
            null,
            references);

        Assert.Equal(
            [("COMPOSE2017", "../two.csproj"), ("COMPOSE2015", "../one.csproj"), ("COMPOSE2003", "pack")],
            _reporter.Diagnostics.Select(finding => (finding.Descriptor.Code, finding.Item)));
    }

    private static EmbeddedExtension Extension(string name, params string[] paths) => Extension(name, Trees.Of(paths));

    private static EmbeddedExtension Extension(string name, FileTree tree) =>
        new(name, "", new FileTreeBuilder(tree).SetText($"usr/lib/extension-release.d/extension-release.{name}", BaseRelease).Build());

    private void Check(params EmbeddedExtension[] extensions) => DiskImageChecks.Run(
        new()
        {
            Name = "os",
            Version = "1",
            System = new FileTreeBuilder().SetText("usr/lib/os-release", BaseRelease).Build(),
            Initrd = FileTree.Empty,
            Extensions = extensions,
        },
        _reporter);
}
