using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Compose.SquashFs.Data;

/// <summary>
/// Puts tails together into fragments. With a cache, a fragment is known by the lengths and digests of its tails, so that
/// it can be found there when the bytes of some were not read.
/// </summary>
internal sealed class FragmentBuilder(int blockSize, bool isCached) : IDisposable
{
    private readonly IncrementalHash? _hash = isCached ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
    private List<UnreadTail> _unread = [];
    private byte[]? _bytes;
    private int _length;
    private int _count;

    /// <summary>Whether a tail of this size fits behind those that are there.</summary>
    public bool HasRoomFor(int length) => _length + length <= blockSize;

    /// <summary>Adds a tail.</summary>
    /// <returns>The fragment's number and the place in it.</returns>
    public (int Fragment, int Offset) Append(in Chunk tail)
    {
        var place = (_count, _length);
        if (tail.Buffer is null)
        {
            _unread.Add(new UnreadTail(tail.File!, _length));
        }
        else
        {
            _bytes ??= ArrayPool<byte>.Shared.Rent(blockSize);
            tail.Bytes.CopyTo(_bytes.AsSpan(_length));
        }

        if (_hash is not null)
        {
            Span<byte> length = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(length, tail.Length);
            _hash.AppendData(length);
            _hash.AppendData(tail.Digest.Bytes);
        }

        _length += tail.Length;
        return place;
    }

    /// <summary>Ends the fragment.</summary>
    /// <returns>What is to be compressed; null when there is no tail.</returns>
    public BlockWork? Complete()
    {
        if (_length == 0)
        {
            return null;
        }

        Span<byte> digest = stackalloc byte[Sha256Digest.Size];
        _hash?.GetHashAndReset(digest);
        var work = BlockWork.ForFragment(_bytes, _length, _hash is null ? default : new Sha256Digest(digest), _unread);
        _bytes = null;
        _length = 0;
        _count++;
        _unread = [];
        return work;
    }

    public void Dispose()
    {
        _hash?.Dispose();
        if (_bytes is { } bytes)
        {
            _bytes = null;
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
