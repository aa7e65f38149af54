namespace Compose.Benchmarks.Measuring;

/// <summary>What one run of a program took.</summary>
/// <param name="WallSeconds">From its start to its end.</param>
/// <param name="ProcessorSeconds">User and system time of all its threads and children.</param>
/// <param name="PeakBytes">The largest resident set of any of its processes.</param>
/// <param name="OutputBytes">The size of the file that it wrote; 0 when it wrote none.</param>
internal readonly record struct Sample(double WallSeconds, double ProcessorSeconds, long PeakBytes, long OutputBytes);

/// <summary>All runs of one tool in one setting.</summary>
/// <param name="Tool">The tool's name.</param>
/// <param name="Setting">Codec and level, or what else was done.</param>
/// <param name="Samples">At least one run.</param>
internal sealed record Series(string Tool, string Setting, IReadOnlyList<Sample> Samples)
{
    /// <summary>The median of the wall times, in seconds.</summary>
    public double Wall => Median(Samples.Select(sample => sample.WallSeconds));

    /// <summary>The median of the processor times, in seconds.</summary>
    public double Processor => Median(Samples.Select(sample => sample.ProcessorSeconds));

    /// <summary>The largest of the peaks: a limit on memory holds in every run.</summary>
    public long PeakBytes => Samples.Max(sample => sample.PeakBytes);

    /// <summary>The size of the output. Runs of some tools differ by their threads' order: the median counts.</summary>
    public long OutputBytes => (long)Median(Samples.Select(sample => (double)sample.OutputBytes));

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
