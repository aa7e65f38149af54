using System.Runtime.Intrinsics;

namespace Compose.Formats.Verity;

/// <summary>Gathers blocks to be hashed together. One thread at a time.</summary>
/// <param name="salt">What is hashed before each block.</param>
internal sealed class BlockBatch(ReadOnlySpan<byte> salt) : IDisposable
{
    /// <summary>The blocks that it has room for: as many as are hashed at once.</summary>
    public const int Capacity = Sha256Lanes.Count;

    /// <summary>The bytes that it has room for.</summary>
    public const int Size = Capacity * VerityParameters.BlockSize;

    private readonly BlockHasher _hasher = new(salt);
    private readonly byte[] _blocks = GC.AllocateUninitializedArray<byte>(Size);

    /// <summary>The bytes of data that it holds.</summary>
    public int Length { get; private set; }

    /// <inheritdoc/>
    public void Dispose() => _hasher.Dispose();

    /// <summary>Copies data behind what is there already. There must be room for it.</summary>
    /// <param name="data">The data.</param>
    /// <param name="isForOthers">Whether another thread will hash it.</param>
    public void Append(ReadOnlySpan<byte> data, bool isForOthers)
    {
        var target = _blocks.AsSpan(Length);
        if (isForOthers)
        {
            CopyPastCaches(data, target);
        }
        else
        {
            data.CopyTo(target);
        }

        Length += data.Length;
    }

    /// <summary>Hashes the blocks that are there, all of them whole. It is empty afterwards.</summary>
    /// <param name="digests">The room for the digests.</param>
    public void Hash(Span<byte> digests)
    {
        _hasher.HashAll(_blocks.AsSpan(0, Length), digests);
        Length = 0;
    }

    /// <summary>
    /// Copies data past the caches. As a rule another processor hashed what was there before, and hashes this too: to take
    /// each line out of its cache, and to have it fetched from ours, takes longer than the way through memory.
    /// </summary>
    private static unsafe void CopyPastCaches(ReadOnlySpan<byte> data, Span<byte> target)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(target.Length, data.Length);
        fixed (byte* from = data, to = target)
        {
            var start = Math.Min((int)(-(nint)to & (Vector256<byte>.Count - 1)), data.Length);
            var end = data.Length - ((data.Length - start) % Vector256<byte>.Count);
            data[..start].CopyTo(target);
            for (var i = start; i < end; i += Vector256<byte>.Count)
            {
                Vector256.Load(from + i).StoreAlignedNonTemporal(to + i);
            }

            data[end..].CopyTo(target[end..]);
        }
    }
}
