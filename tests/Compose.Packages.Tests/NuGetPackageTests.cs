using System.IO.Compression;
using System.Text;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.FileTrees.Storage.Maintenance;
using Compose.Formats.Tar;
using Compose.Packages.Downloads;
using Compose.Packages.Inputs.NuGetPackages;
using Compose.Packages.Locking;
using Compose.Packages.Offline;
using Compose.Packages.Restoring;

namespace Compose.Packages.Tests;

/// <summary>What happens to packages that NuGet has put into its folder: the test puts them there in its place.</summary>
public sealed class NuGetPackageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Reports _reports = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string LockPath => Path.Combine(_folder.Path, "compose.lock.json");

    private string AssetsPath => Path.Combine(_folder.Path, "project.assets.json");

    private ContentStore Store => new(Path.Combine(_folder.Path, "store"));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("1.2.3", "1.2.3")]
    [InlineData("1.2.3.0", "1.2.3")]
    [InlineData("[1.2.3]", "1.2.3")]
    [InlineData("1.2.3-rc.1", "1.2.3-rc.1")]
    [InlineData("[1.2,2)", null)]
    [InlineData("1.2.*", null)]
    [InlineData("*", null)]
    public void A_version_alone_is_that_version(string text, string? exact) =>
        Assert.Equal(exact, NuGetRequest.Parse("Some.Package", text).Exact?.ToNormalizedString());

    [Theory]
    [InlineData("Some.Package", "")]
    [InlineData("Some.Package", "one")]
    [InlineData("../package", "1.0")]
    [InlineData("a/b", "1.0")]
    public void A_name_or_version_that_is_none_is_an_error(string name, string version) =>
        Assert.Equal("COMPOSE1080", Assert.Throws<DiagnosticException>(() => NuGetRequest.Parse(name, version)).Diagnostic.Descriptor.Code);

    [Fact]
    public async Task A_package_is_pinned_and_taken_in_once()
    {
        Provide("native.package", "1.2.3", ("lib/a%2Bb.txt", "a"), ("native/tool", "#!/bin/sh\n"), ("_rels/.rels", ""), ("[Content_Types].xml", ""));
        var requests = Requests(("Native.Package", "1.2.*"));
        Assert.Equal([new("Native.Package", "1.2.*")], Plan(requests).References);

        await Restore(requests);

        var locked = LockFile.TryRead(LockPath)!;
        var package = Assert.Single(locked.NuGetPackages!);
        Assert.Equal(("Native.Package", "1.2.*", "1.2.3"), (package.Name, package.Requested, package.Version));
        Assert.Equal(Tool.Run("sha256sum", PackagePath("native.package", "1.2.3")).Split(' ')[0], package.Sha256);

        // Neither NuGet's folder nor its file is needed any more.
        Directory.Delete(Path.Combine(_folder.Path, "packages"), recursive: true);
        File.Delete(AssetsPath);
        Assert.Empty(Plan(requests).References.Concat(Plan(requests).Downloads));
        await Restore(requests, lockedMode: true);
        var tree = Select("lib/**;native/**", "/usr/lib/x/{version}").Read(locked, Store, Token).Tree;
        Assert.Equal(
            [("usr/lib/x/1.2.3/a+b.txt", 0x1A4), ("usr/lib/x/1.2.3/tool", 0x1ED)],
            tree.Where(item => item.Entry is FileEntry).Select(item => (item.Path.ToString(), (int)item.Entry.Metadata.Permissions)));
    }

    [Fact]
    public async Task The_lock_file_is_kept_until_the_request_changes_or_all_is_evaluated_anew()
    {
        Provide("native.package", "1.2.3", ("native/a", "1"));
        await Restore(Requests(("Native.Package", "1.*")));
        Provide("native.package", "1.3.0", ("native/a", "2"));

        await Restore(Requests(("Native.Package", "1.*")));
        Assert.Equal("1.2.3", LockFile.TryRead(LockPath)!.NuGetPackages![0].Version);
        Assert.Equal([new("Native.Package", "1.*")], NuGetPlan.Create(Requests(("Native.Package", "1.*")), LockFile.TryRead(LockPath), Store, false, true).References);

        var failure = await Assert.ThrowsAsync<DiagnosticException>(() => Restore(Requests(("Native.Package", "[1.3]")), lockedMode: true));
        Assert.Equal("COMPOSE1041", failure.Diagnostic.Descriptor.Code);
        Assert.Contains("its version was '1.*', is '[1.3]'", failure.Diagnostic.Message, StringComparison.Ordinal);

        await Restore(Requests(("Native.Package", "[1.3]")));
        Assert.Equal("1.3.0", LockFile.TryRead(LockPath)!.NuGetPackages![0].Version);
        await Restore([]);
        Assert.Null(LockFile.TryRead(LockPath)!.NuGetPackages);
    }

    [Fact]
    public async Task The_file_of_an_unpacked_package_is_fetched_again_when_it_is_wanted()
    {
        Provide("native.package", "1.2.3", ("native/a", "a"));
        var requests = Requests(("Native.Package", "1.2.*"));
        await Restore(requests);
        var locked = Assert.Single(LockFile.TryRead(LockPath)!.NuGetPackages!);
        Store.Remove(locked.Digest);

        // The contents are enough for a build, but not for a folder of the packages themselves.
        Assert.Empty(Plan(requests).Downloads);
        Assert.Empty((await Restore(requests)).Downloaded);
        Assert.Equal([new("Native.Package", "1.2.3")], Plan(requests, keepsDownloads: true).Downloads);
        Assert.Equal(["Native.Package 1.2.3"], (await Restore(requests, input => input with { LockedMode = true, KeepsDownloads = true })).Downloaded);
        Assert.True(Store.TryGetBlob(locked.Digest, out _));
        Assert.Empty(Plan(requests, keepsDownloads: true).Downloads);
    }

    [Fact]
    public async Task Pruning_leaves_what_a_package_was_unpacked_to_while_it_is_used()
    {
        Provide("native.package", "1.2.3", ("native/a", "a"));
        await Restore(Requests(("Native.Package", "1.2.*")));
        var locked = LockFile.TryRead(LockPath)!;
        foreach (var file in StoreInventory.List(Store))
        {
            File.SetLastWriteTimeUtc(file.Path, DateTime.UtcNow.AddHours(-5));
        }

        Select("native/**", "/usr/x").Read(locked, Store, Token);
        new StorePruning(Store, TimeProvider.System).Run(new PruneOptions { MaximumAge = TimeSpan.FromHours(4) }, Token);

        // The package's file was not used.
        Assert.False(Store.TryGetBlob(Assert.Single(locked.NuGetPackages!).Digest, out _));
        Assert.True(Select("native/**", "/usr/x").Read(locked, Store, Token).Tree.Contains(TreePath.Parse("usr/x/a")));
    }

    [Fact]
    public async Task A_package_that_was_damaged_in_the_store_is_not_unpacked()
    {
        Provide("native.package", "1.2.3", ("native/a", "a"));
        var requests = Requests(("Native.Package", "1.2.*"));
        await Restore(requests);
        var locked = Assert.Single(LockFile.TryRead(LockPath)!.NuGetPackages!);
        Directory.Delete(Path.Combine(_folder.Path, "store", "records"), recursive: true);
        var path = Store.BlobPath(locked.Digest);
        var bytes = await File.ReadAllBytesAsync(path, Token);
        bytes[^1] ^= 1;
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await File.WriteAllBytesAsync(path, bytes, Token);

        await Assert.ThrowsAsync<DiagnosticException>(() => Restore(requests));
        Assert.False(Store.TryGetBlob(locked.Digest, out _));
        Assert.Equal([new("Native.Package", "1.2.3")], Plan(requests).Downloads);
        Assert.Equal(["Native.Package 1.2.3"], (await Restore(requests)).Downloaded);
    }

    [Fact]
    public async Task Without_a_network_nothing_is_pinned_of_what_an_earlier_restore_left()
    {
        Provide("native.package", "1.2.3", ("native/a", "a"));
        await Restore(Requests(("Native.Package", "1.2.*")));
        var before = await File.ReadAllBytesAsync(LockPath, Token);
        var vendor = Path.Combine(_folder.Path, "vendor");
        new OfflineFolder(vendor).Write(LockFile.TryRead(LockPath)!.Contents.Select(content => (content, (FileContent)Store.Reference(content.Sha256, content.Size))), Token);

        foreach (var version in (string[])["1.3.*", "1.2.3", "1.2.4"])
        {
            var failure = await Assert.ThrowsAsync<DiagnosticException>(
                () => Restore(Requests(("Native.Package", version)), input => input with { Offline = OfflineSource.Open(vendor) }));
            Assert.Equal("COMPOSE1050", failure.Diagnostic.Descriptor.Code);
            Assert.Contains("Native.Package", failure.Diagnostic.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, await File.ReadAllBytesAsync(LockPath, Token));
    }

    [Fact]
    public async Task Another_file_under_the_locked_version_is_refused()
    {
        Provide("native.package", "1.0.0", ("native/a", "right"));
        await Restore(Requests(("Native.Package", "1.0.0")));
        Directory.Delete(Path.Combine(_folder.Path, "store"), recursive: true);
        Provide("native.package", "1.0.0", ("native/a", "wrong"));
        Assert.Equal([new("Native.Package", "1.0.0")], Plan(Requests(("Native.Package", "1.0.0"))).Downloads);

        var failure = await Assert.ThrowsAsync<DiagnosticException>(() => Restore(Requests(("Native.Package", "1.0.0"))));

        Assert.Equal(("COMPOSE1082", "Native.Package"), (failure.Diagnostic.Descriptor.Code, failure.Diagnostic.Item));
    }

    [Fact]
    public async Task A_package_that_NuGet_did_not_restore_is_an_error()
    {
        Provide("native.package", "1.0.0", ("native/a", "a"));
        File.Delete(PackagePath("native.package", "1.0.0"));
        var failure = await Assert.ThrowsAsync<DiagnosticException>(() => Restore(Requests(("Native.Package", "1.0.0"))));
        Assert.Equal("COMPOSE1081", failure.Diagnostic.Descriptor.Code);
    }

    [Fact]
    public async Task A_build_without_a_restore_says_so()
    {
        Provide("native.package", "1.0.0", ("native/a", "a"));
        await Restore(Requests(("Native.Package", "1.0.0")));
        Directory.Delete(Path.Combine(_folder.Path, "store"), recursive: true);
        var failure = Assert.Throws<DiagnosticException>(() => Select("native/**", "/usr/x").Read(LockFile.TryRead(LockPath)!, Store, Token));
        Assert.Equal("COMPOSE1046", failure.Diagnostic.Descriptor.Code);
        Assert.Contains("dotnet restore", failure.Diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("native/**", "/usr/x", "usr/x/deep/b usr/x/a")]
    [InlineData("native", "/usr/x", "usr/x/deep/b usr/x/a")]
    [InlineData("native/a", "/usr/x", "usr/x/a")]
    [InlineData("native/deep/*", "/usr/x/", "usr/x/b")]
    [InlineData("**/b", "/usr/x", "usr/x/native/deep/b")]
    public async Task Files_keep_their_path_below_the_fixed_part_of_the_pattern(string pattern, string destination, string expected)
    {
        Provide("native.package", "1.0.0", ("native/a", "a"), ("native/deep/b", "b"), ("other", "c"));
        await Restore(Requests(("Native.Package", "1.0.0")));
        var tree = Select(pattern, destination).Read(LockFile.TryRead(LockPath)!, Store, Token).Tree;
        Assert.Equal(
            expected.Split(' ').Order(StringComparer.Ordinal),
            tree.Where(item => item.Entry is FileEntry).Select(item => item.Path.ToString()).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("missing/**", "/usr/x")]
    [InlineData("../native/**", "/usr/x")]
    [InlineData("native/**", "usr/x")]
    [InlineData("native/**", "/../x")]
    public async Task A_selection_that_cannot_be_made_is_an_error(string pattern, string destination)
    {
        Provide("native.package", "1.0.0", ("native/a", "a"));
        await Restore(Requests(("Native.Package", "1.0.0")));
        var failure = Assert.Throws<DiagnosticException>(() => Select(pattern, destination).Read(LockFile.TryRead(LockPath)!, Store, Token));
        Assert.Equal("COMPOSE1080", failure.Diagnostic.Descriptor.Code);
    }

    public static TheoryData<string, string[]> HostileNames => new()
    {
        { "COMPOSE1002", ["../evil"] },
        { "COMPOSE1002", ["/etc/passwd"] },
        { "COMPOSE1002", ["native/%2e%2e/%2e%2e/evil"] },
        { "COMPOSE1002", ["native\\..\\evil"] },
        { "COMPOSE1002", ["native/%00"] },
        { "COMPOSE1003", [string.Concat(Enumerable.Repeat("d/", 300)) + "f"] },
        { "COMPOSE1004", ["native/a", "native/a"] },
        { "COMPOSE1004", ["native/a", "native/%61"] },
        { "COMPOSE1004", ["native", "native/a"] },
    };

    [Theory]
    [MemberData(nameof(HostileNames))]
    public async Task Names_that_leave_the_tree_or_contradict_each_other_are_refused(string code, string[] names)
    {
        Provide("native.package", "1.0.0", [.. names.Select(name => (name, "x"))]);
        var failure = await Assert.ThrowsAsync<DiagnosticException>(() => Restore(Requests(("Native.Package", "1.0.0"))));
        Assert.Equal(code, failure.Diagnostic.Descriptor.Code);
        Assert.Contains("Native.Package 1.0.0", failure.Diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    [InlineData(100)]
    public async Task A_truncated_package_is_an_error(int length)
    {
        Provide("native.package", "1.0.0", ("native/a", new string('a', 1000)));
        using (var file = File.OpenWrite(PackagePath("native.package", "1.0.0")))
        {
            file.SetLength(length);
        }

        var failure = await Assert.ThrowsAsync<DiagnosticException>(() => Restore(Requests(("Native.Package", "1.0.0"))));
        Assert.Equal("COMPOSE1001", failure.Diagnostic.Descriptor.Code);
    }

    [Fact]
    public void A_package_that_unpacks_to_more_than_allowed_or_said_is_refused()
    {
        Provide("native.package", "1.0.0", ("native/a", new string('a', 100_000)));
        var path = PackagePath("native.package", "1.0.0");
        var bytes = File.ReadAllBytes(path);
        var limits = ArchiveLimits.Default with { UnpackedBytesWithoutRatio = 1000, Ratio = 2 };
        Assert.Equal("COMPOSE1003", Fails(bytes, limits).Descriptor.Code);

        // The size in the central directory (APPNOTE.TXT 4.3.12), 24 bytes behind its signature, becomes a lie.
        var directory = bytes.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        BitConverter.TryWriteBytes(bytes.AsSpan(directory + 24), 10);
        Assert.Equal("COMPOSE1001", Fails(bytes, ArchiveLimits.Default).Descriptor.Code);
    }

    private Diagnostic Fails(byte[] package, ArchiveLimits limits) => Assert.Throws<DiagnosticException>(
        () => new NuGetPackageReader(Store, limits).Read(new BytesContent(package), "hostile", Token)).Diagnostic;

    private static NuGetRequest[] Requests(params (string Name, string Version)[] packages) =>
        [.. packages.Select(package => NuGetRequest.Parse(package.Name, package.Version))];

    private NuGetPlan Plan(NuGetRequest[] requests, bool keepsDownloads = false) =>
        NuGetPlan.Create(requests, LockFile.TryRead(LockPath), Store, lockedMode: false, forceEvaluate: false, keepsDownloads);

    private static NuGetSelection Select(string files, string destination) =>
        new() { Name = "Native.Package", Files = files.Split(';'), Destination = destination };

    private Task<RestoreResult> Restore(NuGetRequest[] requests, bool lockedMode = false) =>
        Restore(requests, input => input with { LockedMode = lockedMode });

    private async Task<RestoreResult> Restore(NuGetRequest[] requests, Func<RestoreInput, RestoreInput> change)
    {
        var input = new RestoreInput { LockFile = LockPath, Requests = new() { NuGetPackages = requests }, NuGetAssetsFile = AssetsPath };
        using var downloader = new Downloader(Store);
        return await new InputRestorer(Store, downloader, TimeProvider.System, _reports).RestoreAsync(change(input), cancellationToken: Token);
    }

    private string PackagePath(string name, string version) => Path.Combine(_folder.Path, "packages", name, version, $"{name}.{version}.nupkg");

    /// <summary>Puts a package where NuGet would, and writes what NuGet would of it.</summary>
    private void Provide(string name, string version, params (string Name, string Text)[] entries)
    {
        var path = PackagePath(name, version);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using (var stream = File.Create(path))
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create))
        {
            foreach (var (entry, text) in entries)
            {
                using var content = archive.CreateEntry(entry).Open();
                content.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        File.WriteAllText(AssetsPath, $$"""
            {
              "libraries": { "{{name}}/{{version}}": { "type": "package" } },
              "packageFolders": { "{{Path.Combine(_folder.Path, "packages")}}/": {} }
            }
            """);
    }
}
