namespace Compose.Benchmarks.Reports;

/// <summary>Maps values to places of a drawing.</summary>
internal sealed class Scale
{
    private static readonly int[] s_digits = [1, 2, 5];

    private readonly double _from;
    private readonly double _to;
    private readonly Func<double, double> _transform;
    private readonly double _low;
    private readonly double _high;

    private Scale(IReadOnlyList<double> ticks, double low, double high, double from, double to, Func<double, double> transform)
    {
        Ticks = ticks;
        (_from, _to, _transform) = (from, to, transform);
        (_low, _high) = (transform(low), transform(high));
    }

    /// <summary>The round values to mark.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>A scale on which equal differences are equally far apart, with some room around the values.</summary>
    public static Scale Linear(IReadOnlyList<double> values, double from, double to)
    {
        var (low, high) = Range(values.Min(), values.Max());
        var step = Math.Pow(10, Math.Floor(Math.Log10((high - low) / 4)));
        step *= ((high - low) / step) switch { > 20 => 5, > 10 => 2, _ => 1 };
        var first = Math.Ceiling(low / step);
        double[] ticks = [.. Enumerable.Range(0, (int)(Math.Floor(high / step) - first) + 1).Select(i => (first + i) * step)];
        return new Scale(ticks, low, high, from, to, value => value);
    }

    /// <summary>A scale on which equal ratios are equally far apart, marked at 1, 2 and 5 of each power of ten.</summary>
    public static Scale Logarithmic(IReadOnlyList<double> values, double from, double to)
    {
        var (low, high) = Range(Math.Log10(values.Min()), Math.Log10(values.Max()));
        var ticks = Enumerable.Range((int)Math.Floor(low), (int)Math.Ceiling(high - Math.Floor(low)) + 1)
            .SelectMany(power => s_digits.Select(digit => digit * Math.Pow(10, power)))
            .Where(tick => Math.Log10(tick) >= low && Math.Log10(tick) <= high);
        return new Scale([.. ticks], Math.Pow(10, low), Math.Pow(10, high), from, to, Math.Log10);
    }

    /// <summary>The place of a value.</summary>
    public double At(double value) => _from + ((_transform(value) - _low) / (_high - _low) * (_to - _from));

    private static (double Low, double High) Range(double low, double high)
    {
        // One value, or equal ones, get an axis too.
        var room = high > low ? (high - low) * 0.08 : Math.Max(Math.Abs(high) * 0.1, 0.1);
        return (low - room, high + room);
    }
}
