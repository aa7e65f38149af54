using System.Diagnostics;

namespace Compose.SquashFs.Data;

/// <summary>Adds up, over all threads, what the parts of the work take.</summary>
internal sealed class DataTimes
{
    private long _reading;
    private long _hashing;
    private long _compressing;
    private long _writing;

    public TimeSpan Reading => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _reading));

    public TimeSpan Hashing => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _hashing));

    public TimeSpan Compressing => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _compressing));

    public TimeSpan Writing => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _writing));

    public static long Now => Stopwatch.GetTimestamp();

    public void AddReading(long ticks) => Interlocked.Add(ref _reading, ticks);

    public void AddHashing(long ticks) => Interlocked.Add(ref _hashing, ticks);

    public void AddCompressing(long ticks) => Interlocked.Add(ref _compressing, ticks);

    public void AddWriting(long ticks) => Interlocked.Add(ref _writing, ticks);
}
