namespace Compose.FileTrees.Operations;

/// <summary>What the texts of symbolic links say by themselves.</summary>
public static class TreeLinks
{
    /// <summary>Whether a link's names alone lead above the root on their way; an absolute one begins there.</summary>
    /// <param name="path">Where the link stands.</param>
    /// <param name="target">The link's text.</param>
    public static bool ClimbsAboveRoot(TreePath path, ReadOnlySpan<byte> target)
    {
        var depth = target is [(byte)'/', ..] ? 0 : path.Depth - 1;
        foreach (var range in target.Split((byte)'/'))
        {
            var name = target[range];
            depth += name.IsEmpty || name.SequenceEqual("."u8) ? 0 : name.SequenceEqual(".."u8) ? -1 : 1;
            if (depth < 0)
            {
                return true;
            }
        }

        return false;
    }
}
