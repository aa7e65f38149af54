using System.Globalization;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Packages.Downloads;
using Microsoft.Extensions.Time.Testing;

namespace Compose.Packages.Tests;

/// <summary>Servers that say when they may be asked again (RFC 9110, 10.2.3). Those of registries are in RegistryRetryTests.</summary>
public sealed class RetryAfterTests : IDisposable
{
    private static readonly TimeSpan s_usualPause = TimeSpan.FromMilliseconds(500);

    private readonly TemporaryFolder _folder = new();
    private readonly TestServer _server = new();
    private readonly SkippingClock _clock = new();
    private readonly ContentStore _store;
    private readonly byte[] _content = new byte[1000];

    public RetryAfterTests()
    {
        _store = new ContentStore(_folder["store"]);
        new Random(8).NextBytes(_content);
        _server.Files["file"] = _content;
    }

    public enum Kind
    {
        Package,
        Release,
        Archive,
        Checksums,
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(Kind.Package, 429)]
    [InlineData(Kind.Package, 503)]
    [InlineData(Kind.Release, 429)]
    [InlineData(Kind.Release, 503)]
    [InlineData(Kind.Archive, 429)]
    [InlineData(Kind.Archive, 503)]
    [InlineData(Kind.Checksums, 429)]
    [InlineData(Kind.Checksums, 503)]
    public async Task A_busy_server_is_asked_again_when_it_says(Kind kind, int status)
    {
        AnswerOnce(status, "30");

        await Download(kind, _clock);

        Assert.Equal([TimeSpan.FromSeconds(30)], _clock.Waits);
        Assert.Equal(2, _server.Requests.Count);
    }

    [Theory]
    [InlineData(503, "1", 1)]
    [InlineData(503, "60", 60)]
    [InlineData(503, "+45", 45)]
    [InlineData(429, "+60", 60)]
    [InlineData(503, "0", null)]
    [InlineData(503, "+-100", null)]
    [InlineData(503, "soon", null)]
    [InlineData(503, "-5", null)]
    [InlineData(503, "", null)]
    [InlineData(503, null, null)]
    [InlineData(500, "30", null)]
    public async Task Seconds_and_dates_are_known_and_other_values_change_nothing(int status, string? retryAfter, int? seconds)
    {
        AnswerOnce(status, Header(retryAfter));

        await Download(Kind.Package, _clock);

        Assert.Equal([seconds is { } wait ? TimeSpan.FromSeconds(wait) : s_usualPause], _clock.Waits);
    }

    [Theory]
    [InlineData(Kind.Package, "61")]
    [InlineData(Kind.Release, "3600")]
    [InlineData(Kind.Archive, "99999999999999999999")]
    [InlineData(Kind.Checksums, "+61")]
    [InlineData(Kind.Package, "+100000000")]
    public async Task A_server_that_wants_to_be_left_alone_for_long_is_an_error_that_says_so(Kind kind, string retryAfter)
    {
        AnswerOnce(429, Header(retryAfter));

        var failure = (await Assert.ThrowsAsync<DiagnosticException>(() => Download(kind, _clock))).Diagnostic;

        Assert.Equal("COMPOSE1051", failure.Descriptor.Code);
        Assert.Contains("429 Slow down", failure.Message, StringComparison.Ordinal);
        Assert.Contains("60 seconds", failure.Message, StringComparison.Ordinal);
        if (retryAfter.Length < 10)
        {
            Assert.Contains($"Retry-After: {Header(retryAfter)}", failure.Message, StringComparison.Ordinal);
        }

        Assert.Empty(_clock.Waits);
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task A_server_that_is_busy_each_time_is_given_up()
    {
        _server.Answer = _ => new TestReply(503, []) { RetryAfter = "20" };

        var failure = (await Assert.ThrowsAsync<DiagnosticException>(() => Download(Kind.Package, _clock))).Diagnostic;

        Assert.Equal("COMPOSE1051", failure.Descriptor.Code);
        Assert.Equal(Enumerable.Repeat(TimeSpan.FromSeconds(20), 4), _clock.Waits);
    }

    [Theory]
    [InlineData(Kind.Package)]
    [InlineData(Kind.Archive)]
    public async Task Cancelling_ends_the_wait_at_once(Kind kind)
    {
        AnswerOnce(503, "60");
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Token);

        // Its time does not pass: without the cancellation the wait has no end.
        var clock = new WaitingClock();
        var download = Download(kind, clock, source.Token);
        await clock.Waiting.WaitAsync(TimeSpan.FromSeconds(60), Token);
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => download.WaitAsync(TimeSpan.FromSeconds(60), Token));
        Assert.Single(_server.Requests);
    }

    private void AnswerOnce(int status, string? retryAfter)
    {
        var isFirst = true;
        _server.Answer = _ =>
        {
            var reply = isFirst ? new TestReply(status, []) { RetryAfter = retryAfter, Reason = "Slow down" } : null;
            isFirst = false;
            return reply;
        };
    }

    /// <summary>A plus sign stands for the time in so many seconds.</summary>
    private string? Header(string? value) => value is ['+', .. var seconds]
        ? _clock.Start.AddSeconds(int.Parse(seconds, CultureInfo.InvariantCulture)).ToString("r", CultureInfo.InvariantCulture)
        : value;

    private async Task Download(Kind kind, TimeProvider clock, CancellationToken? cancellationToken = null)
    {
        var token = cancellationToken ?? Token;
        var address = new Uri(_server.Address, "file");
        var options = new DownloaderOptions { Clock = clock, RetryDelay = s_usualPause };
        using var mirror = new Downloader(_store, options);
        using var upstream = new UpstreamDownloader(_store, options);
        await (kind switch
        {
            Kind.Package => mirror.GetAsync(new DownloadRequest(address, Sha256Digest.Of(_content), _content.Length, "a"), cancellationToken: token),
            Kind.Release => mirror.GetSmallAsync(address, 10_000, token),
            Kind.Archive => upstream.GetAsync(new UpstreamRequest(address, 10_000), cancellationToken: token),
            _ => (Task)upstream.GetSmallAsync(address, 10_000, token),
        });
    }

    /// <summary>A clock that stands still and tells when somebody waits.</summary>
    private sealed class WaitingClock : FakeTimeProvider
    {
        private readonly TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Waiting => _waiting.Task;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _waiting.TrySetResult();
            return timer;
        }
    }
}
