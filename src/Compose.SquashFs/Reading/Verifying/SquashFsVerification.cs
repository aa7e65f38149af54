namespace Compose.SquashFs.Reading;

/// <summary>What verifying an image found.</summary>
/// <param name="Problems">The problems that were reported. 0: everything can be read.</param>
/// <param name="IsComplete">Whether all was looked at: not when there were too many problems, or a limit was exceeded.</param>
/// <param name="Inodes">The inodes read.</param>
/// <param name="Blocks">The data blocks read, each once.</param>
/// <param name="Fragments">The fragments read.</param>
/// <param name="Bytes">The bytes of files that those hold.</param>
public sealed record SquashFsVerification(int Problems, bool IsComplete, int Inodes, long Blocks, int Fragments, long Bytes);
