using Compose.FileTrees.Operations;
using Compose.SquashFs;

namespace Compose.Tool.Pack;

/// <summary>What a command line asks to be packed.</summary>
internal sealed record PackRequest
{
    /// <summary>The <see cref="Input"/> that means the standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>A directory, a tar archive, or <see cref="StandardInput"/>.</summary>
    public required string Input { get; init; }

    /// <summary>Where the image goes.</summary>
    public required string Output { get; init; }

    /// <summary>How it is written; the image's time and the order of contents are <see cref="Time"/>'s and <see cref="SortFile"/>'s matter.</summary>
    public required SquashFsOptions Options { get; init; }

    /// <summary>A file that says in which order contents lie in the image; null for the tree's order.</summary>
    public string? SortFile { get; init; }

    /// <summary>The image's time in seconds since 1970; null for the latest time in the tree.</summary>
    public long? Time { get; init; }

    /// <summary>What is left out.</summary>
    public IReadOnlyList<Glob> Exclude { get; init; } = [];

    /// <summary>Whether everything belongs to root.</summary>
    public bool AllRoot { get; init; }

    /// <summary>Whether extended attributes are left out.</summary>
    public bool NoAttributes { get; init; }
}
