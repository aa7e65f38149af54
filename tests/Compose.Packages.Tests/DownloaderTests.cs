using System.Collections.Concurrent;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Packages.Downloads;

namespace Compose.Packages.Tests;

public sealed class DownloaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestServer _server = new();
    private readonly ContentStore _store;
    private readonly byte[] _content = new byte[300_000];

    public DownloaderTests()
    {
        _store = new ContentStore(_folder["store"]);
        new Random(6).NextBytes(_content);
        _server.Files["pool/a b+c~1.deb"] = _content;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_file_is_downloaded_once()
    {
        var progress = new Progress();
        using var downloader = New();

        var blob = await downloader.GetAsync(Request(), progress, cancellationToken: Token);
        await downloader.GetAsync(Request(), progress, cancellationToken: Token);

        Assert.Equal(_content, await File.ReadAllBytesAsync(blob.HostPath, Token));
        Assert.Single(_server.Requests);
        Assert.Equal(new DownloadProgress("a", _content.Length, _content.Length), progress.All.Last());
        AssertNothingPartial();
    }

    [Fact]
    public async Task A_cut_download_goes_on_where_it_was_cut()
    {
        _server.Answer = request => _server.Serve(request) with { CutAfter = 100_000 };
        using var downloader = New();

        await downloader.GetAsync(Request(), cancellationToken: Token);

        Assert.Equal([null, 100_000L, 200_000L], _server.Requests.Select(request => request.From));
        Assert.Equal([null, "\"1\"", "\"1\""], _server.Requests.Select(request => request.IfRange));
        AssertNothingPartial();
    }

    [Fact]
    public async Task A_cut_download_goes_on_in_the_next_run()
    {
        _server.Answer = request => request.From is null ? _server.Serve(request) with { CutAfter = 120_000 } : new TestReply(503, []);
        using (var first = New())
        {
            await Fails("COMPOSE1051", () => first.GetAsync(Request(), cancellationToken: Token));
        }

        _server.Answer = null;
        _server.Requests.Clear();
        using var second = New();
        await second.GetAsync(Request(), cancellationToken: Token);

        Assert.Equal(120_000L, Assert.Single(_server.Requests).From);
    }

    [Fact]
    public async Task A_download_that_has_to_begin_anew_each_time_is_given_up()
    {
        _server.Answer = request => request.From is null ? _server.Serve(request) with { CutAfter = 100_000 } : new TestReply(416, []);
        using var downloader = New();

        await Fails("COMPOSE1051", () => downloader.GetAsync(Request(), cancellationToken: Token));

        Assert.Equal([null, 100_000L, null, 100_000L, null], _server.Requests.Select(request => request.From));
    }

    [Fact]
    public async Task A_server_that_ignores_ranges_sends_all_again()
    {
        var first = true;
        _server.Answer = request =>
        {
            var cut = first;
            first = false;
            return new TestReply(200, _content) { CutAfter = cut ? 100_000 : null };
        };
        using var downloader = New();

        Assert.Equal(_content.Length, (await downloader.GetAsync(Request(), cancellationToken: Token)).Length);
    }

    [Fact]
    public async Task A_file_that_changed_meanwhile_is_taken_from_the_start()
    {
        _server.Answer = request => request.From is null && request.IfRange is null
            ? new TestReply(200, new byte[_content.Length]) { CutAfter = 50_000, ETag = "\"old\"" }
            : _server.Serve(request);
        using var downloader = New();

        Assert.Equal(_content.Length, (await downloader.GetAsync(Request(), cancellationToken: Token)).Length);
        Assert.Equal("\"old\"", _server.Requests.Last().IfRange);
    }

    [Fact]
    public async Task The_rest_of_another_file_is_thrown_away()
    {
        await File.WriteAllBytesAsync(Path.Combine(_store.PartialDirectory, $"{Sha256Digest.Of(_content)}.download"), new byte[70_000], Token);
        using var downloader = New();

        Assert.Equal(_content.Length, (await downloader.GetAsync(Request(), cancellationToken: Token)).Length);
        Assert.Equal([70_000L, null], _server.Requests.Select(request => request.From));
    }

    [Theory]
    [InlineData(503)]
    [InlineData(500)]
    [InlineData(429)]
    public async Task Errors_that_may_pass_are_tried_again(int status)
    {
        var failures = 3;
        _server.Answer = request => failures-- > 0 ? new TestReply(status, []) : null;
        using var downloader = New();

        await downloader.GetAsync(Request(), cancellationToken: Token);

        Assert.Equal(4, _server.Requests.Count);
    }

    [Theory]
    [InlineData(404, "COMPOSE1052", 1)]
    [InlineData(410, "COMPOSE1052", 1)]
    [InlineData(403, "COMPOSE1051", 1)]
    [InlineData(503, "COMPOSE1051", 5)]
    public async Task Errors_that_stay_are_reported(int status, string code, int requests)
    {
        _server.Answer = _ => new TestReply(status, []);
        using var downloader = New();

        await Fails(code, () => downloader.GetAsync(Request(), cancellationToken: Token));

        Assert.Equal(requests, _server.Requests.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1)]
    public async Task Wrong_bytes_are_refused(int moreBytes)
    {
        var wrong = new byte[_content.Length + moreBytes];
        _server.Files["pool/a b+c~1.deb"] = wrong;
        using var downloader = New();

        await Fails("COMPOSE1053", () => downloader.GetAsync(Request(), cancellationToken: Token));

        Assert.False(_store.TryGetBlob(Sha256Digest.Of(_content), out _));
        Assert.False(_store.TryGetBlob(Sha256Digest.Of(wrong), out _));
    }

    [Fact]
    public async Task A_server_that_stalls_counts_as_cut()
    {
        _server.Answer = request => request.From is null ? _server.Serve(request) with { StallAfter = 90_000 } : null;
        using var downloader = New(stall: TimeSpan.FromSeconds(1));

        await downloader.GetAsync(Request(), cancellationToken: Token);

        Assert.Equal(90_000L, _server.Requests.Last().From);
    }

    [Fact]
    public async Task Redirects_are_followed()
    {
        _server.Answer = request => request.Path == "moved" ? new TestReply(302, []) { Location = new Uri(_server.Address, "pool/a%20b%2Bc~1.deb").AbsoluteUri } : null;
        using var downloader = New();

        await downloader.GetAsync(Request() with { Address = new Uri(_server.Address, "moved") }, cancellationToken: Token);

        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task Many_files_are_downloaded_at_once()
    {
        var requests = new List<DownloadRequest>();
        for (var i = 0; i < 30; i++)
        {
            var content = new byte[1000 + i];
            new Random(i).NextBytes(content);
            _server.Files[$"pool/{i}"] = content;
            requests.Add(new DownloadRequest(new Uri(_server.Address, $"pool/{i}"), Sha256Digest.Of(content), content.Length, $"{i}"));
        }

        using var downloader = New();
        await downloader.GetAllAsync([.. requests, .. requests], cancellationToken: Token);

        Assert.Equal(30, _server.Requests.Count);
        Assert.All(requests, request => Assert.True(_store.TryGetBlob(request.Sha256, out _)));
        AssertNothingPartial();
    }

    [Fact]
    public async Task Several_builds_may_download_one_file_at_once()
    {
        _server.Answer = request =>
        {
            Thread.Sleep(100);
            return _server.Serve(request);
        };
        using var first = New();
        using var second = New();

        var blobs = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => (i % 2 == 0 ? first : second).GetAsync(Request(), cancellationToken: Token)));

        Assert.All(blobs, blob => Assert.Equal(_content, File.ReadAllBytes(blob.HostPath)));
        Assert.Single(_server.Requests);
        AssertNothingPartial();
    }

    [Fact]
    public async Task Cancelling_ends_the_download_and_keeps_what_came()
    {
        _server.Answer = request => request.From is null ? _server.Serve(request) with { StallAfter = 90_000 } : null;
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var downloader = New();
        var progress = new Progress { OnReport = value => { if (value.Bytes == 90_000) { source.Cancel(); } } };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => downloader.GetAsync(Request(), progress, cancellationToken: source.Token));
        await downloader.GetAsync(Request(), cancellationToken: Token);

        Assert.Equal(90_000L, _server.Requests.Last().From);
    }

    [Fact]
    public async Task A_mirror_that_is_not_there_is_reported_as_offline()
    {
        Uri gone;
        using (var other = new TestServer())
        {
            gone = other.Address;
        }

        using var downloader = New();
        await Fails("COMPOSE1050", () => downloader.GetAsync(Request() with { Address = gone }, cancellationToken: Token));
        await Fails("COMPOSE1050", () => downloader.GetSmallAsync(gone, 100, Token));
    }

    [Fact]
    public async Task Folders_are_mirrors_too()
    {
        var path = _folder["file"];
        await File.WriteAllBytesAsync(path, _content, Token);
        using var downloader = New();

        await downloader.GetAsync(Request() with { Address = new Uri(path) }, cancellationToken: Token);
        Assert.Equal(_content, await downloader.GetSmallAsync(new Uri(path), 1 << 20, Token));

        await Fails("COMPOSE1052", () => downloader.GetSmallAsync(new Uri(path + "-missing"), 100, Token));
        await Fails("COMPOSE1051", () => downloader.GetSmallAsync(new Uri(path), 100, Token));
        var other = new DownloadRequest(new Uri(path), Sha256Digest.Of([1]), 1, "other");
        await Fails("COMPOSE1053", () => downloader.GetAsync(other, cancellationToken: Token));
    }

    [Fact]
    public async Task Small_files_have_a_limit()
    {
        using var downloader = New();

        Assert.Equal(_content, await downloader.GetSmallAsync(Request().Address, _content.Length, Token));
        await Fails("COMPOSE1051", () => downloader.GetSmallAsync(Request().Address, _content.Length - 1, Token));
    }

    private static async Task Fails(string code, Func<Task> action) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<DiagnosticException>(action)).Diagnostic.Descriptor.Code);

    private Downloader New(TimeSpan? stall = null) => new(_store, new DownloaderOptions
    {
        RetryDelay = TimeSpan.FromMilliseconds(1),
        StallTimeout = stall ?? TimeSpan.FromSeconds(30),
    });

    private DownloadRequest Request() =>
        new(new Uri(_server.Address, "pool/a%20b%2Bc~1.deb"), Sha256Digest.Of(_content), _content.Length, "a");

    private void AssertNothingPartial() => Assert.Empty(Directory.EnumerateFiles(_store.PartialDirectory));

    private sealed class Progress : IProgress<DownloadProgress>
    {
        public ConcurrentQueue<DownloadProgress> All { get; } = new();

        public Action<DownloadProgress>? OnReport { get; init; }

        public void Report(DownloadProgress value)
        {
            All.Enqueue(value);
            OnReport?.Invoke(value);
        }
    }
}
