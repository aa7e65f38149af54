using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Packages.Downloads;
using Compose.Packages.Inputs.Archives;
using Compose.Packages.Locking;
using Compose.Packages.Offline;
using Compose.Packages.Releases;
using Compose.Packages.Resolution;
using Compose.Packages.Restoring;

namespace Compose.Packages.Tests;

/// <summary>A folder that holds what a lock file names, as the only source; and a store that has to be made sound again.</summary>
public sealed class OfflineTests : IDisposable
{
    private static readonly DebianRepository s_trixie = new("trixie", ["main"], "amd64");

    private readonly TemporaryFolder _folder = new();
    private readonly TestServer _server = new();
    private readonly TestRepository _repository = new();
    private readonly Reports _reports = new();

    public OfflineTests()
    {
        _repository.Add("web", "1.0", "ssl");
        _repository.Add("ssl", "3.0-1");
        _repository.Publish(_server.Files);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Vendor => _folder["vendor"];

    public void Dispose()
    {
        _server.Dispose();
        _repository.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_vendored_folder_is_all_that_a_restore_needs()
    {
        var written = await WriteVendorAsync();
        Assert.Equal((2, 2, 0), (written.Files, written.Added, written.Removed));
        _server.Files.Clear();
        _server.Requests.Clear();

        var result = await Restore(Input() with { Offline = OfflineSource.Open(Vendor), LockedMode = true, Sources = [] }, "empty-store");

        Assert.Equal(2, result.Downloaded.Count);
        Assert.Empty(_server.Requests);
        Assert.Equal(2, new PackageUnpacker(new ContentStore(_folder["empty-store"])).Unpack(result.LockFile.Group("extension"), Token).Count);
    }

    [Fact]
    public async Task Nothing_but_the_lock_file_decides_what_is_in_the_folder()
    {
        await WriteVendorAsync();
        var first = Snapshot(Vendor);
        var times = Directory.GetFiles(Vendor, "*", SearchOption.AllDirectories).ToDictionary(path => path, File.GetLastWriteTimeUtc);

        Assert.Equal((2, 0, 0), (await WriteVendorAsync()) is var again ? (again.Files, again.Added, again.Removed) : default);
        Assert.All(times, time => Assert.Equal(time.Value, File.GetLastWriteTimeUtc(time.Key)));
        Assert.Equal(first, Snapshot(Vendor));

        _repository.Add("ssl", "3.0-2");
        _repository.Publish(_server.Files);
        Assert.Equal((2, 1, 1), (await WriteVendorAsync(force: true)) is var changed ? (changed.Files, changed.Added, changed.Removed) : default);
        Assert.Equal(3, Directory.GetFiles(Vendor, "*", SearchOption.AllDirectories).Length);

        var store = new ContentStore(_folder["store"]);
        new OfflineFolder(_folder["fresh"]).Write(LockFile.TryRead(Input().LockFile)!.Contents.Reverse().Select(content => From(store, content)), Token);
        Assert.Equal(Snapshot(Vendor), Snapshot(_folder["fresh"]));
    }

    [Fact]
    public async Task A_folder_that_was_not_finished_is_gone_on_with()
    {
        var contents = (await Restore(Input() with { KeepsDownloads = true })).LockFile.Contents.Select(content => From(new ContentStore(_folder["store"]), content)).ToArray();
        Assert.Throws<OperationCanceledException>(() => new OfflineFolder(Vendor).Write(contents, new CancellationToken(canceled: true)));

        // What a run that was killed leaves, and something of another.
        var name = contents[0].Content.Sha256.ToString();
        _folder.Write($"vendor/blobs/{name[..2]}/.{name[2..]}.1.1.partial", "half");
        _folder.Write("vendor/blobs/zz/notes.txt", "of somebody");

        var written = new OfflineFolder(Vendor).Write(contents, Token);

        Assert.Equal((2, 2, 1), (written.Files, written.Added, written.Removed));
        Assert.True(File.Exists(_folder["vendor/blobs/zz/notes.txt"]));
        Directory.Delete(_folder["vendor/blobs/zz"], recursive: true);
        new OfflineFolder(_folder["fresh"]).Write(contents, Token);
        Assert.Equal(Snapshot(_folder["fresh"]), Snapshot(Vendor));
    }

    [Fact]
    public async Task A_copy_that_was_damaged_is_made_anew()
    {
        await WriteVendorAsync();
        var before = Snapshot(Vendor);
        Damage(Directory.GetFiles(Path.Combine(Vendor, "blobs"), "*", SearchOption.AllDirectories)[0]);

        var written = await WriteVendorAsync();

        Assert.Equal((2, 1, 0), (written.Files, written.Added, written.Removed));
        Assert.Equal(before, Snapshot(Vendor));
    }

    [Fact]
    public async Task Packages_that_were_unpacked_and_pruned_are_fetched_again_to_be_vendored()
    {
        var result = await Restore(Input());
        var store = new ContentStore(_folder["store"]);
        result.LockFile.Packages.ToList().ForEach(package => store.Remove(package.Digest));

        Assert.Empty((await Restore(Input())).Downloaded);
        Assert.Equal(2, (await Restore(Input() with { KeepsDownloads = true })).Downloaded.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Archives_are_vendored_and_made_sound_again_too(bool isZip)
    {
        var program = new byte[50_000];
        new Random(7).NextBytes(program);
        var source = _folder["tool"];
        await File.WriteAllBytesAsync(source, program, Token);
        if (isZip)
        {
            Tool.Run("python3", "-c", "import sys, zipfile; zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED).write(sys.argv[2], 'bin/tool')", _folder["tool.zip"], source);
        }

        _server.Files["tool"] = await File.ReadAllBytesAsync(isZip ? _folder["tool.zip"] : source, Token);
        var request = new ArchiveRequest { Source = _server.Address.AbsoluteUri + "tool", ProjectDirectory = _folder.Path };
        var input = Input() with { Requests = new InputRequests { Archives = [request] } };
        var locked = (await Restore(input)).LockFile;
        var store = new ContentStore(_folder["store"]);
        Assert.Equal(request.Name, store.DownloadName(locked.Archives![0].Digest));

        // What was unpacked and pruned is fetched again to be copied. A single program is what it is unpacked to.
        store.Remove(locked.Archives[0].Digest);
        Assert.Equal(isZip ? 0 : 1, (await Restore(input)).Downloaded.Count);
        await Restore(input with { KeepsDownloads = true });
        new OfflineFolder(Vendor).Write(locked.Contents.Select(content => From(store, content)), Token);
        _server.Requests.Clear();
        await Restore(input with { Offline = OfflineSource.Open(Vendor), LockedMode = true }, "empty-store");
        Assert.Empty(_server.Requests);

        // A damaged copy is not unpacked, but fetched anew.
        foreach (var folder in (string[])["records/archive", "blobs"])
        {
            Directory.Delete(_folder[$"store/{folder}"], recursive: true);
        }

        await Restore(input with { KeepsDownloads = true });
        Directory.Delete(_folder["store/records/archive"], recursive: true);
        Damage(store.BlobPath(locked.Archives[0].Digest));
        await Restore(input);
        Assert.True(store.TryGetBlob(locked.Archives[0].Digest, out var blob));
        blob.Verify();
    }

    [Fact]
    public async Task What_the_folder_lacks_is_named()
    {
        await WriteVendorAsync();
        var index = OfflineIndex.TryRead(Vendor)!;
        var gone = index.Files.Single(file => file.Name == "ssl 3.0-1");
        File.Delete(Path.Combine(Vendor, "blobs", gone.Sha256[..2], gone.Sha256[2..]));

        var message = await FailsOffline("COMPOSE1090");
        Assert.Contains("ssl 3.0-1", message, StringComparison.Ordinal);

        (index with { Files = [.. index.Files.Except([gone])] }).Write(Vendor);
        await FailsOffline("COMPOSE1090");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_file_with_other_bytes_is_refused_and_not_kept(int lengthChange)
    {
        await WriteVendorAsync();
        foreach (var file in Directory.GetFiles(Path.Combine(Vendor, "blobs"), "*", SearchOption.AllDirectories))
        {
            var bytes = await File.ReadAllBytesAsync(file, Token);
            Array.Resize(ref bytes, bytes.Length + lengthChange);
            bytes[100] ^= 1;
            await File.WriteAllBytesAsync(file, bytes, Token);
        }

        await FailsOffline("COMPOSE1091");
        Assert.Empty(Directory.GetFiles(_folder["empty-store/blobs"], "*", SearchOption.AllDirectories));
        Assert.Empty(Directory.GetFiles(_folder["empty-store/partial"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"version":2,"files":[]}""")]
    [InlineData("""{"version":1}""")]
    [InlineData("""{"version":1,"files":[null]}""")]
    [InlineData("""{"version":1,"files":[{"kind":"package","name":"a","sha256":"../../../etc/passwd","size":1}]}""")]
    [InlineData("""{"version":1,"files":[{"kind":"package","name":"a","sha256":"00","size":1}]}""")]
    [InlineData("""{"version":1,"files":[{"kind":"package","name":"a","sha256":"0000000000000000000000000000000000000000000000000000000000000000","size":-1}]}""")]
    [InlineData("""{"version":1,"files":[{"kind":"package","name":"a","path":"../x","sha256":"0000000000000000000000000000000000000000000000000000000000000000","size":1}]}""")]
    public async Task An_index_that_cannot_be_used_is_refused(string index)
    {
        await WriteVendorAsync();
        await File.WriteAllTextAsync(Path.Combine(Vendor, "index.json"), index, Token);

        Assert.Equal("COMPOSE1092", Assert.Throws<DiagnosticException>(() => OfflineSource.Open(Vendor)).Diagnostic.Descriptor.Code);
        Assert.Equal("COMPOSE1092", Assert.Throws<DiagnosticException>(() => new OfflineFolder(Vendor).Write([], Token)).Diagnostic.Descriptor.Code);
    }

    [Fact]
    public void A_folder_of_something_else_is_neither_used_nor_written_to()
    {
        var file = _folder.Write("precious.txt", "precious");
        var folder = Path.GetDirectoryName(file)!;

        Assert.Equal("COMPOSE1092", Assert.Throws<DiagnosticException>(() => OfflineSource.Open(folder)).Diagnostic.Descriptor.Code);
        Assert.Equal("COMPOSE1092", Assert.Throws<DiagnosticException>(() => new OfflineFolder(folder).Write([], Token)).Diagnostic.Descriptor.Code);
        Assert.Equal("COMPOSE1092", Assert.Throws<DiagnosticException>(() => OfflineSource.Open(_folder["missing"])).Diagnostic.Descriptor.Code);
    }

    [Fact]
    public async Task An_offline_source_resolves_nothing()
    {
        await WriteVendorAsync();
        _server.Requests.Clear();
        var input = Input() with { Offline = OfflineSource.Open(Vendor) };

        foreach (var changed in (RestoreInput[])[input with { ForceEvaluate = true }, input with { LockFile = _folder["new.lock.json"] }])
        {
            var e = await Assert.ThrowsAsync<DiagnosticException>(() => Restore(changed));
            Assert.Equal("COMPOSE1050", e.Diagnostic.Descriptor.Code);
            Assert.Contains("ComposeOfflineSource", e.Message, StringComparison.Ordinal);
        }

        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task A_restore_makes_a_damaged_store_sound_again()
    {
        var result = await Restore(Input());
        var store = new ContentStore(_folder["store"]);
        var package = result.LockFile.Packages.First();
        var content = new PackageUnpacker(store).Unpack(result.LockFile.Group("extension"), Token)[0].Package.Files.Items.ToArray()
            .Select(item => item.Entry).OfType<FileEntry>().Select(entry => entry.Content).OfType<BlobContent>().First();
        _server.Requests.Clear();

        // A damaged file is unpacked again from its package.
        Damage(content.HostPath);
        Assert.Throws<DiagnosticException>(content.Verify);
        await Restore(Input());
        content.Verify();
        Assert.Empty(_server.Requests);

        // When the package is damaged too, that is downloaded again.
        Damage(content.HostPath);
        Assert.Throws<DiagnosticException>(content.Verify);
        Damage(store.BlobPath(package.Digest));
        await Restore(Input());
        content.Verify();
        Assert.True(store.TryGetBlob(package.Digest, out var deb));
        deb.Verify();
        Assert.Single(_server.Requests);
    }

    [Theory]
    [InlineData("3.0.*", "3.0-1")]
    [InlineData("3.*", "3.1-1")]
    [InlineData("[3.0,3.1)", "3.0-1")]
    [InlineData("3.1-1", "3.1-1")]
    [InlineData(null, "4.0~rc1-1")]
    public async Task A_range_is_kept_by_later_restores(string? range, string expected)
    {
        _repository.Publish(_server.Files);
        var first = new TestRepository();
        using (first)
        {
            first.Add("ssl", "3.0-1");
            first.AddVersion("ssl", "3.1-1");
            first.AddVersion("ssl", "4.0~rc1-1");
            first.Publish(_server.Files);
            var input = Input() with
            {
                Requests = new InputRequests
                {
                    Repositories = [s_trixie],
                    Groups = [new PackageGroup { Name = "extension", Requests = [new PackageRequest("ssl", range)] }],
                },
                Sources = [new RepositorySource(s_trixie, [first.KeyFile], () => _server.Address)],
            };

            Assert.Equal(expected, Assert.Single((await Restore(input)).LockFile.Packages).Version);
            Assert.False((await Restore(input with { LockedMode = true })).WasResolved);
            Assert.Equal(expected, Assert.Single((await Restore(input with { ForceEvaluate = true })).LockFile.Packages).Version);
        }
    }

    private static void Damage(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private static (LockedContent Content, FileContent Source) From(ContentStore store, LockedContent content) => (content, store.Reference(content.Sha256, content.Size));

    private static string Snapshot(string folder) => Tool.Run("sh", "-c", $"cd '{folder}' && find . -type f | LC_ALL=C sort | xargs sha256sum");

    private async Task<OfflineFolderResult> WriteVendorAsync(bool force = false)
    {
        var result = await Restore(Input() with { KeepsDownloads = true, ForceEvaluate = force });
        var store = new ContentStore(_folder["store"]);
        return new OfflineFolder(Vendor).Write(result.LockFile.Contents.Select(content => From(store, content)), Token);
    }

    private async Task<string> FailsOffline(string code)
    {
        var e = await Assert.ThrowsAsync<DiagnosticException>(() => Restore(Input() with { Offline = OfflineSource.Open(Vendor) }, "empty-store"));
        Assert.Equal($"{code} {e.Message}", $"{e.Diagnostic.Descriptor.Code} {e.Message}");
        return e.Message;
    }

    private RestoreInput Input() => new()
    {
        LockFile = _folder["project/compose.lock.json"],
        Requests = new InputRequests
        {
            Repositories = [s_trixie],
            Groups = [new PackageGroup { Name = "extension", Requests = [new PackageRequest("web")] }],
        },
        Sources = [new RepositorySource(s_trixie, [_repository.KeyFile], () => _server.Address)],
    };

    private async Task<RestoreResult> Restore(RestoreInput input, string store = "store")
    {
        var content = new ContentStore(_folder[store]);
        using var downloader = new Downloader(content, new DownloaderOptions { RetryDelay = TimeSpan.FromMilliseconds(1) });
        return await new InputRestorer(content, downloader, TimeProvider.System, _reports).RestoreAsync(input, null, Token);
    }
}
