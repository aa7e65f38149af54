using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.SquashFs;

namespace Compose.Tasks.Parameters;

/// <summary>What <c>ExtensionCompressionLevel=auto</c> has to keep: one of the two.</summary>
/// <param name="Time">The time that compressing may take.</param>
/// <param name="Bytes">The size that the image may have.</param>
internal sealed record CompressionBudget(TimeSpan? Time, long? Bytes)
{
    private const string Automatic = "auto";
    private const string LevelProperty = "ExtensionCompressionLevel";
    private const string TimeProperty = "ExtensionCompressionTimeBudget";
    private const string SizeProperty = "ExtensionCompressionSizeBudget";
    private const long SecondsOfADay = 86_400;

    /// <summary>The budget; null when the level is not <c>auto</c>.</summary>
    /// <exception cref="DiagnosticException">There is no budget for <c>auto</c>, or two, or one for a fixed level.</exception>
    public static CompressionBudget? Read(string level, string time, string size)
    {
        if (level != Automatic)
        {
            var (name, text) = time.Length > 0 ? (TimeProperty, time) : (SizeProperty, size);
            return text.Length == 0 ? null : throw PropertyValue.Bad(name, text, $"nothing, unless {LevelProperty} is {Automatic}");
        }

        if (time.Length > 0 == size.Length > 0)
        {
            throw PropertyValue.Bad(LevelProperty, level, $"{Automatic} together with one of {TimeProperty} and {SizeProperty}, or a number");
        }

        var seconds = PropertyValue.Integer(TimeProperty, time, 1, SecondsOfADay);
        return new CompressionBudget(seconds is null ? null : TimeSpan.FromSeconds(seconds.Value), PropertyValue.Size(SizeProperty, size));
    }

    /// <summary>Writes an image within the budget, or says that it is not.</summary>
    /// <param name="tree">What the image holds.</param>
    /// <param name="options">How it is written, but for the level.</param>
    /// <param name="write">Writes the image; called again when the first one is too large.</param>
    /// <param name="reporter">Takes the finding that the budget is not kept.</param>
    /// <param name="tell">Told which level was chosen, and why.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public SquashFsSummary Write(
        FileTree tree,
        SquashFsOptions options,
        Func<SquashFsOptions, SquashFsSummary> write,
        IDiagnosticReporter reporter,
        Action<string> tell,
        CancellationToken cancellationToken)
    {
        var choice = Time is { } time
            ? CompressionLevelChooser.ForTime(tree, options, time)
            : CompressionLevelChooser.ForSize(tree, options, Bytes!.Value, cancellationToken);
        tell(choice.Reason);
        options = options with { Compression = choice.Compression };
        var summary = write(options);
        if (Time is not null)
        {
            if (!choice.IsWithinBudget)
            {
                reporter.Report(SquashFsDiagnostics.BudgetExceeded.Create(choice.Reason));
            }

            return summary;
        }

        // A sample may be wrong by a little: the image itself decides.
        while (choice.IsWithinBudget && summary.Bytes > Bytes && CompressionLevelChooser.NextHigher(options.Compression) is { } higher)
        {
            tell($"The image has {summary.Bytes} bytes of {Bytes}: trying the next level.");
            options = options with { Compression = higher };
            summary = write(options);
        }

        if (summary.Bytes > Bytes)
        {
            reporter.Report(SquashFsDiagnostics.BudgetExceeded.Create(
                $"The image has {summary.Bytes} bytes at the last level tried, {options.Compression}, and {SizeProperty} is {Bytes}."));
        }

        return summary;
    }
}
