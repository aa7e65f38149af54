using System.Globalization;

namespace Compose.Packages.Downloads;

/// <summary>
/// Tells in words how downloads go: of each file when it is there, and of one that takes long, every ten seconds how far it is.
/// Nothing is told any more once it is disposed of, whatever is still running.
/// </summary>
/// <param name="clock">Says when time has passed.</param>
/// <param name="say">Shows a message. It is called on several threads, and on one at a time.</param>
public sealed class DownloadMessages(TimeProvider clock, Action<string> say) : IProgress<DownloadProgress>, IDisposable
{
    /// <summary>The time between two messages about one download.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Running> _running = new(StringComparer.Ordinal);
    private bool _isOver;

    /// <inheritdoc/>
    public void Report(DownloadProgress value)
    {
        lock (_lock)
        {
            if (_isOver)
            {
                return;
            }

            if (value.IsAbandoned || value.Bytes == value.Total)
            {
                if (_running.Remove(value.Name, out var ended))
                {
                    ended.Timer?.Dispose();
                }

                if (!value.IsAbandoned)
                {
                    say($"Downloaded {value.Name} ({Megabytes(value.Total)} MB)");
                }
            }
            else if (_running.TryGetValue(value.Name, out var running))
            {
                running.Now = value;
            }
            else
            {
                Begin(value);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
            foreach (var running in _running.Values)
            {
                running.Timer?.Dispose();
            }

            _running.Clear();
        }
    }

    private static string Megabytes(double bytes) => (bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture);

    private void Begin(DownloadProgress value)
    {
        var running = new Running { Now = value, ToldBytes = value.Bytes, ToldAt = clock.GetTimestamp() };
        _running.Add(value.Name, running);
        running.Timer = clock.CreateTimer(_ => Tell(running), null, Period, Period);
    }

    private void Tell(Running running)
    {
        lock (_lock)
        {
            var now = running.Now;
            var elapsed = clock.GetElapsedTime(running.ToldAt);

            // A timer may come late: when its download is over, or with the next one.
            if (_running.GetValueOrDefault(now.Name) != running || elapsed < Period / 2)
            {
                return;
            }

            // What had to begin anew has fewer bytes than before.
            var rate = $"{Megabytes(Math.Max(0, now.Bytes - running.ToldBytes) / elapsed.TotalSeconds)} MB/s";
            say(now.IsTotalKnown
                ? $"Downloading {now.Name}: {(int)(100.0 * now.Bytes / now.Total)}% ({Megabytes(now.Bytes)} of {Megabytes(now.Total)} MB, {rate})"
                : $"Downloading {now.Name}: {Megabytes(now.Bytes)} MB ({rate})");
            running.ToldBytes = now.Bytes;
            running.ToldAt = clock.GetTimestamp();
        }
    }

    /// <summary>A download that is not over.</summary>
    private sealed class Running
    {
        public required DownloadProgress Now { get; set; }

        /// <summary>How many bytes were there at the last message.</summary>
        public required long ToldBytes { get; set; }

        /// <summary>The clock's timestamp of the last message.</summary>
        public required long ToldAt { get; set; }

        public ITimer? Timer { get; set; }
    }
}
