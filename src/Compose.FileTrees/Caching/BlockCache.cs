namespace Compose.FileTrees.Caching;

/// <summary>
/// Keeps compressed blocks, and other small values that take long to make, by the digest of all that they depend on: in
/// segment files of one folder, of bounded size. The segments not used for the longest time go first.
/// </summary>
/// <remarks>
/// Each build that adds something writes one segment (<c>NAME.blocks</c>, see <see cref="BlockSegment"/>) and renames it when
/// it is complete. Several processes may use one folder at the same time, and each may be killed at any moment. A value
/// that is damaged is not used, and its segment is deleted. A folder that cannot be read or written is as good as an empty
/// one: a cache never makes a build fail.
/// </remarks>
/// <param name="directory">The folder; it is made when the first value is added.</param>
/// <param name="maximumSize">How many bytes all segments may take together: 1 or more.</param>
public sealed class BlockCache(string directory, long maximumSize = BlockCache.DefaultMaximumSize)
{
    /// <summary>4 GiB.</summary>
    public const long DefaultMaximumSize = 4L * 1024 * 1024 * 1024;

    /// <summary>The folder, an absolute path.</summary>
    public string Directory { get; } = Path.GetFullPath(directory);

    /// <summary>How many bytes all segments may take together.</summary>
    public long MaximumSize { get; } =
        maximumSize > 0 ? maximumSize : throw new ArgumentOutOfRangeException(nameof(maximumSize), maximumSize, "A cache has room for a byte or more.");

    /// <summary>Begins to use the cache, with all that is in it now.</summary>
    public BlockCacheSession Open() => new(this);
}
