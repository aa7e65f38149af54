using System.Text;
using System.Text.Json.Nodes;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Packages.Downloads;
using Compose.Packages.Locking;
using Compose.Packages.Releases;
using Compose.Packages.Resolution;
using Compose.Packages.Restoring;

namespace Compose.Packages.Tests;

public sealed class InputRestorerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestServer _server = new();
    private readonly TestRepository _repository = new();
    private readonly Reports _reports = new();
    private readonly FixedClock _clock = new(DateTimeOffset.UtcNow.AddDays(1) > s_releaseDate ? DateTimeOffset.UtcNow : s_releaseDate);
    private static readonly DateTimeOffset s_releaseDate = new(2026, 8, 2, 0, 0, 0, TimeSpan.Zero);
    private readonly string _docker;

    public InputRestorerTests()
    {
        _docker = _repository.Add("docker.io", "26.1.5+dfsg1-9", "containerd (>= 1.7), libc6 (>= 2.34)");
        _repository.Add("containerd", "1:1.7.24~ds1-6", "libc6", compression: "zstd");
        _repository.Add("libc6", "2.41-12", compression: "gzip", more: "Provides: libc6-virtual (= 2.41)\n");
        _repository.Add("other", "1");
        _repository.Publish(_server.Files);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _server.Dispose();
        _repository.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_restore_resolves_downloads_and_locks(bool byHash, bool withXz)
    {
        _repository.Publish(_server.Files, byHash, withXz);

        var result = await Restore(Input("docker.io"));

        Assert.True(result.WasResolved && result.WasWritten);
        Assert.Equal(["containerd", "docker.io", "libc6"], result.LockFile.Group("extension").Packages.Select(package => package.Name));
        Assert.Equal(3, result.Downloaded.Count);
        var text = await File.ReadAllTextAsync(LockPath, Token);
        Assert.DoesNotContain("127.0.0.1", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\r", text, StringComparison.Ordinal);
        Assert.Contains("\"version\": \"26.1.5+dfsg1-9\"", text, StringComparison.Ordinal);
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
        Assert.Equal(text, Encoding.UTF8.GetString(LockFile.TryRead(LockPath)!.ToBytes()));
    }

    [Fact]
    public async Task A_second_restore_uses_no_network()
    {
        await Restore(Input("docker.io"));
        _server.Requests.Clear();

        var result = await Restore(Input("docker.io") with { AllowNetwork = false, LockedMode = true, Sources = [new RepositorySource(s_trixie, [], () => throw new InvalidOperationException())] });

        Assert.False(result.WasResolved || result.WasWritten);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task A_lock_file_without_the_packages_needs_no_index()
    {
        await Restore(Input("docker.io"));
        var before = await File.ReadAllBytesAsync(LockPath, Token);
        _server.Requests.Clear();

        var result = await Restore(Input("docker.io") with { LockedMode = true }, store: "other-store");

        Assert.Equal(3, result.Downloaded.Count);
        Assert.DoesNotContain(_server.Requests, request => request.Path.StartsWith("dists", StringComparison.Ordinal));
        Assert.Equal(before, await File.ReadAllBytesAsync(LockPath, Token));
        await Fails("COMPOSE1050", Input("docker.io") with { AllowNetwork = false }, store: "third-store");
    }

    [Fact]
    public async Task Downloads_are_unpacked_at_once_and_their_files_not_read_again()
    {
        var result = await Restore(Input("docker.io"));
        var store = new ContentStore(_folder["store"]);
        var group = result.LockFile.Group("extension");
        foreach (var package in group.Packages)
        {
            store.Remove(package.Digest);
        }

        await Restore(Input("docker.io") with { AllowNetwork = false });
        Assert.Equal(3, new PackageUnpacker(store).Unpack(group, Token).Count);
    }

    [Fact]
    public async Task Two_builds_at_once_download_and_unpack_each_package_once()
    {
        await Restore(Input("docker.io"), store: "other-store");
        _server.Requests.Clear();

        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Restore(Input("docker.io") with { LockedMode = true }))));

        Assert.Equal(3, _server.Requests.Count);
        var store = new ContentStore(_folder["store"]);
        Assert.Empty(Directory.EnumerateFiles(store.PartialDirectory));
        var group = results[0].LockFile.Group("extension");
        Assert.All(group.Packages, package => store.Remove(package.Digest));
        Assert.Equal(3, new PackageUnpacker(store).Unpack(group, Token).Count);
    }

    [Fact]
    public async Task A_package_with_the_wrong_digest_leaves_nothing()
    {
        var basePath = _folder["base.lock.json"];
        await Restore(Input("containerd") with { LockFile = basePath });
        var group = new PackageGroup { Name = "extension", Requests = [new("docker.io")], References = [new LockReference(basePath, "extension")] };
        var before = FilesOfStore();
        _server.Files[_docker] = _server.Files[_docker].ToArray();
        _server.Files[_docker][^100] ^= 1;

        await Fails("COMPOSE1053", Input() with { Requests = new InputRequests { Repositories = [s_trixie], Groups = [group] } });

        Assert.Equal(before, FilesOfStore());

        string[] FilesOfStore() =>
            [.. Directory.EnumerateFiles(_folder["store"], "*", SearchOption.AllDirectories).Where(path => !path.EndsWith(".download", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task A_malformed_package_with_the_right_digest_is_reported_by_its_name()
    {
        _repository.Add("broken", "1", change: deb => deb[..^200]);
        _repository.Publish(_server.Files);

        Assert.Contains("broken_1_amd64.deb", await Fails("COMPOSE1001", Input("broken")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_package_that_was_damaged_in_the_store_is_downloaded_again()
    {
        var result = await Restore(Input("docker.io"));
        var group = result.LockFile.Group("extension");
        var store = new ContentStore(_folder["damaged"]);
        foreach (var package in group.Packages)
        {
            store.Add(_server.Files[package.FileName]);
        }

        var docker = group.Packages.Single(package => package.Name == "docker.io");
        var path = store.BlobPath(docker.Digest);
        var bytes = await File.ReadAllBytesAsync(path, Token);
        bytes[^100] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, Token);

        var e = Assert.Throws<DiagnosticException>(() => new PackageUnpacker(store).Unpack(group, Token));
        Assert.Equal("COMPOSE1046", e.Diagnostic.Descriptor.Code);
        Assert.Contains("docker.io", e.Message, StringComparison.Ordinal);
        var again = await Restore(Input("docker.io") with { LockedMode = true }, store: "damaged");

        Assert.Equal([docker.ToString()], again.Downloaded);
        Assert.Equal(3, new PackageUnpacker(store).Unpack(group, Token).Count);
    }

    [Fact]
    public async Task Packages_are_unpacked_in_order_with_what_they_hold()
    {
        var result = await Restore(Input("docker.io"));

        var packages = new PackageUnpacker(new ContentStore(_folder["store"])).Unpack(result.LockFile.Group("extension"), Token);

        Assert.Equal(["containerd", "docker.io", "libc6"], packages.Select(package => package.Locked.Name));
        Assert.All(packages, package => Assert.True(package.Package.Files.Contains(TreePath.Parse($"usr/share/{package.Locked.Name}/data"))));
    }

    [Fact]
    public async Task Unpacking_what_was_not_restored_is_an_error()
    {
        var result = await Restore(Input("docker.io"));

        var e = Assert.Throws<DiagnosticException>(() =>
            new PackageUnpacker(new ContentStore(_folder["empty"])).Unpack(result.LockFile.Group("extension"), Token));

        Assert.Equal("COMPOSE1046", e.Diagnostic.Descriptor.Code);
    }

    [Fact]
    public async Task A_package_that_is_gone_is_resolved_anew_with_a_warning()
    {
        await Restore(Input("docker.io"));
        _repository.Add("docker.io", "26.1.5+dfsg1-10", "containerd");
        _repository.Publish(_server.Files);
        Assert.False(_server.Files.ContainsKey(_docker));

        await Fails("COMPOSE1045", Input("docker.io") with { LockedMode = true }, store: "other-store");
        Assert.Empty(_reports.Codes);
        var result = await Restore(Input("docker.io"), store: "other-store");

        Assert.True(result.WasWritten);
        Assert.Equal(["COMPOSE1044"], _reports.Codes);
        Assert.Contains(result.LockFile.Packages, package => package.Version == "26.1.5+dfsg1-10");
    }

    [Fact]
    public async Task A_fitting_lock_file_is_obeyed_until_evaluation_is_forced()
    {
        await Restore(Input("docker.io"));
        _repository.Add("libc6", "2.41-13");
        _repository.Publish(_server.Files);

        Assert.False((await Restore(Input("docker.io"))).WasResolved);
        var forced = await Restore(Input("docker.io") with { ForceEvaluate = true });

        Assert.Contains(forced.LockFile.Packages, package => package.ToString() == "libc6 2.41-13");
        Assert.False((await Restore(Input("docker.io") with { ForceEvaluate = true })).WasWritten);
    }

    [Fact]
    public async Task Changed_requests_make_the_lock_file_stale()
    {
        await Restore(Input("docker.io"));

        var message = await Fails("COMPOSE1041", Input("docker.io", "other") with { LockedMode = true });
        Assert.Contains("'other' is asked for", message, StringComparison.Ordinal);
        Assert.Equal("COMPOSE1041", Assert.Throws<DiagnosticException>(() =>
            LockFileCheck.Require(LockPath, Input("containerd").Requests)).Diagnostic.Descriptor.Code);
        Assert.True((await Restore(Input("docker.io", "other"))).WasWritten);
        Assert.NotNull(LockFileCheck.Require(LockPath, Input("other", "docker.io").Requests));
        await Fails("COMPOSE1041", Input("docker.io", "other") with { LockedMode = true, Requests = Ask(s_trixie with { Components = ["main", "contrib"] }, "docker.io", "other") });
    }

    [Fact]
    public async Task Without_a_lock_file_locked_mode_and_builds_fail()
    {
        await Fails("COMPOSE1040", Input("docker.io") with { LockedMode = true });
        Assert.Equal("COMPOSE1040", Assert.Throws<DiagnosticException>(() =>
            LockFileCheck.Require(LockPath, Input("docker.io").Requests)).Diagnostic.Descriptor.Code);
        await Fails("COMPOSE1043", Input("docker.io") with { LockedMode = true, ForceEvaluate = true });
    }

    [Fact]
    public async Task An_extension_gets_what_the_base_does_not_have()
    {
        var basePath = _folder["base.lock.json"];
        await Restore(Input("libc6") with
        {
            LockFile = basePath,
            Requests = new InputRequests
            {
                Repositories = [s_trixie],
                Groups = [new() { Name = "initrd", Requests = [new("other")] }, new() { Name = "system", Requests = [new("libc6")] }],
            },
        });
        var group = new PackageGroup { Name = "extension", Requests = [new("docker.io")], References = [new LockReference(basePath, "system")] };
        var input = Input() with { Requests = new InputRequests { Repositories = [s_trixie], Groups = [group] } };

        var result = await Restore(input);

        Assert.Equal(["containerd", "docker.io"], result.LockFile.Packages.Select(package => package.Name));
        Assert.Equal(["libc6", "libc6 (>= 2.34)"], result.LockFile.Group("extension").Uses);
        Assert.False((await Restore(input)).WasResolved);

        // The base changes: first without harm, then it takes in what the extension has, then it drops what that uses.
        var file = LockFile.TryRead(basePath)!;
        WithSystem("""{"name":"libc6","version":"2.99-1"}""");
        Assert.Empty(LockFileCheck.Differences(result.LockFile, input.Requests));
        WithSystem("""{"name":"libc6","version":"2.99-1"}""", """{"name":"containerd","version":"2"}""");
        Assert.Contains("'containerd' is in the base", Assert.Single(LockFileCheck.Differences(result.LockFile, input.Requests)), StringComparison.Ordinal);
        WithSystem("""{"name":"libc6","version":"2.30-1"}""");
        Assert.Contains("'libc6 (>= 2.34)' is no longer", Assert.Single(LockFileCheck.Differences(result.LockFile, input.Requests)), StringComparison.Ordinal);
        File.Delete(basePath);
        await Fails("COMPOSE1040", input);

        void WithSystem(params string[] packages)
        {
            var template = file.Group("system").Packages[0];
            var changed = packages.Select(json =>
            {
                using var values = System.Text.Json.JsonDocument.Parse(json);
                return template with { Name = values.RootElement.GetProperty("name").GetString()!, Version = values.RootElement.GetProperty("version").GetString()! };
            });
            file.Groups["system"] = file.Group("system") with { Packages = [.. changed] };
            file.Write(basePath);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("<<<<<<< HEAD")]
    [InlineData("""{"version":3,"repositories":[{"suite":"a","components":["b"],"architecture":"c"}],"groups":{}}""")]
    [InlineData("""{"version":2,"repository":{"suite":"a","components":["b"],"architecture":"c"},"groups":{}}""")]
    [InlineData("""{"version":2,"groups":{"e":{"requests":[],"uses":[],"packages":[]}}}""")]
    [InlineData("""{"version":2,"groups":{},"archives":[null]}""")]
    [InlineData("""{"version":2,"groups":{},"archives":[{"name":"a","source":"a","sha256":"00","size":1}]}""")]
    [InlineData("""{"version":1,"version":1,"repository":{"suite":"a","components":["b"],"architecture":"c"},"groups":{}}""")]
    [InlineData("""{"version":1,"repository":{"suite":"a","components":["b"],"architecture":"c"},"groups":{"e":{"requests":[],"uses":[],"packages":[{"name":"a","version":"1","architecture":"all","filename":"../../etc/passwd","sha256":"0000000000000000000000000000000000000000000000000000000000000000","size":1}]}}}""")]
    [InlineData("""{"version":1,"repository":{"suite":"a","components":["b"],"architecture":"c"},"groups":{"e":{"requests":[],"uses":[],"packages":[{"name":"a","version":"1","architecture":"all","filename":"a","sha256":"00","size":1}]}}}""")]
    [InlineData("""{"version":1,"repository":{"suite":"a","components":["b"],"architecture":"c"},"groups":{"e":null}}""")]
    [InlineData("""{"version":1,"repository":{"suite":"a","components":["b"],"architecture":"c"},"groups":{"e":{"requests":[null],"uses":[],"packages":[null]}}}""")]
    [InlineData("""{"version":1,"repository":{"suite":"a","components":["b"],"architecture":"c"},"groups":{"e":{"requests":[],"uses":["a b c"],"packages":[]}}}""")]
    public async Task A_lock_file_that_cannot_be_read_is_an_error(string text)
    {
        await File.WriteAllTextAsync(LockPath, text, Token);

        await Fails("COMPOSE1042", Input("docker.io"));
    }

    [Fact]
    public async Task A_lock_file_of_the_first_version_is_understood()
    {
        var result = await Restore(Input("docker.io"));
        var old = JsonNode.Parse(await File.ReadAllTextAsync(LockPath, Token))!.AsObject();
        old["version"] = 1;
        var repository = old["repositories"]![0]!.DeepClone();
        old.Remove("repositories");
        old["repository"] = repository;
        await File.WriteAllTextAsync(LockPath, old.ToJsonString(), Token);

        var read = LockFile.TryRead(LockPath)!;

        Assert.Equal(result.LockFile.ToBytes(), read.ToBytes());
        Assert.False((await Restore(Input("docker.io") with { LockedMode = true })).WasResolved);
    }

    [Fact]
    public async Task The_lock_file_stays_when_a_restore_fails()
    {
        await Restore(Input("docker.io"));
        var before = await File.ReadAllBytesAsync(LockPath, Token);
        _server.Files.Keys.Where(path => path.StartsWith("pool/main/o", StringComparison.Ordinal)).ToList().ForEach(path => _server.Files.TryRemove(path, out _));

        await Fails("COMPOSE1052", Input("docker.io", "other"));
        await Fails("COMPOSE1031", Input("docker.io", "missing"));

        Assert.Equal(before, await File.ReadAllBytesAsync(LockPath, Token));
    }

    [Fact]
    public async Task A_mirror_without_the_folder_of_digests_will_do()
    {
        foreach (var path in _server.Files.Keys.Where(path => path.Contains("by-hash", StringComparison.Ordinal)).ToArray())
        {
            _server.Files.TryRemove(path, out var index);
            _server.Files[$"dists/trixie/main/binary-amd64/Packages.{(index![0] == 0xFD ? "xz" : "gz")}"] = index;
        }

        Assert.True((await Restore(Input("docker.io"))).WasResolved);
    }

    [Fact]
    public async Task A_tampered_index_is_refused()
    {
        var index = _server.Files.Keys.Single(path => path.Contains("by-hash", StringComparison.Ordinal) && _server.Files[path][0] == 0xFD);
        _server.Files[index][100] ^= 1;

        await Fails("COMPOSE1053", Input("docker.io"));
    }

    [Fact]
    public async Task A_release_without_the_architecture_is_refused() =>
        await Fails("COMPOSE1028", Over(s_trixie with { Architecture = "arm64" }));

    [Theory]
    [InlineData("../x", "main")]
    [InlineData("trixie", "ma in")]
    [InlineData("/etc", "main")]
    public async Task Names_that_are_no_names_are_refused(string suite, string component) =>
        await Fails("COMPOSE1030", Over(new DebianRepository(suite, [component], "amd64")));

    [Fact]
    public async Task The_index_is_downloaded_once()
    {
        await Restore(Input("docker.io"));
        _server.Requests.Clear();

        await Restore(Input("docker.io", "other"));

        Assert.DoesNotContain(_server.Requests, request => request.Path.Contains("binary-amd64", StringComparison.Ordinal));
    }

    private static readonly DebianRepository s_trixie = new("trixie", ["main"], "amd64");

    private string LockPath => _folder["compose.lock.json"];

    private RestoreInput Input(params string[] requests) => new()
    {
        LockFile = LockPath,
        Requests = Ask(s_trixie, requests),
        Sources = [new RepositorySource(s_trixie, [_repository.KeyFile], () => _server.Address)],
    };

    private RestoreInput Over(DebianRepository repository) => Input() with
    {
        Requests = Ask(repository, "docker.io"),
        Sources = [new RepositorySource(repository, [_repository.KeyFile], () => _server.Address)],
    };

    private static InputRequests Ask(DebianRepository repository, params string[] requests) => new()
    {
        Repositories = [repository],
        Groups = [new PackageGroup { Name = "extension", Requests = [.. requests.Select(name => new PackageRequest(name))] }],
    };

    private async Task<RestoreResult> Restore(RestoreInput input, string store = "store")
    {
        var content = new ContentStore(_folder[store]);
        using var downloader = new Downloader(content, new DownloaderOptions { RetryDelay = TimeSpan.FromMilliseconds(1) });
        return await new InputRestorer(content, downloader, _clock, _reports).RestoreAsync(input, null, Token);
    }

    private async Task<string> Fails(string code, RestoreInput input, string store = "store")
    {
        var e = await Assert.ThrowsAsync<DiagnosticException>(() => Restore(input, store));
        Assert.Equal($"{code} {e.Message}", $"{e.Diagnostic.Descriptor.Code} {e.Message}");
        return e.Message;
    }
}
