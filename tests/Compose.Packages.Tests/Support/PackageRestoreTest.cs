using Compose.FileTrees.Storage;
using Compose.Packages.Downloads;
using Compose.Packages.Locking;
using Compose.Packages.Releases;
using Compose.Packages.Resolution;
using Compose.Packages.Restoring;

namespace Compose.Packages.Tests.Support;

/// <summary>A project that asks for packages of a repository: docker.io, what that needs, and another one.</summary>
public abstract class PackageRestoreTest : IDisposable
{
    private static readonly DateTimeOffset s_releaseDate = new(2026, 8, 2, 0, 0, 0, TimeSpan.Zero);
    private readonly FixedClock _clock = new(DateTimeOffset.UtcNow.AddDays(1) > s_releaseDate ? DateTimeOffset.UtcNow : s_releaseDate);

    private protected PackageRestoreTest()
    {
        Docker = Repository.Add("docker.io", "26.1.5+dfsg1-9", "containerd (>= 1.7), libc6 (>= 2.34)");
        Repository.Add("containerd", "1:1.7.24~ds1-6", "libc6", compression: "zstd");
        Repository.Add("libc6", "2.41-12", compression: "gzip", more: "Provides: libc6-virtual (= 2.41)\n");
        Repository.Add("other", "1");
        Repository.Publish(Server.Files);
    }

    private protected static DebianRepository Trixie { get; } = new("trixie", ["main"], "amd64");

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected TemporaryFolder Folder { get; } = new();

    private protected TestServer Server { get; } = new();

    private protected TestRepository Repository { get; } = new();

    private protected Reports Reports { get; } = new();

    /// <summary>Where the mirror has docker.io.</summary>
    private protected string Docker { get; }

    private protected string LockPath => Folder["compose.lock.json"];

    private protected ContentStore Store => new(Folder["store"]);

    public void Dispose()
    {
        Server.Dispose();
        Repository.Dispose();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected RestoreInput Input(params string[] requests) => new()
    {
        LockFile = LockPath,
        Requests = Ask(Trixie, requests),
        Sources = [new RepositorySource(Trixie, [Repository.KeyFile], () => Server.Address)],
    };

    private protected static InputRequests Ask(DebianRepository repository, params string[] requests) => new()
    {
        Repositories = [repository],
        Groups = [new PackageGroup { Name = "extension", Requests = [.. requests.Select(name => new PackageRequest(name))] }],
    };

    private protected async Task<RestoreResult> Restore(RestoreInput input, string store = "store")
    {
        var content = new ContentStore(Folder[store]);
        using var downloader = new Downloader(content, new DownloaderOptions { RetryDelay = TimeSpan.FromMilliseconds(1) });
        return await new InputRestorer(content, downloader, _clock, Reports).RestoreAsync(input, null, Token);
    }

    private protected async Task<string> Fails(string code, RestoreInput input, string store = "store") =>
        (await FailsWith(code, input, store)).Message;

    private protected async Task<Diagnostic> FailsWith(string code, RestoreInput input, string store = "store")
    {
        var e = await Assert.ThrowsAsync<DiagnosticException>(() => Restore(input, store));
        Assert.Equal($"{code} {e.Message}", $"{e.Diagnostic.Descriptor.Code} {e.Message}");
        return e.Diagnostic;
    }
}
