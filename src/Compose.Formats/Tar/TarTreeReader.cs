using System.Buffers;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Compression;

namespace Compose.Formats.Tar;

/// <summary>
/// Makes a tree from a tar archive in one pass: contents go straight into a <see cref="ContentStore"/>. Nothing is
/// written at the entries' paths, so an archive cannot reach anything outside.
/// </summary>
public static class TarTreeReader
{
    /// <summary>Up to this size a file is read at once, so that one that the store has already is not written again.</summary>
    private const int SmallFile = 256 * 1024;

    /// <summary>Reads an archive.</summary>
    /// <param name="source">The tar archive, decompressed.</param>
    /// <param name="archive">The archive's name for messages.</param>
    /// <param name="store">Where the contents go.</param>
    /// <param name="limits">How much the archive may hold.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">The archive is damaged, hostile or larger than allowed.</exception>
    public static FileTree Read(
        Stream source, string archive, ContentStore store, ArchiveLimits limits, CancellationToken cancellationToken = default)
    {
        var tar = new TarReader(source);
        var tree = new TarTreeBuilder(archive, limits);
        TarEntry? entry = null;
        var buffer = ArrayPool<byte>.Shared.Rent(SmallFile);
        try
        {
            while (tar.TryReadNext(out var next))
            {
                entry = next;
                cancellationToken.ThrowIfCancellationRequested();
                if (tree.Accept(entry, out var path))
                {
                    var content = Store(tar, entry.Length, store, buffer, cancellationToken);
                    tree.Add(path, new FileEntry(entry.Metadata, content));
                }
            }

            return tree.Build();
        }
        catch (InvalidDataException e)
        {
            var where = entry is null ? string.Empty : $" (at or after '{entry}')";
            throw new DiagnosticException(ArchiveDiagnostics.Malformed.Create($"{archive} cannot be read{where}: {e.Message}"), e);
        }
        catch (SizeLimitException e)
        {
            throw new DiagnosticException(
                ArchiveDiagnostics.TooLarge.Create($"{archive} is not unpacked: {e.Message} ('{entry}')."), e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static BlobContent Store(
        TarReader tar, long length, ContentStore store, byte[] buffer, CancellationToken cancellationToken)
    {
        int read;
        if (length <= SmallFile)
        {
            var filled = 0;
            while ((read = tar.ReadContent(buffer.AsSpan(filled))) > 0)
            {
                filled += read;
            }

            return store.Add(buffer.AsSpan(0, filled));
        }

        using var blob = store.BeginBlob();
        while ((read = tar.ReadContent(buffer)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            blob.Write(buffer.AsSpan(0, read));
        }

        return blob.Commit();
    }
}
