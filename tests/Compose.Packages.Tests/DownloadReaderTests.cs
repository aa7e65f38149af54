using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Packages.Downloads;

namespace Compose.Packages.Tests;

/// <summary>What is read of a download while it arrives.</summary>
public sealed class DownloadReaderTests : IDisposable
{
    private const string Kind = "test";

    private readonly TemporaryFolder _folder = new();
    private readonly TestServer _server = new();
    private readonly ContentStore _store;
    private readonly byte[] _content = new byte[300_000];

    public DownloadReaderTests()
    {
        _store = new ContentStore(_folder["store"]);
        new Random(7).NextBytes(_content);
        _server.Files["file"] = _content;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Sha256Digest Digest => Sha256Digest.Of(_content);

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_file_is_read_before_all_of_it_is_there()
    {
        var requestsWhenRead = 0;
        var read = new TaskCompletionSource();
        _server.Answer = request => request.From is null ? _server.Serve(request) with { StallAfter = 90_000 } : null;
        using var downloader = New(stall: TimeSpan.FromSeconds(1));

        await downloader.GetAsync(
            Request(),
            reader: (request, bytes, transaction, token) =>
            {
                bytes.ReadExactly(new byte[80_000]);
                requestsWhenRead = _server.Requests.Count;
                read.SetResult();
                bytes.CopyTo(Stream.Null);
            },
            cancellationToken: Token);

        await read.Task;
        Assert.Equal((1, 2), (requestsWhenRead, _server.Requests.Count));
    }

    [Fact]
    public async Task A_cut_connection_does_not_show_in_what_is_read()
    {
        _server.Answer = request => _server.Serve(request) with { CutAfter = 100_000 };
        var reader = new Keeping();
        using var downloader = New();

        await downloader.GetAsync(Request(), reader: reader.Read, cancellationToken: Token);

        Assert.Equal(3, _server.Requests.Count);
        AssertRead(reader, passes: 1);
    }

    [Fact]
    public async Task What_an_earlier_run_downloaded_is_read_first()
    {
        _server.Answer = request => request.From is null ? _server.Serve(request) with { CutAfter = 120_000 } : new TestReply(503, []);
        var reader = new Keeping();
        using (var first = New())
        {
            await Fails("COMPOSE1051", () => first.GetAsync(Request(), reader: reader.Read, cancellationToken: Token));
        }

        Assert.Equal([$"{Digest}.download"], FilesOfStore());
        _server.Answer = null;
        using var second = New();
        await second.GetAsync(Request(), reader: reader.Read, cancellationToken: Token);

        Assert.Equal(120_000L, _server.Requests.Last().From);
        AssertRead(reader, passes: 2);
    }

    [Fact]
    public async Task A_file_that_changed_meanwhile_is_read_from_its_start()
    {
        _server.Answer = request => request.From is null && request.IfRange is null
            ? new TestReply(200, new byte[_content.Length]) { CutAfter = 50_000, ETag = "\"old\"" }
            : _server.Serve(request);
        var reader = new Keeping();
        using var downloader = New();

        await downloader.GetAsync(Request(), reader: reader.Read, cancellationToken: Token);

        AssertRead(reader, passes: 2);
    }

    [Fact]
    public async Task Folders_are_read_too()
    {
        var path = _folder["file"];
        await File.WriteAllBytesAsync(path, _content, Token);
        var reader = new Keeping();
        using var downloader = New();

        await downloader.GetAsync(Request() with { Address = new Uri(path) }, reader: reader.Read, cancellationToken: Token);

        AssertRead(reader, passes: 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_is_kept_of_wrong_bytes(bool fromFolder)
    {
        var wrong = _content.ToArray();
        wrong[^1] ^= 1;
        _server.Files["file"] = wrong;
        await File.WriteAllBytesAsync(_folder["file"], wrong, Token);
        var request = fromFolder ? Request() with { Address = new Uri(_folder["file"]) } : Request();
        var reader = new Keeping();
        using var downloader = New();

        await Fails("COMPOSE1053", () => downloader.GetAsync(request, reader: reader.Read, cancellationToken: Token));

        Assert.NotEqual(0, reader.Passes);
        Assert.DoesNotContain(FilesOfStore(), name => !name.EndsWith(".download", StringComparison.Ordinal));
        Assert.False(_store.TryReadRecord(Kind, Digest, out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reader_that_fails_is_heard_when_the_bytes_were_right(bool areRight)
    {
        if (!areRight)
        {
            _server.Files["file"] = new byte[_content.Length];
        }

        using var downloader = New();

        await Fails(areRight ? "COMPOSE1029" : "COMPOSE1053", () => downloader.GetAsync(Request(), reader: Refuse, cancellationToken: Token));

        Assert.Equal(areRight, _store.TryGetBlob(Digest, out _));
        Assert.Single(FilesOfStore());

        static void Refuse(DownloadRequest request, Stream bytes, StoreTransaction transaction, CancellationToken cancellationToken)
        {
            transaction.Add("part"u8);
            bytes.ReadExactly(new byte[10_000]);
            throw new DiagnosticException(PackageDiagnostics.BadIndex.Create("not what it should be"));
        }
    }

    [Fact]
    public async Task A_download_waits_for_a_slow_reader()
    {
        var content = new byte[6_000_000];
        _server.Files["file"] = content;
        long read = 0;
        long lag = 0;
        var progress = new Lag(value => lag = Math.Max(lag, value.Bytes - Volatile.Read(ref read)));
        using var downloader = New();

        await downloader.GetAsync(
            Request() with { Sha256 = Sha256Digest.Of(content), Size = content.Length },
            progress,
            (request, bytes, transaction, token) =>
            {
                var buffer = new byte[50_000];
                for (int count; (count = bytes.Read(buffer)) > 0; Volatile.Write(ref read, read + count))
                {
                    Thread.Sleep(1);
                }
            },
            Token);

        Assert.Equal(content.Length, read);
        Assert.InRange(lag, 0, (1024 * 1024) + (128 * 1024));
    }

    [Fact]
    public async Task Cancelling_ends_a_reader_and_keeps_only_what_was_downloaded()
    {
        _server.Answer = request => _server.Serve(request) with { StallAfter = 90_000 };
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var ended = false;
        using var downloader = New();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => downloader.GetAsync(
            Request(),
            reader: (request, bytes, transaction, token) =>
            {
                try
                {
                    transaction.Add("part"u8);
                    bytes.ReadExactly(new byte[90_000]);
                    source.Cancel();
                    bytes.ReadExactly(new byte[90_000]);
                }
                finally
                {
                    ended = true;
                }
            },
            cancellationToken: source.Token));

        Assert.True(ended);
        Assert.Equal([$"{Digest}.download"], FilesOfStore());
    }

    private void AssertRead(Keeping reader, int passes)
    {
        Assert.Equal(passes, reader.Passes);
        Assert.Equal(_content, reader.Bytes);
        Assert.True(_store.TryReadRecord(Kind, Digest, out var record));
        Assert.Equal("made of it"u8, record);
        Assert.True(_store.TryGetBlob(Digest, out _));
        Assert.True(_store.TryGetBlob(Sha256Digest.Of(_content.AsSpan(0, 1000)), out _));
        Assert.Empty(Directory.EnumerateFiles(_store.PartialDirectory));
    }

    private IEnumerable<string> FilesOfStore() =>
        Directory.EnumerateFiles(_store.Directory, "*", SearchOption.AllDirectories)
            .Where(path => !path.Contains("/records/download/", StringComparison.Ordinal)).Select(path => Path.GetFileName(path));

    private static async Task Fails(string code, Func<Task> action) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<DiagnosticException>(action)).Diagnostic.Descriptor.Code);

    private Downloader New(TimeSpan? stall = null) => new(_store, new DownloaderOptions
    {
        RetryDelay = TimeSpan.FromMilliseconds(1),
        StallTimeout = stall ?? TimeSpan.FromSeconds(30),
    });

    private DownloadRequest Request() => new(new Uri(_server.Address, "file"), Digest, _content.Length, "a");

    /// <summary>Keeps what it reads, puts a part of it into the store and writes a record.</summary>
    private sealed class Keeping
    {
        public int Passes { get; private set; }

        public byte[] Bytes { get; private set; } = [];

        public void Read(DownloadRequest request, Stream bytes, StoreTransaction transaction, CancellationToken cancellationToken)
        {
            Passes++;
            using var all = new MemoryStream();
            bytes.CopyTo(all);
            Bytes = all.ToArray();
            transaction.Add(Bytes.AsSpan(0, 1000));
            transaction.AddRecord(Kind, request.Sha256, record => record.Write("made of it"u8));
        }
    }

    private sealed class Lag(Action<DownloadProgress> report) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => report(value);
    }
}
