using System.Runtime.Intrinsics;

namespace Compose.Formats.Verity;

/// <summary>Gathers blocks, with the salt before each, to be hashed together. One thread at a time.</summary>
internal sealed class BlockBatch : IDisposable
{
    /// <summary>The blocks that it has room for: enough that handing over costs little, few enough that none waits for the last.</summary>
    public const int Capacity = 16;

    private readonly BlockHasher _hasher;
    private readonly byte[] _saltedBlocks;
    private readonly int _saltLength;

    /// <summary>Makes an empty batch.</summary>
    /// <param name="salt">What is hashed before each block.</param>
    public BlockBatch(ReadOnlySpan<byte> salt)
    {
        _hasher = new BlockHasher(salt);
        _saltLength = salt.Length;
        _saltedBlocks = GC.AllocateUninitializedArray<byte>(Capacity * SaltedBlockSize);
        for (var start = 0; start < _saltedBlocks.Length; start += SaltedBlockSize)
        {
            salt.CopyTo(_saltedBlocks.AsSpan(start));
        }
    }

    /// <summary>The bytes of data that it holds.</summary>
    public int Length { get; private set; }

    private int SaltedBlockSize => _saltLength + VerityParameters.BlockSize;

    /// <inheritdoc/>
    public void Dispose() => _hasher.Dispose();

    /// <summary>Copies data behind what is there already. There must be room for it.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            var (block, offset) = Math.DivRem(Length, VerityParameters.BlockSize);
            var count = Math.Min(data.Length, VerityParameters.BlockSize - offset);
            var target = _saltedBlocks.AsSpan((block * SaltedBlockSize) + _saltLength + offset);
            if (count == VerityParameters.BlockSize)
            {
                CopyBlock(data[..count], target);
            }
            else
            {
                data[..count].CopyTo(target);
            }

            Length += count;
            data = data[count..];
        }
    }

    /// <summary>Hashes the blocks that are there, all of them whole. It is empty afterwards.</summary>
    /// <param name="digests">The room for the digests.</param>
    public void Hash(Span<byte> digests)
    {
        _hasher.HashAllSalted(_saltedBlocks.AsSpan(0, Length / VerityParameters.BlockSize * SaltedBlockSize), digests);
        Length = 0;
    }

    /// <summary>
    /// Copies a block past the caches. As a rule another processor hashed what was there before, and hashes this too: to take
    /// each line out of its cache, and to have it fetched from ours, takes longer than the way through memory.
    /// </summary>
    private static unsafe void CopyBlock(ReadOnlySpan<byte> block, Span<byte> target)
    {
        fixed (byte* from = block, to = target)
        {
            var start = (int)(-(nint)to & (Vector256<byte>.Count - 1));
            var end = block.Length - ((block.Length - start) % Vector256<byte>.Count);
            block[..start].CopyTo(target);
            for (var i = start; i < end; i += Vector256<byte>.Count)
            {
                Vector256.Load(from + i).StoreAlignedNonTemporal(to + i);
            }

            block[end..].CopyTo(target[end..]);
        }
    }
}
