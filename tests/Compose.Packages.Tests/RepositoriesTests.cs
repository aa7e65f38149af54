using Compose.FileTrees.Storage;
using Compose.Packages.Downloads;
using Compose.Packages.Locking;
using Compose.Packages.Releases;
using Compose.Packages.Resolution;
using Compose.Packages.Restoring;

namespace Compose.Packages.Tests;

/// <summary>A main archive and a security archive on servers and with keys of their own.</summary>
public sealed class RepositoriesTests : IDisposable
{
    private static readonly DebianRepository s_main = new("trixie", ["main"], "amd64");
    private static readonly DebianRepository s_security = new("trixie-security", ["main"], "amd64");

    private readonly TemporaryFolder _folder = new();
    private readonly TestServer _mainServer = new();
    private readonly TestServer _securityServer = new();
    private readonly TestRepository _main = new();
    private readonly TestRepository _security = new();
    private readonly Reports _reports = new();
    private readonly FixedClock _clock = new(DateTimeOffset.UtcNow > s_date ? DateTimeOffset.UtcNow : s_date);
    private static readonly DateTimeOffset s_date = new(2026, 8, 2, 0, 0, 0, TimeSpan.Zero);

    public RepositoriesTests()
    {
        _main.Add("web", "1.0", "ssl (>= 3)");
        _main.Add("ssl", "3.0-1");
        _main.Add("zip", "1.0");
        _security.Add("ssl", "3.0-1+deb13u1");
        _security.Add("zip", "1.0");
        _main.Publish(_mainServer.Files);
        _security.Publish(_securityServer.Files, suite: "trixie-security", dist: "trixie-security");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string LockPath => _folder["compose.lock.json"];

    public void Dispose()
    {
        _mainServer.Dispose();
        _securityServer.Dispose();
        _main.Dispose();
        _security.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task The_highest_version_wins_and_of_equal_ones_that_of_the_first_repository()
    {
        var result = await Restore(Input("web", "zip"));

        Assert.Equal(
            ["ssl 3.0-1+deb13u1 trixie-security", "web 1.0 trixie", "zip 1.0 trixie"],
            result.LockFile.Packages.Select(package => $"{package} {result.LockFile.RepositoryOf(package)}"));
        Assert.Equal([null, null, "trixie-security"], result.LockFile.Packages.Select(package => package.Suite).Order());
        Assert.Equal(["pool/main/s/ssl/ssl_3.0-1+deb13u1_amd64.deb"], Debs(_securityServer));
        Assert.Equal(2, Debs(_mainServer).Length);

        Assert.False((await Restore(Input("web", "zip") with { LockedMode = true })).WasWritten);
        await Restore(Input("web", "zip") with { LockedMode = true }, store: "other-store");
        Assert.Equal(2, Debs(_securityServer).Length);
    }

    [Fact]
    public async Task Each_repository_is_signed_by_its_own_keys()
    {
        var input = Input("web");
        await Fails("COMPOSE1022", input with { Sources = [input.Sources[0], input.Sources[1] with { KeyFiles = [_main.KeyFile] }] });
        await Fails("COMPOSE1022", input with { Sources = [input.Sources[0] with { KeyFiles = [_security.KeyFile] }, input.Sources[1]] });
    }

    [Fact]
    public async Task Another_list_of_repositories_makes_the_lock_file_stale()
    {
        await Restore(Input("web"));
        var input = Input("web");

        var message = await Fails("COMPOSE1041", input with
        {
            LockedMode = true, Requests = input.Requests with { Repositories = [s_main] }, Sources = [input.Sources[0]],
        });

        Assert.Contains("the repository was trixie main (amd64) and trixie-security main (amd64), is trixie main (amd64)", message, StringComparison.Ordinal);
        Assert.Contains("\n    ssl 3.0-1+deb13u1 → 3.0-1 (extension, trixie, older)", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_optional_repository_without_a_mirror_is_left_out()
    {
        var result = await Restore(WithoutMirror(isOptional: true));

        Assert.Equal(["ssl 3.0-1", "web 1.0"], result.LockFile.Packages.Select(package => package.ToString()));
        Assert.Equal(["COMPOSE1055"], _reports.Codes);
        Assert.Equal(2, result.LockFile.Repositories!.Count);
        Assert.False((await Restore(Input("web"))).WasResolved);
        await Fails("COMPOSE1010", WithoutMirror(isOptional: false) with { ForceEvaluate = true });
    }

    [Fact]
    public async Task A_locked_package_of_an_optional_repository_without_a_mirror_is_resolved_anew()
    {
        await Restore(Input("web"));

        Assert.False((await Restore(WithoutMirror(isOptional: true))).WasResolved);
        var message = await Fails("COMPOSE1045", WithoutMirror(isOptional: true) with { LockedMode = true }, store: "other-store");
        Assert.Contains("ssl 3.0-1+deb13u1 is of trixie-security", message, StringComparison.Ordinal);
        await Fails("COMPOSE1010", WithoutMirror(isOptional: false), store: "other-store");
        Assert.Empty(_reports.Codes);

        var result = await Restore(WithoutMirror(isOptional: true), store: "other-store");
        Assert.Equal("ssl 3.0-1+deb13u1 → 3.0-1 (extension, trixie, older)", Assert.Single(result.Changes).ToString());
        Assert.Equal(["COMPOSE1044", "COMPOSE1055"], _reports.Codes);
    }

    [Fact]
    public async Task Repositories_of_one_suite_are_told_apart_by_their_components()
    {
        var other = new TestRepository();
        using var server = new TestServer();
        using (other)
        {
            other.Add("engine", "28.0");
            other.Publish(server.Files);
            foreach (var path in server.Files.Keys.Where(path => path.Contains("/main/binary", StringComparison.Ordinal)).ToArray())
            {
                server.Files.TryRemove(path, out _);
            }

            var repository = s_main with { Components = ["main", "contrib"] };
            var input = Input("web", "engine");
            other.Publish(server.Files);
            input = input with
            {
                Requests = input.Requests with { Repositories = [s_main, repository] },
                Sources = [input.Sources[0], new RepositorySource(repository, [other.KeyFile], () => server.Address)],
            };

            // The second has no component contrib: the message says which repository is at fault.
            Assert.Contains("contrib/binary-amd64/Packages", await Fails("COMPOSE1028", input), StringComparison.Ordinal);
            Assert.Equal("trixie main contrib", repository.NameAmong(input.Requests.Repositories));
        }
    }

    [Fact]
    public async Task A_lock_file_with_a_package_of_no_repository_is_refused()
    {
        await Restore(Input("web"));
        var text = await File.ReadAllTextAsync(LockPath, Token);
        await File.WriteAllTextAsync(LockPath, text.Replace("\"suite\": \"trixie-security\",\n          \"filename\"", "\"suite\": \"sid\",\n          \"filename\"", StringComparison.Ordinal), Token);
        Assert.NotEqual(text, await File.ReadAllTextAsync(LockPath, Token));

        await Fails("COMPOSE1042", Input("web"));
    }

    [Fact]
    public async Task Projects_of_one_session_ask_for_a_release_file_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            Restore(Input("web") with { LockFile = _folder[$"{i}/compose.lock.json"], Session = "session" })));

        foreach (var server in (TestServer[])[_mainServer, _securityServer])
        {
            Assert.Empty(server.Requests.GroupBy(request => request.Path).Where(requests => requests.Count() > 1).Select(requests => requests.Key));
        }

        await Restore(Input("web") with { Session = "another", ForceEvaluate = true });
        Assert.Equal(2, _mainServer.Requests.Count(request => request.Path.EndsWith("InRelease", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_would_be_newer_is_found_without_a_change()
    {
        await Restore(Input("web"));
        var before = await File.ReadAllBytesAsync(LockPath, Token);
        _main.Add("web", "1.1", "ssl, extra");
        _main.Add("extra", "7");
        _security.Add("ssl", "3.0-1+deb13u2");
        _main.Publish(_mainServer.Files);
        _security.Publish(_securityServer.Files, suite: "trixie-security", dist: "trixie-security");
        _mainServer.Requests.Clear();

        var content = new ContentStore(_folder["store"]);
        using var downloader = new Downloader(content);
        var (current, latest) = await new InputRestorer(content, downloader, _clock, _reports).ResolveLatestAsync(Input("web"), Input("web").Requests, Token);

        Assert.Equal(
            ["extra 7 is added (extension, trixie)", "ssl 3.0-1+deb13u1 → 3.0-1+deb13u2 (extension, trixie-security)", "web 1.0 → 1.1 (extension, trixie)"],
            LockFileChange.Between(current, latest).Select(change => change.ToString()));
        Assert.Empty(Debs(_mainServer));
        Assert.Equal(before, await File.ReadAllBytesAsync(LockPath, Token));
    }

    private static string[] Debs(TestServer server) =>
        [.. server.Requests.Select(request => request.Path).Where(path => path.EndsWith(".deb", StringComparison.Ordinal))];

    private RestoreInput WithoutMirror(bool isOptional)
    {
        var input = Input("web");
        var security = new RepositorySource(
            s_security, [_security.KeyFile], () => throw new DiagnosticException(PackageDiagnostics.NoMirror.Create("No mirror is known.")), isOptional);
        return input with { Sources = [input.Sources[0], security] };
    }

    private RestoreInput Input(params string[] names) => new()
    {
        LockFile = LockPath,
        Requests = new InputRequests
        {
            Repositories = [s_main, s_security],
            Groups = [new PackageGroup { Name = "extension", Requests = [.. names.Select(name => new PackageRequest(name))] }],
        },
        Sources =
        [
            new RepositorySource(s_main, [_main.KeyFile], () => _mainServer.Address),
            new RepositorySource(s_security, [_security.KeyFile], () => _securityServer.Address),
        ],
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
