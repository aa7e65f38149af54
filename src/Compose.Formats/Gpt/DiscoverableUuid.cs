using System.Buffers.Binary;
using System.Security.Cryptography;
using Compose.FileTrees;

namespace Compose.Formats.Gpt;

/// <summary>
/// UUIDs derived from a seed and from verity root hashes, the same ones that systemd-repart derives. An image that is
/// built twice from one seed so has the same identifiers.
/// </summary>
public static class DiscoverableUuid
{
    /// <summary>The disk's GUID.</summary>
    public static Guid Disk(Guid seed) => Version4(Derive(seed, "disk-uuid"u8));

    /// <summary>The GUID of a partition.</summary>
    /// <param name="seed">The image's seed.</param>
    /// <param name="type">The partition's type.</param>
    /// <param name="index">0 for the first partition of this type, 1 for the second, and so on.</param>
    public static Guid Partition(Guid seed, Guid type, int index = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        Span<byte> text = stackalloc byte[24];
        type.TryWriteBytes(text, bigEndian: true, out _);
        BinaryPrimitives.WriteUInt64LittleEndian(text[16..], (ulong)index);
        return Version4(Derive(seed, index == 0 ? text[..16] : text));
    }

    /// <summary>The UUID of the file system in a partition.</summary>
    public static Guid FileSystem(Guid partition) => Version4(Derive(partition, "file-system-uuid"u8));

    /// <summary>The volume id of a FAT file system: the first four bytes of its UUID.</summary>
    public static uint FatVolumeId(Guid fileSystem)
    {
        Span<byte> bytes = stackalloc byte[16];
        fileSystem.TryWriteBytes(bytes, bigEndian: true, out _);
        return BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    /// <summary>The UUID in the superblock of a verity hash partition.</summary>
    /// <param name="seed">The image's seed.</param>
    public static Guid VeritySuperblock(Guid seed) => Version4(Derive(seed, "verity-uuid"u8));

    /// <summary>The salt of a verity hash partition: 32 bytes.</summary>
    /// <param name="seed">The image's seed.</param>
    public static byte[] VeritySalt(Guid seed) => Derive(seed, "verity-salt"u8);

    /// <summary>The GUID of the data partition that belongs to a root hash: the hash's first 128 bits.</summary>
    public static Guid VerityData(Sha256Digest rootHash) => new(rootHash.Bytes[..16], bigEndian: true);

    /// <summary>The GUID of the hash partition that belongs to a root hash: the hash's last 128 bits.</summary>
    public static Guid VerityHash(Sha256Digest rootHash) => new(rootHash.Bytes[16..], bigEndian: true);

    private static byte[] Derive(Guid key, ReadOnlySpan<byte> text) =>
        HMACSHA256.HashData(key.ToByteArray(bigEndian: true), text);

    /// <summary>Marks the first 16 bytes as a random UUID (RFC 9562, version 4, variant 10).</summary>
    private static Guid Version4(ReadOnlySpan<byte> digest)
    {
        Span<byte> bytes = stackalloc byte[16];
        digest[..16].CopyTo(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
