using System.Buffers;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Compression;
using Compose.Formats.Tar;

namespace Compose.Formats.Oci;

/// <summary>Images in a folder or in a tar archive of one (OCI Image Layout Specification 1.0).</summary>
public sealed class OciLayout
{
    private const string MarkerFile = "oci-layout";
    private const string IndexFile = "index.json";
    private const int MaximumMarker = 4096;
    private const int BufferSize = 128 * 1024;

    private readonly string _path;
    private readonly Func<string, FileContent?> _find;

    private OciLayout(string path, Func<string, FileContent?> find)
    {
        _path = path;
        _find = find;
        if (find(MarkerFile) is not { Length: <= MaximumMarker } marker)
        {
            throw Bad($"it has no file '{MarkerFile}'");
        }

        var version = OciDocumentReader.Parse(ReadAll(marker, MarkerFile), OciJson.Default.LayoutJson, "layout", path).ImageLayoutVersion;
        if (version != "1.0.0")
        {
            throw Bad("its version is not 1.0.0");
        }

        var index = find(IndexFile) ?? throw Bad($"it has no file '{IndexFile}'");
        Index = OciDocumentReader.Read(ReadAll(index, IndexFile), mediaType: null, path) as OciIndex
            ?? throw Bad($"its file '{IndexFile}' is not an index");
    }

    /// <summary>What <c>index.json</c> lists.</summary>
    public OciIndex Index { get; }

    /// <summary>Opens a layout.</summary>
    /// <param name="path">The absolute path of a folder, or of a tar archive, plain or compressed.</param>
    /// <param name="store">Where the files of an archive go: it is read once, from its start to its end.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">There is none, or it is damaged.</exception>
    public static OciLayout Open(string path, ContentStore store, CancellationToken cancellationToken = default)
    {
        try
        {
            return Directory.Exists(path) ? OpenFolder(path) : OpenArchive(path, store, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Bad(path, e is FileNotFoundException or DirectoryNotFoundException ? "it does not exist" : e.Message, e);
        }
    }

    /// <summary>The entry of the index for a tag.</summary>
    /// <param name="tag">The tag; null when the layout has one image only.</param>
    /// <exception cref="DiagnosticException">There is none, or several.</exception>
    public OciDescriptor Find(string? tag)
    {
        var found = Index.Manifests.Where(manifest => tag is null || manifest.ReferenceName == tag).DistinctBy(manifest => manifest.Digest).ToArray();
        if (found.Length == 1)
        {
            return found[0];
        }

        var names = Index.Manifests.Select(manifest => manifest.ReferenceName).OfType<string>().Distinct().ToArray();
        var offer = names.Length == 0 ? "None of its images has a tag." : $"Its tags: {string.Join(", ", names)}.";
        throw Bad(tag is null
            ? $"it has {found.Length} images. Name one by the item's Tag. {offer}"
            : $"it has {(found.Length == 0 ? "no image" : "several images")} with the tag '{tag}'. {offer}");
    }

    /// <summary>Reads a manifest, an index or a configuration.</summary>
    /// <exception cref="DiagnosticException">It is missing, too large, or not the one that the descriptor names.</exception>
    public byte[] ReadDocument(OciDescriptor descriptor)
    {
        var bytes = ReadAll(Content(descriptor), descriptor.DigestText);
        return Sha256Digest.Of(bytes) == descriptor.Digest ? bytes : throw WrongBytes(descriptor);
    }

    /// <summary>Copies a blob into a store, hashing it on the way.</summary>
    /// <exception cref="DiagnosticException">It is missing, or not the one that the descriptor names.</exception>
    public BlobContent CopyTo(ContentStore store, OciDescriptor descriptor, CancellationToken cancellationToken = default)
    {
        if (store.TryGetBlob(descriptor.Digest, out var existing) && existing.Length == descriptor.Size)
        {
            return existing;
        }

        var content = Content(descriptor);
        if (content is BlobContent stored)
        {
            throw stored.Digest == descriptor.Digest ? Bad("its archive changed while it was read") : WrongBytes(descriptor);
        }

        try
        {
            using var source = content.OpenRead();
            using var blob = store.BeginBlob();
            Copy(source, blob, descriptor.Size, cancellationToken);
            return blob.Commit(descriptor.Digest) ?? throw WrongBytes(descriptor);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Bad($"{descriptor.DigestText} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Copies no more than makes a wrong size show: what is read may have no end.</summary>
    private static void Copy(Stream source, BlobWriter blob, long size, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int read;
            while (blob.Length <= size && (read = source.Read(buffer)) > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                blob.Write(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static OciLayout OpenFolder(string path) => new(path, name => FileAt(Path.Combine(path, name)));

    /// <summary>A file of a folder. Build tools make layouts of links to blobs that lie elsewhere.</summary>
    private static HostFileContent? FileAt(string path)
    {
        try
        {
            var file = new FileInfo(path);
            file = file.LinkTarget is null ? file : (FileInfo)file.ResolveLinkTarget(returnFinalTarget: true)!;
            return file.Exists ? new HostFileContent(file.FullName, file.Length) : null;
        }
        catch (IOException)
        {
            // Links in a circle.
            return null;
        }
    }

    private static OciLayout OpenArchive(string path, ContentStore store, CancellationToken cancellationToken)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferSize, FileOptions.SequentialScan);
        Span<byte> start = stackalloc byte[Decompression.MagicSize];
        var format = Decompression.FromMagic(start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]);
        file.Position = 0;
        var limits = ArchiveLimits.Default;
        using var tar = new BufferedStream(Decompression.Open(file, format, limits.UnpackedBytesFor(file.Length)), BufferSize);
        using var transaction = store.BeginTransaction();
        var tree = TarTreeReader.Read(tar, $"'{path}'", transaction, limits, cancellationToken);
        transaction.Commit();
        return new OciLayout(path, name => tree.TryGet(TreePath.Parse(name), out var entry) ? (entry as FileEntry)?.Content : null);
    }

    private FileContent Content(OciDescriptor descriptor)
    {
        var content = _find($"blobs/sha256/{descriptor.Digest}") ?? throw Bad($"it lacks the blob {descriptor.DigestText}");
        return content.Length == descriptor.Size
            ? content
            : throw Bad($"its blob {descriptor.DigestText} has {content.Length} bytes, and {descriptor.Size} are said");
    }

    private byte[] ReadAll(FileContent content, string name)
    {
        if (content.Length > OciDocumentReader.MaximumSize)
        {
            throw OciDocumentReader.Bad(_path, $"'{name}' has {content.Length} bytes, and {OciDocumentReader.MaximumSize} are allowed");
        }

        try
        {
            var bytes = new byte[content.Length];
            using var stream = content.OpenRead();
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Bad($"'{name}' cannot be read: {e.Message}", e);
        }
    }

    private DiagnosticException WrongBytes(OciDescriptor descriptor) => Bad($"its blob {descriptor.DigestText} has other bytes");

    private DiagnosticException Bad(string reason, Exception? inner = null) => Bad(_path, reason, inner);

    private static DiagnosticException Bad(string path, string reason, Exception? inner) =>
        new(OciDiagnostics.BadLayout.Create($"'{path}' is not a usable OCI image layout: {reason.TrimEnd('.')}."), inner);
}
