using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Compose.Diagnostics;

namespace Compose.Formats.Verity;

/// <summary>What the first block of a verity hash partition says (cryptsetup, "DMVerity on-disk format").</summary>
/// <param name="Id">The UUID.</param>
/// <param name="Algorithm">The hash algorithm: sha256 or sha512.</param>
/// <param name="DataBlockSize">The size of a data block in bytes.</param>
/// <param name="HashBlockSize">The size of a hash block in bytes.</param>
/// <param name="DataBlocks">The number of data blocks; at least 1.</param>
/// <param name="Salt">Hashed before each block.</param>
public sealed record VeritySuperblock(
    Guid Id, string Algorithm, int DataBlockSize, int HashBlockSize, long DataBlocks, ReadOnlyMemory<byte> Salt)
{
    /// <summary>The size in bytes, without what fills the block.</summary>
    public const int Size = 512;

    /// <summary>The size of a digest in bytes.</summary>
    public int DigestSize => Algorithm == "sha512" ? SHA512.HashSizeInBytes : SHA256.HashSizeInBytes;

    internal HashAlgorithmName HashAlgorithm => Algorithm == "sha512" ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256;

    /// <summary>The digests that a hash block holds: a power of two, as the digests' sizes are.</summary>
    internal int DigestsPerBlock => HashBlockSize / DigestSize;

    /// <summary>Whether bytes start like a verity superblock.</summary>
    public static bool IsVerity(ReadOnlySpan<byte> start) => start.StartsWith("verity\0\0"u8);

    /// <summary>Reads the superblock of a hash partition.</summary>
    /// <param name="hashes">The partition.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="DiagnosticException">COMPOSE4701: it is none, or of a kind that is not supported.</exception>
    /// <exception cref="IOException">The partition cannot be read.</exception>
    public static VeritySuperblock Read(DiskRegion hashes, string name)
    {
        const int AlgorithmSize = 32;
        const int MinimumBlockSize = 512;
        const int MaximumBlockSize = 4096; // The kernel's limit: the size of a page.

        ArgumentNullException.ThrowIfNull(hashes);
        Span<byte> block = stackalloc byte[Size];
        if (hashes.ReadAvailable(0, block) < Size || !IsVerity(block))
        {
            throw Unusable(name, "it does not begin with a verity superblock");
        }

        var (version, hashType) = (BinaryPrimitives.ReadUInt32LittleEndian(block[8..]), BinaryPrimitives.ReadUInt32LittleEndian(block[12..]));
        if (version != 1 || hashType != 1)
        {
            throw Unusable(name, $"it is of version {version} with hashes of type {hashType}, and only version 1 with type 1 is supported");
        }

        var algorithm = block.Slice(32, AlgorithmSize);
        var text = Encoding.ASCII.GetString(algorithm[..(algorithm.IndexOf((byte)0) is >= 0 and var end ? end : AlgorithmSize)]);
        if (text is not ("sha256" or "sha512"))
        {
            throw Unusable(name, $"its hash algorithm is '{Printable(text)}', and only sha256 and sha512 are supported");
        }

        var dataBlockSize = BinaryPrimitives.ReadUInt32LittleEndian(block[64..]);
        var hashBlockSize = BinaryPrimitives.ReadUInt32LittleEndian(block[68..]);
        if (!IsBlockSize(dataBlockSize) || !IsBlockSize(hashBlockSize))
        {
            throw Unusable(name, $"its blocks have {dataBlockSize} and {hashBlockSize} bytes, and powers of two from 512 to 4096 are supported");
        }

        var dataBlocks = BinaryPrimitives.ReadUInt64LittleEndian(block[72..]);
        var saltSize = BinaryPrimitives.ReadUInt16LittleEndian(block[80..]);
        if (dataBlocks == 0 || dataBlocks > (ulong)(long.MaxValue / dataBlockSize) || saltSize > VerityParameters.MaximumSaltSize)
        {
            throw Unusable(name, $"it has {dataBlocks} data blocks and a salt of {saltSize} bytes, which cannot be");
        }

        return new VeritySuperblock(
            new Guid(block.Slice(16, 16), bigEndian: true),
            text,
            (int)dataBlockSize,
            (int)hashBlockSize,
            (long)dataBlocks,
            block.Slice(88, saltSize).ToArray());

        static bool IsBlockSize(uint size) => size is >= MinimumBlockSize and <= MaximumBlockSize && uint.IsPow2(size);
    }

    internal static DiagnosticException Unusable(string name, string reason) =>
        new(FormatDiagnostics.UnusableVerity.Create($"The verity hashes in '{name}' cannot be used: {reason}.", name));

    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
}
