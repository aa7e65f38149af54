using System.Net;
using System.Text;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Packages.Downloads;

namespace Compose.Packages.Tests.Archives;

public sealed class UpstreamDownloaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TestServer _server = new();
    private readonly ContentStore _store;
    private readonly byte[] _content = new byte[300_000];

    public UpstreamDownloaderTests()
    {
        _store = new ContentStore(_folder["store"]);
        new Random(7).NextBytes(_content);
        _server.Files["tool.tgz"] = _content;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Uri Address => new(_server.Address, "tool.tgz");

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_file_of_unknown_digest_comes_with_its_tag()
    {
        using var downloader = New();

        var file = await downloader.GetAsync(Request(), cancellationToken: Token);

        Assert.Equal(Sha256Digest.Of(_content), file!.Content.Digest);
        Assert.Equal("\"1\"", file.EntityTag);
        AssertNothingPartial();
    }

    [Fact]
    public async Task A_known_tag_downloads_only_what_changed()
    {
        using var downloader = New();

        Assert.Null(await downloader.GetAsync(Request() with { KnownEntityTag = "\"1\"" }, cancellationToken: Token));
        Assert.NotNull(await downloader.GetAsync(Request() with { KnownEntityTag = "\"0\"" }, cancellationToken: Token));
        Assert.Equal(["\"1\"", "\"0\""], _server.Requests.Select(request => request.IfNoneMatch));
        AssertNothingPartial();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Several_builds_may_download_one_file_at_once(bool isDigestKnown)
    {
        using var first = New();
        using var second = New();
        var request = Request() with { Sha256 = isDigestKnown ? Sha256Digest.Of(_content) : null };

        var files = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => (i % 2 == 0 ? first : second).GetAsync(request, cancellationToken: Token))));

        Assert.All(files, file => Assert.Equal(_content, File.ReadAllBytes(file!.Content.HostPath)));
        Assert.Equal(isDigestKnown ? 1 : 8, _server.Requests.Count);
        AssertNothingPartial();
    }

    [Fact]
    public async Task A_cut_download_goes_on_in_the_same_run_and_in_the_next()
    {
        _server.Answer = request => request.From is 200_000 ? new TestReply(503, []) : _server.Serve(request) with { CutAfter = 100_000 };
        using (var first = New())
        {
            await Fails("COMPOSE1051", () => first.GetAsync(Request(), cancellationToken: Token));
        }

        _server.Answer = null;
        _server.Requests.Clear();
        using var second = New();
        var file = await second.GetAsync(Request(), cancellationToken: Token);

        var request = Assert.Single(_server.Requests);
        Assert.Equal((200_000L, "\"1\""), (request.From!.Value, request.IfRange));
        Assert.Equal(Sha256Digest.Of(_content), file!.Content.Digest);
    }

    [Fact]
    public async Task A_file_that_changed_meanwhile_is_downloaded_anew()
    {
        _server.Answer = request => request.From is 100_000 ? new TestReply(503, []) : _server.Serve(request) with { CutAfter = 100_000 };
        using (var first = New())
        {
            await Fails("COMPOSE1051", () => first.GetAsync(Request(), cancellationToken: Token));
        }

        // A server whose file changed answers a range of the old tag with the whole new file.
        byte[] changed = [.. Enumerable.Repeat((byte)7, 50_000)];
        _server.Answer = _ => new TestReply(200, changed) { ETag = "\"2\"" };
        using var second = New();

        var file = await second.GetAsync(Request(), cancellationToken: Token);

        Assert.Equal((Sha256Digest.Of(changed), "\"2\""), (file!.Content.Digest, file.EntityTag));
    }

    [Theory]
    [InlineData("W/\"1\"")]
    [InlineData("")]
    public async Task Without_a_strong_tag_nothing_is_gone_on_with(string tag)
    {
        var first = true;
        _server.Answer = request =>
        {
            var reply = _server.Serve(request) with { ETag = tag, CutAfter = first ? 100_000 : null };
            first = false;
            return reply;
        };
        using var downloader = New();

        await downloader.GetAsync(Request(), cancellationToken: Token);

        Assert.Equal([null, null], _server.Requests.Select(request => request.From));
    }

    [Fact]
    public async Task Another_file_than_the_known_one_is_refused()
    {
        using var downloader = New();

        var message = await Fails("COMPOSE1064", () => downloader.GetAsync(Request() with { Sha256 = default(Sha256Digest) }, cancellationToken: Token));

        Assert.Contains("tool.tgz", message, StringComparison.Ordinal);
        AssertNothingPartial();
    }

    [Fact]
    public async Task Sizes_have_a_limit_whether_claimed_or_not()
    {
        using var downloader = New();

        await Fails("COMPOSE1051", () => downloader.GetAsync(Request() with { MaximumSize = 299_999 }, cancellationToken: Token));
        await Fails("COMPOSE1051", () => downloader.GetSmallAsync(Address, 299_999, Token));
        var path = _folder.Write("file", "content");
        await Fails("COMPOSE1051", () => downloader.GetAsync(new UpstreamRequest(new Uri(path), 3), cancellationToken: Token));
        await Fails("COMPOSE1051", () => downloader.GetSmallAsync(new Uri(path), 3, Token));

        // A file that says it has nothing, and does not end.
        await Fails("COMPOSE1051", () => downloader.GetAsync(new UpstreamRequest(new Uri("file:///dev/zero"), 1 << 20), cancellationToken: Token));
        AssertNothingPartial();
    }

    [Fact]
    public async Task A_folder_is_no_file()
    {
        using var downloader = New();

        Assert.Contains("is a folder", await Fails("COMPOSE1051", () => downloader.GetAsync(new UpstreamRequest(new Uri(_folder.Path), 3), cancellationToken: Token)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_the_download_and_keeps_what_came()
    {
        _server.Answer = request => request.From is null ? _server.Serve(request) with { StallAfter = 90_000 } : null;
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var downloader = New();
        var progress = new Progress(value =>
        {
            if (value.Bytes == 90_000)
            {
                source.Cancel();
            }
        });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => downloader.GetAsync(Request(), progress, source.Token));
        await downloader.GetAsync(Request(), cancellationToken: Token);

        Assert.Equal(90_000L, _server.Requests.Last().From);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task The_end_is_told_whether_the_server_says_the_size_or_not(string? contentLength)
    {
        _server.Answer = request => _server.Serve(request) with { ContentLength = contentLength };
        var told = new List<DownloadProgress>();
        using var downloader = New();

        await downloader.GetAsync(Request(), new Progress(told.Add), Token);

        Assert.Equal(new DownloadProgress(Address.AbsoluteUri, 300_000, 300_000), told.Last());
        Assert.Single(told, value => value.Bytes == value.Total);
    }

    [Fact]
    public async Task Redirects_are_followed_and_the_password_stays_with_its_server()
    {
        using var other = new TestServer();
        other.Files["moved.tgz"] = _content;
        _server.Answer = request => request.Path switch
        {
            "tool.tgz" => new TestReply(302, []) { Location = "step.tgz" },
            "step.tgz" => new TestReply(308, []) { Location = "/debian/root.tgz" },
            _ => new TestReply(307, []) { Location = new Uri(other.Address, "moved.tgz").AbsoluteUri },
        };
        using var downloader = New();
        var address = new UriBuilder(Address) { UserName = "user", Password = "secr%40et" }.Uri;

        await downloader.GetAsync(new UpstreamRequest(address, 1 << 20), cancellationToken: Token);

        var basic = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("user:secr@et"));
        Assert.Equal([basic, basic, basic], _server.Requests.Select(request => request.Authorization));
        Assert.Null(Assert.Single(other.Requests).Authorization);
    }

    [Fact]
    public async Task A_user_alone_is_a_token_with_an_empty_password()
    {
        using var downloader = New();

        await downloader.GetAsync(new UpstreamRequest(new UriBuilder(Address) { UserName = "token" }.Uri, 1 << 20), cancellationToken: Token);

        Assert.Equal("Basic " + Convert.ToBase64String("token:"u8), Assert.Single(_server.Requests).Authorization);
    }

    [Fact]
    public async Task No_message_holds_a_password()
    {
        using var downloader = New();
        foreach (var (status, code) in new[] { (404, "COMPOSE1052"), (403, "COMPOSE1051"), (500, "COMPOSE1051"), (302, "COMPOSE1051") })
        {
            _server.Answer = _ => new TestReply(status, []);
            var address = new UriBuilder(Address) { UserName = "user", Password = "secret" }.Uri;

            var message = await Fails(code, () => downloader.GetAsync(new UpstreamRequest(address, 1 << 20), cancellationToken: Token));

            Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
            Assert.DoesNotContain("user", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_a_session_keeps_is_not_named_after_a_password()
    {
        using var downloader = new UpstreamDownloader(_store, session: "session");

        await downloader.GetAsync(new UpstreamRequest(new UriBuilder(Address) { UserName = "user", Password = "secret" }.Uri, 1 << 20), cancellationToken: Token);
        await downloader.GetSmallAsync(new UriBuilder(Address) { UserName = "user", Password = "secret" }.Uri, 1 << 20, Token);

        Assert.True(File.Exists(KeptFor($"{Address.AbsoluteUri}\n")));
        Assert.True(File.Exists(KeptFor($"{Address.AbsoluteUri}\n{1 << 20}")));

        string KeptFor(string key) => Path.Combine(_store.PartialDirectory, $"{Sha256Digest.Of(Encoding.UTF8.GetBytes($"session\n{key}"))}.session");
    }

    [Fact]
    public async Task Redirects_have_an_end()
    {
        _server.Answer = _ => new TestReply(302, []) { Location = "again" };
        using var downloader = New();

        Assert.Contains("10 redirects", await Fails("COMPOSE1051", () => downloader.GetAsync(Request(), cancellationToken: Token)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://other.example/tool.tgz", "from https to http")]
    [InlineData("file:///etc/passwd", "scheme 'file'")]
    [InlineData("ftp://other.example/", "scheme 'ftp'")]
    [InlineData(null, "without a target")]
    public async Task A_redirect_that_weakens_or_reads_files_is_refused(string? location, string part)
    {
        using var client = new HttpClient(new RedirectHandler(new Redirecting(location)));

        var message = await Fails("COMPOSE1051", () => client.GetAsync(new Uri("https://upstream.example/tool.tgz"), Token));

        Assert.Contains(part, message, StringComparison.Ordinal);
    }

    private UpstreamRequest Request() => new(Address, 1 << 20);

    private UpstreamDownloader New() => new(_store, new DownloaderOptions { Retries = 2, RetryDelay = TimeSpan.FromMilliseconds(1) });

    private void AssertNothingPartial() => Assert.All(Directory.GetFiles(_store.PartialDirectory), path => Assert.EndsWith("-lock", path, StringComparison.Ordinal));

    private static async Task<string> Fails(string code, Func<Task> action)
    {
        var e = await Assert.ThrowsAsync<DiagnosticException>(action);
        Assert.Equal($"{code} {e.Message}", $"{e.Diagnostic.Descriptor.Code} {e.Message}");
        return e.Message;
    }

    private sealed class Progress(Action<DownloadProgress> report) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => report(value);
    }

    /// <summary>Stands for servers that this machine has no names and certificates for.</summary>
    private sealed class Redirecting(string? location) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = new HttpResponseMessage(HttpStatusCode.Found);
            response.Headers.Location = location is null ? null : new Uri(location);
            return Task.FromResult(response);
        }
    }
}
