using System.Buffers.Binary;
using Compose.FileTrees;

namespace Compose.Formats.Verity;

/// <summary>
/// A dm-verity hash tree in the format that veritysetup writes and the kernel reads: a superblock in the first block, then
/// the levels of the tree, the top one first.
/// </summary>
public sealed class VerityTree
{
    private const int ReadSize = 512 * 1024;

    private readonly VerityParameters _parameters;

    /// <summary>The levels from the one above the data up to the single top block; none for one block of data.</summary>
    private readonly IReadOnlyList<byte[][]> _levels;

    internal VerityTree(VerityParameters parameters, long dataBlocks, Sha256Digest rootHash, IReadOnlyList<byte[][]> levels)
    {
        _parameters = parameters;
        _levels = levels;
        DataBlocks = dataBlocks;
        RootHash = rootHash;
    }

    /// <summary>The hash that vouches for all data.</summary>
    public Sha256Digest RootHash { get; }

    /// <summary>The number of data blocks of 4096 bytes.</summary>
    public long DataBlocks { get; }

    /// <summary>The size of superblock and hash blocks, in bytes.</summary>
    public long Length => VerityParameters.BlockSize * (1 + _levels.Sum(level => (long)level.Length));

    /// <summary>Hashes data with both the reading and the hashing going on at the same time.</summary>
    /// <param name="data">Read from its position to its end. A last block that is not full counts as padded with zeros.</param>
    /// <param name="parameters">UUID and salt.</param>
    /// <param name="cancellationToken">Ends the work with an exception.</param>
    /// <exception cref="ArgumentException">There is no data.</exception>
    public static VerityTree Compute(Stream data, VerityParameters parameters, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        using var hashes = new VerityHashingStream(Stream.Null, parameters, leaveOpen: true, cancellationToken);
        data.CopyTo(hashes, ReadSize);
        return hashes.Complete();
    }

    /// <summary>Writes superblock and levels: the content of a hash partition.</summary>
    public void WriteTo(Stream output, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Write(Superblock());
        foreach (var level in _levels.Reverse())
        {
            foreach (var block in level)
            {
                cancellationToken.ThrowIfCancellationRequested();
                output.Write(block);
            }
        }
    }

    private byte[] Superblock()
    {
        const int AlgorithmOffset = 32;
        const int DataBlockSizeOffset = 64;
        const int SaltSizeOffset = 80;
        const int SaltOffset = 88;

        var block = new byte[VerityParameters.BlockSize];
        var span = block.AsSpan();
        "verity\0\0"u8.CopyTo(span);
        BinaryPrimitives.WriteUInt32LittleEndian(span[8..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(span[12..], 1);
        _parameters.Id.TryWriteBytes(span[16..], bigEndian: true, out _);
        "sha256"u8.CopyTo(span[AlgorithmOffset..]);
        BinaryPrimitives.WriteUInt32LittleEndian(span[DataBlockSizeOffset..], VerityParameters.BlockSize);
        BinaryPrimitives.WriteUInt32LittleEndian(span[(DataBlockSizeOffset + 4)..], VerityParameters.BlockSize);
        BinaryPrimitives.WriteInt64LittleEndian(span[(DataBlockSizeOffset + 8)..], DataBlocks);
        BinaryPrimitives.WriteUInt16LittleEndian(span[SaltSizeOffset..], (ushort)_parameters.Salt.Length);
        _parameters.Salt.Span.CopyTo(span[SaltOffset..]);
        return block;
    }
}
