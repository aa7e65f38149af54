using Compose.FileTrees.Caching;
using Compose.SquashFs.Codecs;
using Compose.SquashFs.Planning;

namespace Compose.SquashFs.Data;

/// <summary>What one image takes from the block cache and adds to it. What was added is kept when the image fails.</summary>
internal sealed class ImageCache : IDisposable
{
    private readonly BlockCacheSession _session;

    private ImageCache(BlockCacheSession session, InodePlan inodes, Codec codec, SquashFsOptions options)
    {
        _session = session;
        Blocks = new CompressedBlocks(session, codec, options);
        Digests = new ChunkDigests(session, inodes, options);
    }

    public CompressedBlocks Blocks { get; }

    public ChunkDigests Digests { get; }

    /// <summary>Why nothing more could be added; null when all was.</summary>
    public string? Failure => _session.Failure?.Message;

    /// <summary>Opens the cache; null when there is none, or nothing is compressed.</summary>
    public static ImageCache? Open(SquashFsOptions options, InodePlan inodes, Codec codec) =>
        options.Cache is { } cache && options.Compression is not NoCompression
            ? new ImageCache(cache.Open(), inodes, codec, options)
            : null;

    /// <summary>Publishes what was added.</summary>
    public void Dispose() => _session.Dispose();
}
