using Compose.Packages.Locking;

namespace Compose.Packages.Tests;

/// <summary>What a restore and <c>compose outdated</c> say of inputs other than packages of Debian.</summary>
public sealed class LockFileChangeTests
{
    private static readonly string s_first = new('a', 64);
    private static readonly string s_second = new('b', 64);

    [Fact]
    public void What_is_the_same_is_no_change()
    {
        var locked = LockFile.Empty with { Archives = [Archive(s_first, "1.0")], Images = [Image(s_first, "1.0")], NuGetPackages = [NuGetPackage("1.0.0", s_first)] };
        Assert.Empty(LockFileChange.Between(locked, locked));
        Assert.Empty(LockFileChange.Between(LockFile.Empty, LockFile.Empty));

        // Of a registry only the manifest counts; an index may get other platforms.
        Assert.Empty(LockFileChange.Between(locked, locked with { Images = [Image(s_first, "1.0") with { Digest = $"sha256:{s_second}" }] }));
    }

    [Fact]
    public void An_archive_is_told_by_its_version_or_else_by_its_digest()
    {
        Assert.Equal(
            ["https://example/{version}.tgz 1.0 → 1.1 (archive)"],
            Between(file => file with { Archives = [Archive(s_first, "1.0")] }, file => file with { Archives = [Archive(s_second, "1.1")] }));
        Assert.Equal(
            ["https://example/{version}.tgz 1.10 → 1.9 (archive, older)"],
            Between(file => file with { Archives = [Archive(s_first, "1.10")] }, file => file with { Archives = [Archive(s_second, "1.9")] }));
        Assert.Equal(
            ["https://example/{version}.tgz aaaaaaaaaaaa → bbbbbbbbbbbb (archive)"],
            Between(file => file with { Archives = [Archive(s_first, null)] }, file => file with { Archives = [Archive(s_second, null)] }));
        Assert.Equal(
            ["https://example/{version}.tgz 1.0 (aaaaaaaaaaaa) → 1.0 (bbbbbbbbbbbb) (archive)"],
            Between(file => file with { Archives = [Archive(s_first, "1.0")] }, file => file with { Archives = [Archive(s_second, "1.0")] }));
    }

    [Fact]
    public void An_image_is_told_by_its_version_or_else_by_its_manifest()
    {
        Assert.Equal(
            ["registry.example/tool:{version} linux/amd64 1.4.2 → 1.5.0 (image)"],
            Between(file => file with { Images = [Image(s_first, "1.4.2")] }, file => file with { Images = [Image(s_second, "1.5.0")] }));
        Assert.Equal(
            ["registry.example/tool:{version} linux/amd64 aaaaaaaaaaaa → bbbbbbbbbbbb (image)"],
            Between(file => file with { Images = [Image(s_first, null)] }, file => file with { Images = [Image(s_second, null)] }));
        Assert.Equal(
            ["registry.example/tool:{version} linux/amd64 1.4.2 (aaaaaaaaaaaa) → 1.4.2 (bbbbbbbbbbbb) (image)"],
            Between(file => file with { Images = [Image(s_first, "1.4.2")] }, file => file with { Images = [Image(s_second, "1.4.2")] }));
    }

    [Fact]
    public void Images_of_one_name_are_told_apart_by_tag_and_platform()
    {
        var arm = Image(s_first, "1.0") with { Platform = "linux/arm64" };
        Assert.Equal(
            ["registry.example/tool:{version} linux/amd64 1.0 is removed (image)", "registry.example/tool:{version} linux/arm64 1.0 is added (image)"],
            Between(file => file with { Images = [Image(s_first, "1.0")] }, file => file with { Images = [arm] }));
        Assert.Equal(
            ["layout v2 linux/amd64 aaaaaaaaaaaa → bbbbbbbbbbbb (image)"],
            Between(
                file => file with { Images = [Layout(s_first, "v1"), Layout(s_first, "v2")] },
                file => file with { Images = [Layout(s_first, "v1"), Layout(s_second, "v2")] }));
    }

    [Fact]
    public void A_NuGet_package_is_told_by_its_version()
    {
        Assert.Equal(
            ["Some.Package 1.9.0 → 1.10.0 (NuGet package)"],
            Between(file => file with { NuGetPackages = [NuGetPackage("1.9.0", s_first)] }, file => file with { NuGetPackages = [NuGetPackage("1.10.0", s_second)] }));
        Assert.Equal(
            ["Some.Package 1.9.0 (aaaaaaaaaaaa) → 1.9.0 (bbbbbbbbbbbb) (NuGet package)"],
            Between(file => file with { NuGetPackages = [NuGetPackage("1.9.0", s_first)] }, file => file with { NuGetPackages = [NuGetPackage("1.9.0", s_second)] }));
        Assert.Equal(
            ["Some.Package 1.9.0 is added (NuGet package)"],
            Between(file => file, file => file with { NuGetPackages = [NuGetPackage("1.9.0", s_first)] }));
    }

    [Fact]
    public void A_package_of_an_application_is_told_with_its_project()
    {
        Assert.Equal(
            ["Some.Runtime 10.0.12 → 10.0.13 (NuGet package, app/app.csproj)"],
            Between(file => file with { Applications = [Application("10.0.12", s_first)] }, file => file with { Applications = [Application("10.0.13", s_second)] }));
        Assert.Equal(
            ["Some.Runtime 10.0.12 (aaaaaaaaaaaa) → 10.0.12 (without hash) (NuGet package, app/app.csproj)"],
            Between(file => file with { Applications = [Application("10.0.12", s_first)] }, file => file with { Applications = [Application("10.0.12", null)] }));
        Assert.Equal(
            ["Some.Runtime 10.0.12 → 10.0.13 (NuGet package, app/app.csproj)"],
            Between(file => file with { Applications = [Application("10.0.12", null)] }, file => file with { Applications = [Application("10.0.13", null)] }));
        Assert.Equal(
            ["Some.Runtime 10.0.12 is removed (NuGet package, app/app.csproj)"],
            Between(file => file with { Applications = [Application("10.0.12", s_first)] }, file => file));
    }

    [Fact]
    public void Kinds_come_in_the_order_of_the_lock_file()
    {
        var full = LockFile.Empty with { NuGetPackages = [NuGetPackage("1.0.0", s_first)], Images = [Image(s_first, "1.0")], Archives = [Archive(s_first, "1.0")] };
        Assert.Equal(["archive", "image", "NuGet package"], LockFileChange.Between(full, LockFile.Empty).Select(change => change.Kind));
        Assert.Equal(
            "\n    https://example/{version}.tgz 1.0 is removed (archive)\n    registry.example/tool:{version} linux/amd64 1.0 is removed (image)\n    Some.Package 1.0.0 is removed (NuGet package)",
            LockFileChange.Describe(LockFileChange.Between(full, LockFile.Empty)));
    }

    private static IEnumerable<string> Between(Func<LockFile, LockFile> old, Func<LockFile, LockFile> current) =>
        LockFileChange.Between(old(LockFile.Empty), current(LockFile.Empty)).Select(change => change.ToString());

    private static LockedApplication Application(string version, string? digest) =>
        new() { Project = "app/app.csproj", Packages = [new() { Name = "Some.Runtime", Version = version, Sha512 = digest }] };

    private static LockedArchive Archive(string digest, string? version) =>
        new() { Name = "https://example/{version}.tgz", Version = version, Source = $"https://example/{version}.tgz", Sha256 = digest, Size = 1 };

    private static LockedImage Image(string digest, string? version) => new()
    {
        Name = "registry.example/tool:{version}",
        Version = version,
        Platform = "linux/amd64",
        Source = $"registry.example/tool:{version}",
        Digest = $"sha256:{digest}",
        Manifest = new($"sha256:{digest}", 1),
        Config = new($"sha256:{digest}", 1),
        Layers = [],
    };

    private static LockedImage Layout(string digest, string tag) => Image(digest, null) with { Name = "layout", Tag = tag, Source = "layout" };

    private static LockedNuGetPackage NuGetPackage(string version, string digest) =>
        new() { Name = "Some.Package", Requested = "1.*", Version = version, Sha256 = digest, Size = 1 };
}
