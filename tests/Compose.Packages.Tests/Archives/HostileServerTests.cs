using System.Globalization;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Packages.Downloads;

namespace Compose.Packages.Tests.Archives;

/// <summary>Servers that lie about what they send, or never come to an end.</summary>
public sealed class HostileServerTests : IDisposable
{
    private const int Limit = 1 << 20;

    private readonly TemporaryFolder _folder = new();
    private readonly TestServer _server = new();
    private readonly ContentStore _store;
    private readonly byte[] _content = new byte[300_000];

    public HostileServerTests()
    {
        _store = new ContentStore(_folder["store"]);
        new Random(8).NextBytes(_content);
        _server.Files["tool.tgz"] = _content;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    /// <summary>If-Range asks for all of a file that changed. A server that does not know it sends the rest of the new one.</summary>
    [Theory]
    [InlineData("\"2\"")]
    [InlineData("W/\"1\"")]
    [InlineData("")]
    public async Task The_rest_of_a_file_that_changed_is_not_put_behind_the_old_one(string tag)
    {
        _server.Answer = request => request.From is null
            ? new TestReply(200, new byte[_content.Length]) { CutAfter = 100_000 }
            : new TestReply(503, []);
        await Fails("COMPOSE1051", Request());
        _server.Requests.Clear();
        _server.Answer = request => Whole(request) with { ETag = tag };

        var file = await Get(Request());

        Assert.Equal(Sha256Digest.Of(_content), file.Content.Digest);
        Assert.Equal([100_000L, null], _server.Requests.Select(request => request.From));
    }

    [Theory]
    [InlineData("bytes 100000-199999/200000")]
    [InlineData("bytes 100000-299999/290000")]
    [InlineData("bytes 0-299999/300000")]
    [InlineData("bytes 99999-299999/300000")]
    [InlineData(null)]
    public async Task A_part_that_is_not_what_it_says_is_thrown_away(string? range)
    {
        _server.Answer = request => request.From is null
            ? Whole(request) with { CutAfter = _server.Requests.Count == 1 ? 100_000 : null }
            : new TestReply(206, [.. _content[100_000..], .. new byte[5000]]) { ContentRange = range };

        var file = await Get(Request());

        Assert.Equal(Sha256Digest.Of(_content), file.Content.Digest);
        Assert.Equal([null, 100_000L, null], _server.Requests.Select(request => request.From));
    }

    [Theory]
    [InlineData("1099511627776")]
    [InlineData("1048577")]
    [InlineData("")]
    public async Task More_than_is_allowed_is_not_read(string claimed)
    {
        _server.Answer = _ => new TestReply(200, new byte[3 * Limit]) { ContentLength = claimed };

        Assert.Contains("MaximumSize", await Fails("COMPOSE1051", Request()), StringComparison.Ordinal);

        Assert.Single(_server.Requests);
        AssertNothingIsKept();
    }

    /// <summary>Of a file that is locked the size is known: a server with another one is not read to its end.</summary>
    [Theory]
    [InlineData(300_001, null)]
    [InlineData(299_999, null)]
    [InlineData(900_000, "")]
    public async Task A_file_of_another_size_than_the_locked_one_is_refused_at_once(int size, string? claimed)
    {
        _server.Answer = _ => new TestReply(200, new byte[size]) { ContentLength = claimed };

        Assert.Contains("300000 bytes", await Fails("COMPOSE1064", Request() with { Sha256 = Sha256Digest.Of(_content), Size = 300_000 }), StringComparison.Ordinal);

        Assert.Single(_server.Requests);
        AssertNothingIsKept();
    }

    [Fact]
    public async Task A_server_that_sends_less_than_it_says_is_given_up()
    {
        _server.Answer = _ => new TestReply(200, _content) { ContentLength = (_content.Length + 1).ToString(CultureInfo.InvariantCulture) };

        await Fails("COMPOSE1051", Request());

        // The first time it got somewhere; each further time it did not.
        Assert.Equal(3, _server.Requests.Count);
    }

    [Fact]
    public async Task A_download_that_has_to_begin_anew_each_time_is_given_up()
    {
        _server.Answer = request => request.From is null ? Whole(request) with { CutAfter = 100_000 } : new TestReply(416, []);

        await Fails("COMPOSE1051", Request());

        Assert.Equal([null, 100_000L, null], _server.Requests.Select(request => request.From));
    }

    [Fact]
    public async Task Wrong_bytes_that_came_in_parts_are_fetched_twice_and_not_for_ever()
    {
        _server.Answer = request => Whole(request) with { CutAfter = 200_000 };

        await Fails("COMPOSE1064", Request() with { Sha256 = default(Sha256Digest) });

        Assert.Equal([null, 200_000L, null, 200_000L], _server.Requests.Select(request => request.From));
        AssertNothingIsKept();
    }

    /// <summary>Statuses of success that do not come with the file.</summary>
    [Theory]
    [InlineData(202)]
    [InlineData(203)]
    [InlineData(204)]
    [InlineData(206)]
    public async Task What_is_no_whole_file_is_not_taken_for_one(int status)
    {
        _server.Answer = _ => new TestReply(status, status == 204 ? [] : [1, 2, 3]);

        await Fails("COMPOSE1051", Request());
        using var downloader = New();
        var e = await Assert.ThrowsAsync<DiagnosticException>(() => downloader.GetSmallAsync(Address, 100, Token));

        Assert.Equal("COMPOSE1051", e.Diagnostic.Descriptor.Code);
        AssertNothingIsKept();
    }

    [Theory]
    [InlineData("//")]
    [InlineData("///")]
    [InlineData("http://")]
    [InlineData("http://[")]
    [InlineData("https://host:99999/")]
    [InlineData("")]
    public async Task A_redirect_to_nowhere_is_an_error(string location)
    {
        _server.Answer = _ => new TestReply(301, []) { Location = location };

        Assert.Contains("redirect", await Fails("COMPOSE1051", Request()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\u001b[2Jcleared", "answered 403.")]
    [InlineData("Forbidden", "answered 403 Forbidden.")]
    public async Task A_status_line_writes_no_control_characters_to_a_terminal(string reason, string expected)
    {
        _server.Answer = _ => new TestReply(403, []) { Reason = reason };

        Assert.EndsWith(expected, await Fails("COMPOSE1051", Request()), StringComparison.Ordinal);
    }

    private Uri Address => new(_server.Address, "tool.tgz");

    /// <summary>The file, or its rest, whatever If-Range says.</summary>
    private TestReply Whole(TestRequest request) => _server.Serve(request with { IfRange = null });

    private UpstreamRequest Request() => new(Address, Limit);

    private UpstreamDownloader New() => new(_store, new DownloaderOptions { Retries = 2, RetryDelay = TimeSpan.FromMilliseconds(1) });

    private async Task<UpstreamFile> Get(UpstreamRequest request)
    {
        using var downloader = New();
        return (await downloader.GetAsync(request, cancellationToken: Token))!;
    }

    private async Task<string> Fails(string code, UpstreamRequest request)
    {
        var e = await Assert.ThrowsAsync<DiagnosticException>(() => Get(request));
        Assert.Equal($"{code} {e.Message}", $"{e.Diagnostic.Descriptor.Code} {e.Message}");
        return e.Message;
    }

    private void AssertNothingIsKept()
    {
        Assert.All(Directory.GetFiles(_store.PartialDirectory), path => Assert.EndsWith("-lock", path, StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(Path.Combine(_store.Directory, "blobs"), "*", SearchOption.AllDirectories));
    }
}
