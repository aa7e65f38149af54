namespace Compose.Packages.Locking;

/// <summary>Finds what a version control system leaves in a lock file that it could not merge.</summary>
internal static class LockFileMerge
{
    /// <summary>The line of the first mark of a conflict, from 1; null when there is none. No line of a lock file begins like a mark.</summary>
    public static int? FirstMark(ReadOnlySpan<byte> file)
    {
        for (var line = 1; !file.IsEmpty; line++)
        {
            if (file.StartsWith("<<<<<<<"u8) || file.StartsWith("======="u8) || file.StartsWith(">>>>>>>"u8) || file.StartsWith("|||||||"u8))
            {
                return line;
            }

            var end = file.IndexOf((byte)'\n');
            file = end < 0 ? [] : file[(end + 1)..];
        }

        return null;
    }
}
