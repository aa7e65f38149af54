using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Packages.Downloads;
using Microsoft.Extensions.Time.Testing;

namespace Compose.Packages.Tests;

public sealed class DownloadMessagesTests : IDisposable
{
    private const long Size = 50_000_000;

    private readonly FakeTimeProvider _clock = new();
    private readonly List<string> _said = [];
    private readonly DownloadMessages _messages;

    public DownloadMessagesTests() => _messages = new DownloadMessages(_clock, _said.Add);

    public void Dispose() => _messages.Dispose();

    [Fact]
    public void A_short_download_is_told_of_once_when_it_is_there()
    {
        Report("a", 0);
        Wait(9.9);
        Report("a", 30_000_000);
        Report("a", Size);
        Wait(60);

        Assert.Equal(["Downloaded a (50.0 MB)"], _said);
    }

    [Fact]
    public void A_long_download_is_told_of_every_ten_seconds()
    {
        Report("a", 0);
        Wait(3);
        Report("a", 5_000_000);
        Report("a", 12_345_678);
        Wait(7);
        Report("a", 20_000_000);
        Wait(5);
        Report("a", 22_400_000);
        Wait(5);
        Wait(10);
        Report("a", Size);

        Assert.Equal(
            [
                "Downloading a: 24% (12.3 of 50.0 MB, 1.2 MB/s)",
                "Downloading a: 44% (22.4 of 50.0 MB, 1.0 MB/s)",
                "Downloading a: 44% (22.4 of 50.0 MB, 0.0 MB/s)",
                "Downloaded a (50.0 MB)",
            ],
            _said);
    }

    [Fact]
    public void Each_download_has_its_own_ten_seconds()
    {
        Report("a", 0);
        Wait(5);
        Report("b", 10_000_000);
        Wait(5);
        Report("b", 20_000_000);
        Wait(5);
        Report("a", Size);
        Wait(10);

        Assert.Equal(
            [
                "Downloading a: 0% (0.0 of 50.0 MB, 0.0 MB/s)",
                "Downloading b: 40% (20.0 of 50.0 MB, 1.0 MB/s)",
                "Downloaded a (50.0 MB)",
                "Downloading b: 40% (20.0 of 50.0 MB, 0.0 MB/s)",
            ],
            _said);
    }

    [Fact]
    public void Bytes_of_an_earlier_run_do_not_count_for_the_speed()
    {
        Report("a", 40_000_000);
        Report("a", 42_000_000);
        Wait(10);

        Assert.Equal(["Downloading a: 84% (42.0 of 50.0 MB, 0.2 MB/s)"], _said);
    }

    [Fact]
    public void A_download_that_begins_anew_has_no_negative_speed()
    {
        Report("a", 0);
        Report("a", 40_000_000);
        Wait(10);
        Report("a", 1_000_000);
        Wait(10);

        Assert.Equal("Downloading a: 2% (1.0 of 50.0 MB, 0.0 MB/s)", _said.Last());
    }

    [Fact]
    public void Of_a_file_of_unknown_size_it_is_told_what_is_there()
    {
        _messages.Report(new DownloadProgress("a", 0, long.MaxValue));
        _messages.Report(new DownloadProgress("a", 12_000_000, long.MaxValue));
        Wait(10);
        _messages.Report(new DownloadProgress("a", 13_000_000, 13_000_000));

        Assert.Equal(["Downloading a: 12.0 MB (1.2 MB/s)", "Downloaded a (13.0 MB)"], _said);
    }

    [Fact]
    public void Of_a_download_that_failed_nothing_more_is_told()
    {
        Report("a", 10_000_000);
        Wait(10);
        _messages.Report(new DownloadProgress("a", 10_000_000, Size) { IsAbandoned = true });
        Wait(60);

        Assert.Single(_said);
    }

    [Fact]
    public void Nothing_is_told_after_the_end()
    {
        Report("a", 0);
        _messages.Dispose();
        Wait(60);
        Report("b", 0);
        Wait(60);
        Report("b", Size);
        _messages.Dispose();

        Assert.Empty(_said);
    }

    [Fact]
    public void A_timer_that_comes_late_tells_nothing()
    {
        var clock = new LateClock();
        var said = new List<string>();
        using var messages = new DownloadMessages(clock, said.Add);
        foreach (var name in (string[])["over", "running", "never"])
        {
            messages.Report(new DownloadProgress(name, 1, Size));
        }

        clock.Advance(TimeSpan.FromSeconds(10));
        messages.Report(new DownloadProgress("over", Size, Size));
        clock.Timers[0]();
        clock.Timers[1]();
        clock.Timers[1]();
        messages.Dispose();
        clock.Timers[2]();

        Assert.Equal(["Downloaded over (50.0 MB)", "Downloading running: 0% (0.0 of 50.0 MB, 0.0 MB/s)"], said);
    }

    [Fact]
    public async Task Downloads_on_many_threads_are_told_of_one_after_another()
    {
        var saying = 0;
        var most = 0;
        var said = 0;
        using var messages = new DownloadMessages(_clock, _ =>
        {
            most = Math.Max(most, Interlocked.Increment(ref saying));
            said++;
            Thread.Yield();
            Interlocked.Decrement(ref saying);
        });
        using var isOver = new CancellationTokenSource();
        var ticking = Task.Run(
            () =>
            {
                while (!isOver.IsCancellationRequested)
                {
                    _clock.Advance(TimeSpan.FromSeconds(10));
                    Thread.Yield();
                }
            },
            TestContext.Current.CancellationToken);

        await Parallel.ForAsync(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = TestContext.Current.CancellationToken }, async (i, _) =>
        {
            messages.Report(new DownloadProgress($"{i}", 0, 2));
            await Task.Yield();
            messages.Report(new DownloadProgress($"{i}", 1, 2));
            messages.Report(new DownloadProgress($"{i}", 2, 2));
        });
        await isOver.CancelAsync();
        await ticking;

        Assert.Equal(1, most);
        Assert.True(said >= 400, $"{said}");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_slow_server_is_told_of_while_it_sends(bool isArchive)
    {
        using var folder = new TemporaryFolder();
        using var server = new TestServer();
        var content = new byte[3_000_000];
        new Random(9).NextBytes(content);
        server.Files["file"] = content;
        server.Answer = request => request.From is null ? server.Serve(request) with { StallAfter = 1_200_000 } : null;
        var store = new ContentStore(folder["store"]);
        using var mirror = new Downloader(store);
        using var upstream = new UpstreamDownloader(store);
        using var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var progress = new Forward(value =>
        {
            _messages.Report(value);
            if (value.Bytes == 1_200_000)
            {
                arrived.TrySetResult();
            }
        });

        var first = Download(source.Token);
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(60), source.Token);
        Wait(10);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Wait(60);
        await Download(TestContext.Current.CancellationToken);
        Wait(60);

        var name = isArchive ? new Uri(server.Address, "file").AbsoluteUri : "a";
        Assert.Equal([$"Downloading {name}: 40% (1.2 of 3.0 MB, 0.1 MB/s)", $"Downloaded {name} (3.0 MB)"], _said);

        Task Download(CancellationToken token)
        {
            var address = new Uri(server.Address, "file");
            return isArchive
                ? upstream.GetAsync(new UpstreamRequest(address, 10_000_000), progress, token)
                : mirror.GetAsync(new DownloadRequest(address, Sha256Digest.Of(content), content.Length, "a"), progress, cancellationToken: token);
        }
    }

    [Fact]
    public async Task An_archive_that_is_the_same_as_before_is_over_without_a_message()
    {
        using var folder = new TemporaryFolder();
        using var server = new TestServer();
        server.Files["file"] = [1, 2, 3];
        using var upstream = new UpstreamDownloader(new ContentStore(folder["store"]));

        await upstream.GetAsync(
            new UpstreamRequest(new Uri(server.Address, "file"), 10) { KnownEntityTag = "\"1\"" }, _messages, TestContext.Current.CancellationToken);
        Wait(60);

        Assert.Empty(_said);
    }

    private void Report(string name, long bytes) => _messages.Report(new DownloadProgress(name, bytes, Size));

    private void Wait(double seconds) => _clock.Advance(TimeSpan.FromSeconds(seconds));

    private sealed class Forward(Action<DownloadProgress> report) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => report(value);
    }

    /// <summary>A clock whose timers run when the test says, also after they were disposed of: as one that runs just then on another thread.</summary>
    private sealed class LateClock : FakeTimeProvider
    {
        public List<Action> Timers { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Timers.Add(() => callback(state));
            return base.CreateTimer(_ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
