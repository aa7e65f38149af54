using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Compression;
using Compose.Formats.Tar;

namespace Compose.Formats.Oci;

/// <summary>Reads one layer (OCI Image Format Specification, "Image Layer Filesystem Changeset") in one pass.</summary>
public static class LayerReader
{
    private const int BufferSize = 128 * 1024;

    /// <summary>Reads a layer and checks that it is the one that the image's configuration names.</summary>
    /// <param name="packed">The layer as it is stored: a tar archive, plain or compressed with gzip or zstd.</param>
    /// <param name="diffId">The SHA-256 that the archive shall have before compression.</param>
    /// <param name="layer">The layer's name for messages.</param>
    /// <param name="store">Where the contents of its files go.</param>
    /// <param name="limits">How much it may hold.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">The layer is damaged, hostile, larger than allowed or another one.</exception>
    public static ImageLayer Read(
        FileContent packed,
        Sha256Digest diffId,
        string layer,
        ContentStore store,
        ArchiveLimits limits,
        CancellationToken cancellationToken = default)
    {
        TarEntry? entry = null;
        try
        {
            // What comes out is hashed, so what goes in need not be.
            using var input = new BufferedStream(packed is BlobContent blob ? blob.OpenUnchecked() : packed.OpenRead(), BufferSize);
            using var plain = new HashingStream(Decompression.Open(input, FormatOf(packed), limits.UnpackedBytesFor(packed.Length)));
            using var buffered = new BufferedStream(plain, BufferSize);
            using var transaction = store.BeginTransaction();
            var read = ReadEntries(buffered, layer, transaction, limits, next => entry = next, cancellationToken);
            var digest = plain.ReadToEnd(cancellationToken);
            if (digest != diffId)
            {
                throw new DiagnosticException(OciDiagnostics.BadLayer.Create(
                    $"{layer} is refused: unpacked it has the SHA-256 {digest}, and the image's configuration says {diffId}."));
            }

            transaction.Commit();
            return read with { DiffId = digest };
        }
        catch (InvalidDataException e)
        {
            throw new DiagnosticException(
                ArchiveDiagnostics.Malformed.Create($"{layer} cannot be read{Where(entry)}: {e.Message}"), e);
        }
        catch (SizeLimitException e)
        {
            throw new DiagnosticException(ArchiveDiagnostics.TooLarge.Create($"{layer} is not unpacked{Where(entry)}: {e.Message}."), e);
        }
    }

    private static string Where(TarEntry? entry) => entry is null ? "" : $" (at or after '{entry}')";

    private static CompressionFormat FormatOf(FileContent packed)
    {
        Span<byte> start = stackalloc byte[Decompression.MagicSize];
        var format = Decompression.FromMagic(start[..packed.ReadStart(start)]);
        return format is CompressionFormat.None or CompressionFormat.Gzip or CompressionFormat.Zstandard
            ? format
            : throw new InvalidDataException("it is compressed in a way that no layer is");
    }

    private static ImageLayer ReadEntries(
        Stream plain, string layer, StoreTransaction store, ArchiveLimits limits, Action<TarEntry> reached, CancellationToken cancellationToken)
    {
        using var contents = new StoredTarContents(store);

        // Engines accept layers without an end mark, and "umoci insert" makes them. The digest shows that nothing was cut off.
        var tar = new TarReader(plain, mayLackEnd: true);
        var tree = new TarTreeBuilder(layer, limits, ArchiveRules.Everything);
        var whiteouts = new WhiteoutSet(layer, limits);
        var links = new Dictionary<TreePath, TreePath>();
        var named = new HashSet<TreePath>();
        while (tar.TryReadNext(out var entry))
        {
            reached(entry);
            cancellationToken.ThrowIfCancellationRequested();
            if (whiteouts.TryTake(entry))
            {
                continue;
            }

            if (entry.Kind == TarEntryKind.HardLink && IsInLowerLayer(entry, tree, links, out var target))
            {
                links.Add(tree.Reserve(entry), target);
            }
            else if (tree.Accept(entry, out var path))
            {
                tree.Add(path, new FileEntry(entry.Metadata, contents.Keep(tar, entry.Length, cancellationToken)));
            }
            else if (entry.Kind == TarEntryKind.Directory)
            {
                named.Add(path);
            }
        }

        var files = tree.Build();
        return new ImageLayer
        {
            DiffId = default,
            Files = Without(files, links),
            PassedDirectories = [.. files.Where(item => item.Entry is DirectoryEntry && !named.Contains(item.Path)).Select(item => item.Path)],
            Whiteouts = whiteouts.Removed,
            OpaqueDirectories = whiteouts.OpaqueDirectories,
            Links = [.. links.OrderBy(link => link.Key).Select(link => new LayerLink(link.Key, link.Value))],
        };
    }

    /// <summary>Whether a hard link's target is not in this layer, and so has to be in one below.</summary>
    private static bool IsInLowerLayer(TarEntry entry, TarTreeBuilder tree, Dictionary<TreePath, TreePath> links, out TreePath target)
    {
        if (entry.LinkName.Span is [(byte)'/', ..] || !TreePath.TryParse(entry.LinkName.Span, out target) || target.IsRoot)
        {
            target = default;
            return false;
        }

        if (links.TryGetValue(target, out var lower))
        {
            target = lower;
            return true;
        }

        return !tree.Contains(target);
    }

    private static FileTree Without(FileTree files, Dictionary<TreePath, TreePath> links) =>
        links.Count == 0 ? files : FileTree.FromWalk([.. files.Where(item => !links.ContainsKey(item.Path))]);
}
