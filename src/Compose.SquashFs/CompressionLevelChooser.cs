using System.Globalization;
using Compose.SquashFs.Codecs;
using Compose.SquashFs.Planning;

namespace Compose.SquashFs;

/// <summary>A compression at a level that was chosen for a budget.</summary>
/// <param name="Compression">The compression.</param>
/// <param name="IsWithinBudget">Whether it is expected to keep the budget; else it is the level that comes nearest.</param>
/// <param name="Reason">Why it was chosen, in a sentence.</param>
public sealed record CompressionLevelChoice(SquashFsCompression Compression, bool IsWithinBudget, string Reason);

/// <summary>
/// Chooses the level of a compression for a budget of time or of size. The choice depends on the tree, the options and the
/// codec alone: no clock is asked, so that the same inputs give the same image everywhere.
/// </summary>
public static class CompressionLevelChooser
{
    /// <summary>The highest level that takes no longer than the time, by the table of <see cref="CompressionSpeeds"/>.</summary>
    /// <param name="tree">What the image will hold.</param>
    /// <param name="options">How it will be written; the compression is at any level.</param>
    /// <param name="budget">The time for compressing everything on the machine of the table.</param>
    /// <exception cref="ArgumentException">The compression has no levels.</exception>
    public static CompressionLevelChoice ForTime(FileTree tree, SquashFsOptions options, TimeSpan budget)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var speeds = CompressionSpeeds.Of(options.Compression);
        var bytes = new ContentSample(tree, options.BlockSize).TotalLength;
        double Seconds(CompressionSpeed speed) => bytes / (speed.MegabytesPerSecond * 1e6);

        var chosen = speeds.LastOrDefault(speed => Seconds(speed) <= budget.TotalSeconds);
        var isWithin = chosen is not null;
        chosen ??= speeds[0];
        return new CompressionLevelChoice(
            options.Compression.WithLevel(chosen.Level),
            isWithin,
            Text($"Level {chosen.Level} of {options.Compression.Name} takes about {Seconds(chosen):F1} s for {bytes / 1e6:F1} MB on the reference machine; the budget is {budget.TotalSeconds:F1} s."));
    }

    /// <summary>
    /// The cheapest level whose image is expected to have no more than the bytes, by compressing a sample of the blocks.
    /// </summary>
    /// <param name="tree">What the image will hold.</param>
    /// <param name="options">How it will be written; the compression is at any level.</param>
    /// <param name="budget">The image's size in bytes.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="ArgumentException">The compression has no levels.</exception>
    /// <exception cref="DiagnosticException">A content cannot be read, or the codec is not there on this platform.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static CompressionLevelChoice ForSize(
        FileTree tree, SquashFsOptions options, long budget, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var speeds = CompressionSpeeds.Of(options.Compression);
        var sample = new ContentSample(tree, options.BlockSize);
        var blocks = sample.Read(cancellationToken);
        CompressionLevelChoice? best = null;
        var least = long.MaxValue;
        foreach (var speed in speeds)
        {
            var compression = options.Compression.WithLevel(speed.Level);
            var estimate = Estimate(blocks, sample.TotalLength, options with { Compression = compression }, cancellationToken);
            if (estimate < least)
            {
                least = estimate;
                best = new CompressionLevelChoice(
                    compression,
                    estimate <= budget,
                    Text($"Level {speed.Level} of {compression.Name} gives about {estimate / 1e6:F1} MB; the budget is {budget / 1e6:F1} MB."));
            }

            if (best!.IsWithinBudget)
            {
                break;
            }
        }

        return best!;
    }

    /// <summary>The next level of those to choose from, for an image that came out larger than expected.</summary>
    /// <returns>The compression at that level; null when there is none.</returns>
    public static SquashFsCompression? NextHigher(SquashFsCompression compression)
    {
        ArgumentNullException.ThrowIfNull(compression);
        var next = CompressionSpeeds.Of(compression).FirstOrDefault(speed => speed.Level > compression.CurrentLevel);
        return next is null ? null : compression.WithLevel(next.Level);
    }

    private static long Estimate(List<byte[]> blocks, long total, SquashFsOptions options, CancellationToken cancellationToken)
    {
        if (blocks.Count == 0)
        {
            return 0;
        }

        // Each block's size has its own place, so that threads change nothing.
        var codec = Codec.For(options);
        var sizes = new int[blocks.Count];
        Parallel.For(
            0,
            blocks.Count,
            new ParallelOptions { MaxDegreeOfParallelism = options.Threads, CancellationToken = cancellationToken },
            () => (Context: codec.CreateContext(), Destination: Array.Empty<byte>()),
            (i, _, local) =>
            {
                var bound = local.Context.GetBound(blocks[i].Length);
                local.Destination = local.Destination.Length < bound ? new byte[bound] : local.Destination;
                var length = local.Context.Compress(blocks[i], local.Destination);
                sizes[i] = length == 0 ? blocks[i].Length : length;
                return local;
            },
            local => local.Context.Dispose());
        return (long)(sizes.Sum(size => (long)size) * ((double)total / blocks.Sum(block => (long)block.Length)));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
