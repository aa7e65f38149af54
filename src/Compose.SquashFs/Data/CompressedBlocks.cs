using System.Buffers.Binary;
using System.Text;
using Compose.FileTrees.Caching;
using Compose.SquashFs.Codecs;

namespace Compose.SquashFs.Data;

/// <summary>
/// The blocks of earlier images in the cache. The key is made of the digest of the block's bytes and of all that decides
/// what they are compressed to: the codec with its library's version and its options, the block size, and this program,
/// which chooses how the library is used. An empty value says that the block is stored as it is.
/// </summary>
internal sealed class CompressedBlocks(BlockCacheSession cache, Codec codec, SquashFsOptions options)
{
    private readonly Sha256Digest _identity = Sha256Digest.Of(Encoding.UTF8.GetBytes(
        $"squashfs block\n{codec.Id}\n{codec.Version}\n{options.Compression}\n{options.BlockSize}\n{typeof(Codec).Module.ModuleVersionId}\n"));
    private long _taken;

    /// <summary>The number of blocks that were taken from the cache.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Looks up a block.</summary>
    /// <param name="digest">The digest of its bytes.</param>
    /// <param name="sourceLength">The number of its bytes.</param>
    /// <param name="block">What it is compressed to; of length 0 when it is stored as it is.</param>
    public bool TryFind(Sha256Digest digest, int sourceLength, out CachedBlock block) =>
        cache.TryFind(KeyOf(digest, sourceLength), out block) && block.Length < sourceLength;

    /// <summary>Reads a block that was found into room for its length.</summary>
    /// <returns>Whether it can be used.</returns>
    public bool TryRead(in CachedBlock block, Span<byte> destination)
    {
        if (!cache.TryRead(block, destination))
        {
            return false;
        }

        Interlocked.Increment(ref _taken);
        return true;
    }

    /// <summary>Keeps a block.</summary>
    /// <param name="digest">The digest of its bytes.</param>
    /// <param name="sourceLength">The number of its bytes.</param>
    /// <param name="compressed">What they are compressed to; empty when the block is stored as it is.</param>
    public void Add(Sha256Digest digest, int sourceLength, ReadOnlySpan<byte> compressed) =>
        cache.Add(KeyOf(digest, sourceLength), compressed);

    private Sha256Digest KeyOf(Sha256Digest digest, int sourceLength)
    {
        Span<byte> bytes = stackalloc byte[(2 * Sha256Digest.Size) + sizeof(int)];
        _identity.Bytes.CopyTo(bytes);
        digest.Bytes.CopyTo(bytes[Sha256Digest.Size..]);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[(2 * Sha256Digest.Size)..], sourceLength);
        return Sha256Digest.Of(bytes);
    }
}
