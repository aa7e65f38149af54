using Compose.FileTrees.Storage;
using Compose.Packages.Downloads;
using Compose.Packages.Releases;

namespace Compose.Packages.Tests;

/// <summary>A release file that is older than one that was accepted brings back what was replaced since.</summary>
public sealed class DowngradeTests : IDisposable
{
    private const string Old = "Sat, 01 Aug 2026 08:00:00 UTC";
    private const string New = "Sat, 01 Aug 2026 08:00:01 UTC";

    private readonly TemporaryFolder _folder = new();
    private readonly TestServer _server = new();
    private readonly TestServer _otherServer = new();
    private readonly TestRepository _repository = new();
    private readonly FixedClock _clock = new(new DateTimeOffset(2026, 8, 2, 0, 0, 0, TimeSpan.Zero));

    public DowngradeTests()
    {
        _clock.Now = DateTimeOffset.UtcNow > _clock.Now ? DateTimeOffset.UtcNow : _clock.Now;
        _repository.Add("hello", "1.0");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _server.Dispose();
        _otherServer.Dispose();
        _repository.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task An_older_release_file_is_refused_whichever_mirror_has_it()
    {
        _repository.Publish(_server.Files, date: New);
        await Read(_server);
        await Read(_server);
        _repository.Publish(_server.Files, date: Old);
        _repository.Publish(_otherServer.Files, date: Old);

        await Fails(_server);
        var message = await Fails(_otherServer);

        Assert.Contains("2026-08-01 08:00:00Z", message, StringComparison.Ordinal);
        Assert.Contains("2026-08-01 08:00:01Z", message, StringComparison.Ordinal);
        File.Delete(message.Split('\'')[^2]);
        await Read(_server);
    }

    [Fact]
    public async Task A_later_release_file_is_remembered()
    {
        _repository.Publish(_server.Files, date: Old);
        await Read(_server);
        _repository.Publish(_server.Files, date: New);
        await Read(_server);
        _repository.Publish(_server.Files, date: Old);

        await Fails(_server);
    }

    [Fact]
    public async Task Archives_and_stores_are_told_apart()
    {
        _repository.Publish(_server.Files, date: New);
        await Read(_server);

        _repository.Publish(_otherServer.Files, date: Old, origin: "Other");
        await Read(_otherServer);
        _repository.Publish(_otherServer.Files, date: Old);
        await Read(_otherServer, store: "other-store");
        using var ofAnotherKey = new TestRepository();
        ofAnotherKey.Add("hello", "1.0");
        ofAnotherKey.Publish(_otherServer.Files, date: Old);
        await Read(_otherServer, key: ofAnotherKey.KeyFile);
    }

    [Fact]
    public async Task What_is_refused_is_not_remembered()
    {
        _repository.Publish(_server.Files, date: Old);
        await Read(_server);
        using var stranger = new TestRepository();
        stranger.Add("hello", "1.0");
        stranger.Publish(_otherServer.Files, date: New);
        var e = await Assert.ThrowsAsync<DiagnosticException>(() => Read(_otherServer));
        Assert.Equal("COMPOSE1022", e.Diagnostic.Descriptor.Code);

        await Read(_server);
    }

    private async Task<string> Fails(TestServer server)
    {
        var e = await Assert.ThrowsAsync<DiagnosticException>(() => Read(server));
        Assert.Equal("COMPOSE1054", e.Diagnostic.Descriptor.Code);
        return e.Message;
    }

    private async Task Read(TestServer server, string store = "store", string? key = null)
    {
        var content = new ContentStore(_folder[store]);
        using var downloader = new Downloader(content, new DownloaderOptions { RetryDelay = TimeSpan.FromMilliseconds(1) });
        var reader = new RepositoryReader(content, downloader, new ReleaseVerifier(TrustedKeys.Load([key ?? _repository.KeyFile]), _clock));
        Assert.NotEmpty((await reader.ReadAsync(server.Address, new DebianRepository("trixie", ["main"], "amd64"), cancellationToken: Token)).Packages);
    }
}
