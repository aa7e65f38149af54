using System.Diagnostics.CodeAnalysis;
using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Tar;

namespace Compose.Formats.Oci;

/// <summary>
/// Unpacks each layer once, for all images that share it: a record in the store, under the SHA-256 of the layer as it is
/// stored, keeps what was in it.
/// </summary>
public sealed class UnpackedLayers(ContentStore store, ArchiveLimits? limits = null)
{
    private const string RecordKind = "layer";
    private const int FormatVersion = 1;
    private const int MaximumPath = 1024 * 1024;

    private readonly ArchiveLimits _limits = limits ?? ArchiveLimits.Default;

    /// <summary>Whether the layer was unpacked before, and the store holds all of it or did so a moment ago.</summary>
    /// <param name="digest">The SHA-256 of the layer as it is stored.</param>
    public bool IsUnpacked(Sha256Digest digest) => store.WasUsedJustNow(RecordKind, digest) || TryGet(digest, out _);

    /// <summary>What was unpacked before, when the store still holds all of it.</summary>
    /// <param name="digest">The SHA-256 of the layer as it is stored.</param>
    /// <param name="layer">The layer.</param>
    public bool TryGet(Sha256Digest digest, [NotNullWhen(true)] out ImageLayer? layer)
    {
        layer = null;
        if (!store.TryReadRecord(RecordKind, digest, out var record))
        {
            return false;
        }

        try
        {
            layer = Read(record);
        }
        catch (Exception e) when (e is DiagnosticException or InvalidDataException or EndOfStreamException or FormatException)
        {
            // Damaged or of another version: unpacked anew.
            return false;
        }

        if (layer is not null && store.TryUseRecord(RecordKind, digest, layer.Files))
        {
            return true;
        }

        layer = null;
        return false;
    }

    /// <summary>The layer, unpacked now unless it was before.</summary>
    /// <param name="packed">The layer as it is stored.</param>
    /// <param name="diffId">The SHA-256 that the image's configuration names for it.</param>
    /// <param name="name">The layer's name for messages.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">
    /// The layer is damaged, hostile, larger than allowed or another one; or it was damaged in the store, and is no longer there.
    /// </exception>
    public ImageLayer GetOrUnpack(BlobContent packed, Sha256Digest diffId, string name, CancellationToken cancellationToken = default)
    {
        if (TryGet(packed.Digest, out var known) && known.DiffId == diffId)
        {
            return known;
        }

        try
        {
            var layer = LayerReader.Read(packed, diffId, name, store, _limits, cancellationToken);
            store.WriteRecord(RecordKind, packed.Digest, record => Write(layer, record));
            return layer;
        }
        catch (DiagnosticException)
        {
            // A layer that was damaged where it lay says nothing of the image.
            if (packed.IsPresent)
            {
                packed.Verify();
            }

            throw;
        }
    }

    private static void Write(ImageLayer layer, Stream record)
    {
        using (var writer = new BinaryWriter(record, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(FormatVersion);
            writer.Write(layer.DiffId.Bytes);
            WritePaths(writer, layer.PassedDirectories);
            WritePaths(writer, layer.Whiteouts);
            WritePaths(writer, layer.OpaqueDirectories);
            WritePaths(writer, [.. layer.Links.Select(link => link.Path)]);
            WritePaths(writer, [.. layer.Links.Select(link => link.Target)]);
        }

        FileTreeFile.Write(layer.Files, record);
    }

    private ImageLayer? Read(byte[] record)
    {
        using var stream = new MemoryStream(record, writable: false);
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        if (reader.ReadInt32() != FormatVersion)
        {
            return null;
        }

        Span<byte> diffId = stackalloc byte[Sha256Digest.Size];
        stream.ReadExactly(diffId);
        var passed = ReadPaths(reader);
        var whiteouts = ReadPaths(reader);
        var opaque = ReadPaths(reader);
        var links = ReadPaths(reader).Zip(ReadPaths(reader), (path, target) => new LayerLink(path, target));
        return new ImageLayer
        {
            DiffId = new Sha256Digest(diffId),
            PassedDirectories = passed,
            Whiteouts = whiteouts,
            OpaqueDirectories = opaque,
            Links = [.. links],
            Files = FileTreeFile.Read(stream, store),
        };
    }

    private static void WritePaths(BinaryWriter writer, IReadOnlyList<TreePath> paths)
    {
        writer.Write(paths.Count);
        foreach (var path in paths)
        {
            writer.Write(path.Bytes.Length);
            writer.Write(path.Bytes);
        }
    }

    private static List<TreePath> ReadPaths(BinaryReader reader)
    {
        var paths = new List<TreePath>();
        for (var count = reader.ReadInt32(); count > 0; count--)
        {
            var length = reader.ReadInt32();
            if (length is < 0 or > MaximumPath || !TreePath.TryParse(reader.ReadBytes(length), out var path))
            {
                throw new InvalidDataException("The record of a layer is damaged.");
            }

            paths.Add(path);
        }

        return paths;
    }
}
