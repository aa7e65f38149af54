using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Oci;
using Compose.Packages.Inputs.Archives;
using Compose.Packages.Inputs.ContainerImages;
using Compose.Packages.Inputs.NuGetPackages;
using Compose.Packages.Locking;
using Compose.Packages.Releases;
using Compose.Packages.Resolution;
using Compose.Packages.Restoring;

namespace Compose.Packages.Tests;

/// <summary>Every change of a project that its lock file does not know of is noticed, of inputs of every kind.</summary>
public sealed class LockFileCheckTests : IDisposable
{
    private static readonly string s_digest = new('a', 64);
    private static readonly DebianRepository s_trixie = new("trixie", ["main"], "amd64");

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Changes => new()
    {
        { "a package more", "'zip' is asked for" },
        { "a package less", "'web 1.*' is no longer asked for" },
        { "a package's version", "'web 1.0.*' is asked for" },
        { "a package's architecture", "'web:all 1.*' is asked for" },
        { "recommended packages", "recommended packages are wanted" },
        { "a group more", "the group 'initrd' is new" },
        { "no packages", "the group 'extension' is gone" },
        { "a repository's suite", "the repository was trixie main (amd64), is sid main (amd64)" },
        { "a repository's components", "is trixie main contrib (amd64)" },
        { "a repository's architecture", "is trixie main (arm64)" },
        { "a repository more", "is trixie main (amd64) and trixie-security main (amd64)" },
        { "an archive more", "the archive 'https://example/other.tgz' is asked for" },
        { "an archive less", "the archive 'https://example/{version}.tgz' is no longer asked for" },
        { "an archive's version", "its version was '1.*', is '2.*'" },
        { "an archive's digest", $"its SHA-256 was {s_digest}, is {new string('b', 64)}" },
        { "an archive's signature", "another signature or other checksums" },
        { "an archive's checksums", "another signature or other checksums" },
        { "an image more", "the container image 'registry.example/other:1' for linux/amd64 is asked for" },
        { "an image less", "the container image 'registry.example/tool:{version}' for linux/amd64 is no longer asked for" },
        { "an image's version", "its version was '1.*', is '2.*'" },
        { "an image's platform", "for linux/arm64 is asked for" },
        { "a layout's tag", "(tag v2) for linux/amd64 is asked for" },
        { "a NuGet package more", "the NuGet package 'Other' is asked for" },
        { "a NuGet package less", "the NuGet package 'Some.Package' is no longer asked for" },
        { "a NuGet package's version", "its version was '1.*', is '1.2.*'" },
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_project_that_asks_for_what_is_locked_fits()
    {
        var path = _folder["compose.lock.json"];
        Locked().Write(path);

        Assert.Equal(Locked().ToBytes(), LockFileCheck.Require(path, Asked(), new ContentStore(_folder["store"])).ToBytes());
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_change_of_the_project_makes_the_lock_file_stale(string change, string reason)
    {
        var path = _folder["compose.lock.json"];
        Locked().Write(path);

        var e = Assert.Throws<DiagnosticException>(() => LockFileCheck.Require(path, Change(Asked(), change), new ContentStore(_folder["store"])));

        Assert.Equal("COMPOSE1041", e.Diagnostic.Descriptor.Code);
        Assert.Contains(reason, e.Diagnostic.Message, StringComparison.Ordinal);
        Assert.Contains("dotnet restore", e.Diagnostic.Message, StringComparison.Ordinal);
    }

    private static InputRequests Change(InputRequests asked, string change)
    {
        var (group, archive, image, layout) = (asked.Groups[0], asked.Archives[0], asked.Images[0], asked.Images[1]);
        return change switch
        {
            "a package more" => asked with { Groups = [group with { Requests = [.. group.Requests, new("zip")] }] },
            "a package less" => asked with { Groups = [group with { Requests = [] }] },
            "a package's version" => asked with { Groups = [group with { Requests = [new("web", "1.0.*")] }] },
            "a package's architecture" => asked with { Groups = [group with { Requests = [new("web", "1.*", "all")] }] },
            "recommended packages" => asked with { Groups = [group with { Recommends = true }] },
            "a group more" => asked with { Groups = [group, group with { Name = "initrd" }] },
            "no packages" => asked with { Repositories = [], Groups = [] },
            "a repository's suite" => asked with { Repositories = [s_trixie with { Suite = "sid" }] },
            "a repository's components" => asked with { Repositories = [s_trixie with { Components = ["main", "contrib"] }] },
            "a repository's architecture" => asked with { Repositories = [s_trixie with { Architecture = "arm64" }] },
            "a repository more" => asked with { Repositories = [s_trixie, s_trixie with { Suite = "trixie-security" }] },
            "an archive more" => asked with { Archives = [archive, archive with { Source = "https://example/other.tgz", Version = null }] },
            "an archive less" => asked with { Archives = [] },
            "an archive's version" => asked with { Archives = [archive with { Version = "2.*" }] },
            "an archive's digest" => asked with { Archives = [archive with { Sha256 = Sha256Digest.Parse(new string('b', 64)) }] },
            "an archive's signature" => asked with { Archives = [archive with { SignatureUrl = "https://example/{version}.tgz.asc" }] },
            "an archive's checksums" => asked with { Archives = [archive with { ChecksumsUrl = "https://example/SHA256SUMS" }] },
            "an image more" => asked with { Images = [image, layout, image with { Source = "registry.example/other:1", Version = null }] },
            "an image less" => asked with { Images = [layout] },
            "an image's version" => asked with { Images = [image with { Version = "2.*" }, layout] },
            "an image's platform" => asked with { Images = [image with { Platform = new OciPlatform("linux", "arm64") }, layout] },
            "a layout's tag" => asked with { Images = [image, layout with { Tag = "v2" }] },
            "a NuGet package more" => asked with { NuGetPackages = [.. asked.NuGetPackages, NuGetRequest.Parse("Other", "1.0")] },
            "a NuGet package less" => asked with { NuGetPackages = [] },
            "a NuGet package's version" => asked with { NuGetPackages = [NuGetRequest.Parse("Some.Package", "1.2.*")] },
            _ => throw new ArgumentOutOfRangeException(nameof(change), change, null),
        };
    }

    private static InputRequests Asked() => new()
    {
        Repositories = [s_trixie],
        Groups = [new PackageGroup { Name = "extension", Requests = [new("web", "1.*")] }],
        Archives = [new ArchiveRequest { Source = "https://example/{version}.tgz", ProjectDirectory = "/project", Version = "1.*" }],
        Images =
        [
            new ContainerImageRequest
            {
                Source = "registry.example/tool:{version}", ProjectDirectory = "/project", Version = "1.*", Platform = new OciPlatform("linux", "amd64"),
            },
            new ContainerImageRequest { Source = "layout", ProjectDirectory = "/project", Tag = "v1", Platform = new OciPlatform("linux", "amd64") },
        ],
        NuGetPackages = [NuGetRequest.Parse("Some.Package", "1.*")],
    };

    private static LockFile Locked() => LockFile.Empty with
    {
        Repositories = [new LockedRepository("trixie", ["main"], "amd64")],
        Groups = new(StringComparer.Ordinal)
        {
            ["extension"] = new LockedGroup
            {
                Requests = [new PackageRequest("web", "1.*")],
                Uses = [],
                Packages = [new LockedPackage { Name = "web", Version = "1.0-1", Architecture = "amd64", FileName = "pool/web.deb", Sha256 = s_digest, Size = 1 }],
            },
        },
        Archives =
        [
            new LockedArchive { Name = "https://example/{version}.tgz", Requested = "1.*", Version = "1.2", Source = "https://example/1.2.tgz", Sha256 = s_digest, Size = 1 },
        ],
        Images = [Image("layout", "v1", null, null), Image("registry.example/tool:{version}", null, "1.*", "1.4.2")],
        NuGetPackages = [new LockedNuGetPackage { Name = "Some.Package", Requested = "1.*", Version = "1.2.3", Sha256 = s_digest, Size = 1 }],
    };

    private static LockedImage Image(string name, string? tag, string? requested, string? version) => new()
    {
        Name = name,
        Tag = tag,
        Requested = requested,
        Version = version,
        Platform = "linux/amd64",
        Source = name,
        Digest = $"sha256:{s_digest}",
        Manifest = new($"sha256:{s_digest}", 1),
        Config = new($"sha256:{s_digest}", 1),
        Layers = [],
    };
}
