using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Compose.FileTrees;
using Compose.FileTrees.Caching;
using Compose.FileTrees.Storage;
using Compose.Formats.Cpio;

namespace Compose.Images.Disks;

/// <summary>
/// Packs an initrd, or takes it from the cache when the same one was packed before. The key is the digest of the tree with
/// the digests of its contents, and of all that decides what they are packed to: the level, the library, and the program
/// that chooses how it is used.
/// </summary>
internal static class PackedInitrd
{
    /// <summary>A cache is for small values: an initrd is kept in pieces.</summary>
    private const int PieceSize = 1024 * 1024;

    /// <summary>The key of the value that says how long the initrd is.</summary>
    private const int LengthIndex = -1;

    /// <summary>Gives the packed initrd.</summary>
    /// <param name="tree">Its files.</param>
    /// <param name="level">zstd's level.</param>
    /// <param name="cache">Where packed initrds are kept; null to pack always.</param>
    /// <param name="cancellationToken">Ends the work with an exception.</param>
    public static BytesContent Create(FileTree tree, int level, BlockCache? cache, CancellationToken cancellationToken)
    {
        if (cache is null || !IsStored(tree))
        {
            return new BytesContent(Pack(tree, level, cancellationToken));
        }

        using var session = cache.Open();
        var identity = IdentityOf(tree, level);
        if (!TryRead(session, identity, out var initrd))
        {
            initrd = Pack(tree, level, cancellationToken);
            Add(session, identity, initrd);
        }

        return new BytesContent(initrd);
    }

    private static byte[] Pack(FileTree tree, int level, CancellationToken cancellationToken)
    {
        using var packed = new MemoryStream();
        InitramfsWriter.Write(tree, packed, level, cancellationToken);
        return packed.ToArray();
    }

    /// <summary>Whether all contents are in a store, and so are known by their digests.</summary>
    private static bool IsStored(FileTree tree)
    {
        foreach (var item in tree.Items)
        {
            if (item.Entry is FileEntry { Content: not BlobContent })
            {
                return false;
            }
        }

        return true;
    }

    private static Sha256Digest IdentityOf(FileTree tree, int level)
    {
        using var bytes = new MemoryStream();
        bytes.Write(Encoding.UTF8.GetBytes($"initrd\n{level}\n{InitramfsWriter.Version}\n"));
        FileTreeFile.Write(tree, bytes);
        return Sha256Digest.Of(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
    }

    private static bool TryRead(BlockCacheSession session, Sha256Digest identity, [NotNullWhen(true)] out byte[]? initrd)
    {
        initrd = null;
        Span<byte> length = stackalloc byte[sizeof(int)];
        if (!TryReadValue(session, KeyOf(identity, LengthIndex), length))
        {
            return false;
        }

        var bytes = new byte[BinaryPrimitives.ReadUInt32LittleEndian(length)];
        for (var offset = 0; offset < bytes.Length; offset += PieceSize)
        {
            if (!TryReadValue(session, KeyOf(identity, offset), bytes.AsSpan(offset, Math.Min(PieceSize, bytes.Length - offset))))
            {
                return false;
            }
        }

        initrd = bytes;
        return true;
    }

    private static bool TryReadValue(BlockCacheSession session, Sha256Digest key, Span<byte> destination) =>
        session.TryFind(key, out var value) && value.Length == destination.Length && session.TryRead(value, destination);

    private static void Add(BlockCacheSession session, Sha256Digest identity, ReadOnlySpan<byte> initrd)
    {
        for (var offset = 0; offset < initrd.Length; offset += PieceSize)
        {
            session.Add(KeyOf(identity, offset), initrd[offset..Math.Min(initrd.Length, offset + PieceSize)]);
        }

        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)initrd.Length);
        session.Add(KeyOf(identity, LengthIndex), length);
    }

    private static Sha256Digest KeyOf(Sha256Digest identity, int index)
    {
        Span<byte> bytes = stackalloc byte[Sha256Digest.Size + sizeof(int)];
        identity.Bytes.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[Sha256Digest.Size..], index);
        return Sha256Digest.Of(bytes);
    }
}
