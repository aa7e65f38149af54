using System.Security.Cryptography;
using Compose.FileTrees;

namespace Compose.Formats.Verity;

/// <summary>Hashes blocks of 4096 bytes, each with the salt before it. One thread at a time.</summary>
internal sealed class BlockHasher : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _salt;

    public BlockHasher(ReadOnlySpan<byte> salt) => _salt = salt.ToArray();

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    /// <summary>Hashes one block of 4096 bytes.</summary>
    public void Hash(ReadOnlySpan<byte> block, Span<byte> digest)
    {
        _hash.AppendData(_salt);
        _hash.AppendData(block);
        _hash.GetHashAndReset(digest);
    }

    /// <summary>Hashes blocks that follow each other; their digests follow each other too.</summary>
    public void HashAll(ReadOnlySpan<byte> blocks, Span<byte> digests)
    {
        if (Sha256Lanes.IsSupported)
        {
            const int AtOnce = Sha256Lanes.Count * VerityParameters.BlockSize;
            for (; blocks.Length >= AtOnce; blocks = blocks[AtOnce..], digests = digests[(Sha256Lanes.Count * Sha256Digest.Size)..])
            {
                Sha256Lanes.Hash(_salt, blocks[..AtOnce], digests);
            }
        }

        for (; !blocks.IsEmpty; blocks = blocks[VerityParameters.BlockSize..], digests = digests[Sha256Digest.Size..])
        {
            Hash(blocks[..VerityParameters.BlockSize], digests);
        }
    }

    /// <summary>Builds the levels above the data from the lowest one, and hashes the top.</summary>
    /// <param name="lowest">Hash blocks with the digests of the data blocks, the last one padded with zeros.</param>
    /// <param name="dataBlocks">The number of data blocks.</param>
    public (Sha256Digest RootHash, IReadOnlyList<byte[][]> Levels) BuildLevels(byte[][] lowest, long dataBlocks)
    {
        // A single data block needs no tree: its own hash is the root hash.
        if (dataBlocks == 1)
        {
            return (new Sha256Digest(lowest[0].AsSpan(0, Sha256Digest.Size)), []);
        }

        var levels = new List<byte[][]> { lowest };
        while (levels[^1].Length > 1)
        {
            levels.Add(LevelAbove(levels[^1]));
        }

        Span<byte> root = stackalloc byte[Sha256Digest.Size];
        Hash(levels[^1][0], root);
        return (new Sha256Digest(root), levels);
    }

    private byte[][] LevelAbove(byte[][] level)
    {
        const int DigestsPerBlock = VerityParameters.BlockSize / Sha256Digest.Size;

        var above = new byte[(level.Length + DigestsPerBlock - 1) / DigestsPerBlock][];
        for (var i = 0; i < level.Length; i++)
        {
            var block = above[i / DigestsPerBlock] ??= new byte[VerityParameters.BlockSize];
            Hash(level[i], block.AsSpan(i % DigestsPerBlock * Sha256Digest.Size, Sha256Digest.Size));
        }

        return above;
    }
}
