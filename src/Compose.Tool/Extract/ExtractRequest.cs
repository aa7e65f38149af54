using Compose.FileTrees.Operations;
using Compose.SquashFs.Reading;

namespace Compose.Tool.Extract;

/// <summary>What a command line asks to be extracted.</summary>
/// <param name="Input">The image.</param>
/// <param name="Directory">Where the files go.</param>
/// <param name="Paths">Patterns for what is extracted; none for all.</param>
/// <param name="Partition">The number, label or type of the partition; null for the only one with files.</param>
/// <param name="Limits">How much a squashfs file system may hold.</param>
/// <param name="Force">Whether a directory that is there is replaced.</param>
/// <param name="SameOwner">Whether owners, extended attributes and devices are kept.</param>
internal sealed record ExtractRequest(
    string Input, string Directory, IReadOnlyList<Glob> Paths, string? Partition, SquashFsReadOptions Limits, bool Force, bool SameOwner);
