using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Compose.FileTrees.Caching;
using Compose.FileTrees.Storage;

namespace Compose.SquashFs.Planning;

/// <summary>
/// The digests of the parts of contents that lie in a content store, so that an image can be decided on without reading
/// them. A content of one part has the store's digest. For a larger one they are kept in the block cache, when it was read
/// once with the same block size. Where zeros are not stored, their digest is the default value, which no bytes have.
/// </summary>
internal sealed class ChunkDigests
{
    private readonly BlockCacheSession _cache;
    private readonly int _blockSize;
    private readonly bool _keepsSparse;
    private readonly ZeroDigests _zeros;

    public ChunkDigests(BlockCacheSession cache, InodePlan inodes, SquashFsOptions options)
    {
        _cache = cache;
        _blockSize = options.BlockSize;
        _keepsSparse = options.KeepSparse;
        var lengths = new SortedSet<int>();
        for (var inode = 0; inode < inodes.Count; inode++)
        {
            if (inodes.EntryOf(inode) is FileEntry { Content: BlobContent blob } && blob.Length <= _blockSize)
            {
                lengths.Add((int)blob.Length);
            }
        }

        _zeros = new ZeroDigests(lengths);
    }

    /// <summary>Finds the digests of a content's parts.</summary>
    /// <returns>The digests; null when the content has to be read.</returns>
    public Sha256Digest[]? Find(FileContent content)
    {
        if (content is not BlobContent blob)
        {
            return null;
        }

        if (blob.Length <= _blockSize)
        {
            return [_keepsSparse && _zeros.IsOfZeros(blob.Digest, (int)blob.Length) ? default : blob.Digest];
        }

        var count = (blob.Length + _blockSize - 1) / _blockSize;
        if (!_cache.TryFind(KeyOf(blob), out var record) || record.Length != count * Sha256Digest.Size)
        {
            return null;
        }

        var digests = new Sha256Digest[count];
        return _cache.TryRead(record, MemoryMarshal.AsBytes(digests.AsSpan())) ? digests : null;
    }

    /// <summary>Keeps the digests of a content's parts. The caller has seen that its bytes have the content's digest.</summary>
    public void Add(BlobContent blob, ReadOnlySpan<Sha256Digest> digests) =>
        _cache.Add(KeyOf(blob), MemoryMarshal.AsBytes(digests));

    private Sha256Digest KeyOf(BlobContent blob)
    {
        var name = "squashfs chunks\n"u8;
        Span<byte> key = stackalloc byte[name.Length + sizeof(int) + 1 + Sha256Digest.Size];
        name.CopyTo(key);
        BinaryPrimitives.WriteInt32LittleEndian(key[name.Length..], _blockSize);
        key[name.Length + sizeof(int)] = _keepsSparse ? (byte)1 : (byte)0;
        blob.Digest.Bytes.CopyTo(key[^Sha256Digest.Size..]);
        return Sha256Digest.Of(key);
    }
}
