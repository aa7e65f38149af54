using Compose.FileTrees.Operations;
using Compose.SquashFs;

namespace Compose.Tool.Pack;

/// <summary>What was packed, how large it became, and how long it took.</summary>
internal sealed record PackResult
{
    public required PackRequest Request { get; init; }

    /// <summary>The options with which the image was written.</summary>
    public required SquashFsOptions Options { get; init; }

    public required SquashFsSummary Summary { get; init; }

    public required EntryCounts Entries { get; init; }

    /// <summary>How long the input was listed or, when it is an archive, read.</summary>
    public required TimeSpan Reading { get; init; }

    /// <summary>From the start of the process until all was done.</summary>
    public required TimeSpan Total { get; init; }
}
