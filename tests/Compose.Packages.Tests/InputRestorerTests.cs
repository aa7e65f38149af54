using System.Text;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Packages.Locking;
using Compose.Packages.Releases;
using Compose.Packages.Restoring;

namespace Compose.Packages.Tests;

/// <summary>What a restore downloads, unpacks and pins.</summary>
public sealed class InputRestorerTests : PackageRestoreTest
{
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_restore_resolves_downloads_and_locks(bool byHash, bool withXz)
    {
        Repository.Publish(Server.Files, byHash, withXz);

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
        Server.Requests.Clear();

        var result = await Restore(Input("docker.io") with { AllowNetwork = false, LockedMode = true, Sources = [new RepositorySource(Trixie, [], () => throw new InvalidOperationException())] });

        Assert.False(result.WasResolved || result.WasWritten);
        Assert.Empty(Server.Requests);
    }

    [Fact]
    public async Task A_lock_file_without_the_packages_needs_no_index()
    {
        await Restore(Input("docker.io"));
        var before = await File.ReadAllBytesAsync(LockPath, Token);
        Server.Requests.Clear();

        var result = await Restore(Input("docker.io") with { LockedMode = true }, store: "other-store");

        Assert.Equal(3, result.Downloaded.Count);
        Assert.DoesNotContain(Server.Requests, request => request.Path.StartsWith("dists", StringComparison.Ordinal));
        Assert.Equal(before, await File.ReadAllBytesAsync(LockPath, Token));
        await Fails("COMPOSE1050", Input("docker.io") with { AllowNetwork = false }, store: "third-store");
    }

    [Fact]
    public async Task Downloads_are_unpacked_at_once_and_their_files_not_read_again()
    {
        var result = await Restore(Input("docker.io"));
        var store = Store;
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
        Server.Requests.Clear();

        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Restore(Input("docker.io") with { LockedMode = true }))));

        Assert.Equal(3, Server.Requests.Count);
        var store = Store;
        Assert.Empty(Directory.EnumerateFiles(store.PartialDirectory));
        var group = results[0].LockFile.Group("extension");
        Assert.All(group.Packages, package => store.Remove(package.Digest));
        Assert.Equal(3, new PackageUnpacker(store).Unpack(group, Token).Count);
    }

    [Fact]
    public async Task A_package_with_the_wrong_digest_leaves_nothing()
    {
        var basePath = Folder["base.lock.json"];
        await Restore(Input("containerd") with { LockFile = basePath });
        var group = new PackageGroup { Name = "extension", Requests = [new("docker.io")], References = [new LockReference(basePath, "extension")] };
        var before = FilesOfStore();
        Server.Files[Docker] = Server.Files[Docker].ToArray();
        Server.Files[Docker][^100] ^= 1;

        await Fails("COMPOSE1053", Input() with { Requests = new InputRequests { Repositories = [Trixie], Groups = [group] } });

        Assert.Equal(before, FilesOfStore());

        string[] FilesOfStore() =>
            [.. Directory.EnumerateFiles(Folder["store"], "*", SearchOption.AllDirectories).Where(path => !path.EndsWith(".download", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task A_malformed_package_with_the_right_digest_is_reported_by_its_name()
    {
        Repository.Add("broken", "1", change: deb => deb[..^200]);
        Repository.Publish(Server.Files);

        Assert.Contains("broken_1_amd64.deb", await Fails("COMPOSE1001", Input("broken")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_package_that_was_damaged_in_the_store_is_downloaded_again()
    {
        var result = await Restore(Input("docker.io"));
        var group = result.LockFile.Group("extension");
        var store = new ContentStore(Folder["damaged"]);
        foreach (var package in group.Packages)
        {
            store.Add(Server.Files[package.FileName]);
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

        var packages = new PackageUnpacker(Store).Unpack(result.LockFile.Group("extension"), Token);

        Assert.Equal(["containerd", "docker.io", "libc6"], packages.Select(package => package.Locked.Name));
        Assert.All(packages, package => Assert.True(package.Package.Files.Contains(TreePath.Parse($"usr/share/{package.Locked.Name}/data"))));
    }

    [Fact]
    public async Task Unpacking_what_was_not_restored_is_an_error()
    {
        var result = await Restore(Input("docker.io"));

        var e = Assert.Throws<DiagnosticException>(() =>
            new PackageUnpacker(new ContentStore(Folder["empty"])).Unpack(result.LockFile.Group("extension"), Token));

        Assert.Equal("COMPOSE1046", e.Diagnostic.Descriptor.Code);
    }

    [Fact]
    public async Task A_package_that_is_gone_is_resolved_anew_with_a_warning()
    {
        await Restore(Input("docker.io"));
        Repository.Add("docker.io", "26.1.5+dfsg1-10", "containerd");
        Repository.Publish(Server.Files);
        Assert.False(Server.Files.ContainsKey(Docker));

        await Fails("COMPOSE1045", Input("docker.io") with { LockedMode = true }, store: "other-store");
        Assert.Empty(Reports.Codes);
        var result = await Restore(Input("docker.io"), store: "other-store");

        Assert.True(result.WasWritten);
        Assert.Equal(["COMPOSE1044"], Reports.Codes);
        Assert.Contains(result.LockFile.Packages, package => package.Version == "26.1.5+dfsg1-10");
    }

    [Fact]
    public async Task A_mirror_without_the_folder_of_digests_will_do()
    {
        foreach (var path in Server.Files.Keys.Where(path => path.Contains("by-hash", StringComparison.Ordinal)).ToArray())
        {
            Server.Files.TryRemove(path, out var index);
            Server.Files[$"dists/trixie/main/binary-amd64/Packages.{(index![0] == 0xFD ? "xz" : "gz")}"] = index;
        }

        Assert.True((await Restore(Input("docker.io"))).WasResolved);
    }

    [Fact]
    public async Task A_tampered_index_is_refused()
    {
        var index = Server.Files.Keys.Single(path => path.Contains("by-hash", StringComparison.Ordinal) && Server.Files[path][0] == 0xFD);
        Server.Files[index][100] ^= 1;

        await Fails("COMPOSE1053", Input("docker.io"));
    }

    [Fact]
    public async Task A_release_without_the_architecture_is_refused() =>
        await Fails("COMPOSE1028", Over(Trixie with { Architecture = "arm64" }));

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
        Server.Requests.Clear();

        await Restore(Input("docker.io", "other"));

        Assert.DoesNotContain(Server.Requests, request => request.Path.Contains("binary-amd64", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Restores_at_once_download_an_index_once()
    {
        Server.Answer = request =>
        {
            // Long enough for the others to come to it.
            Thread.Sleep(request.Path.Contains("by-hash", StringComparison.Ordinal) ? 500 : 0);
            return null;
        };

        await Task.WhenAll(Enumerable.Range(0, 4).Select(i =>
            Task.Run(() => Restore(Input("docker.io") with { LockFile = Folder[$"{i}/compose.lock.json"] }))));

        Assert.Single(Server.Requests, request => request.Path.Contains("by-hash", StringComparison.Ordinal));
        Assert.Equal(3, Server.Requests.Count(request => request.Path.EndsWith(".deb", StringComparison.Ordinal)));
    }

    private RestoreInput Over(DebianRepository repository) => Input() with
    {
        Requests = Ask(repository, "docker.io"),
        Sources = [new RepositorySource(repository, [Repository.KeyFile], () => Server.Address)],
    };
}
