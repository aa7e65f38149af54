using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Compression;

namespace Compose.Formats.Tar;

/// <summary>
/// Makes a tree from a tar archive in one pass: contents go straight to where they are kept. Nothing is written at the
/// entries' paths, so an archive cannot reach anything outside.
/// </summary>
public static class TarTreeReader
{
    /// <summary>Reads an archive.</summary>
    /// <param name="source">The tar archive, decompressed.</param>
    /// <param name="archive">The archive's name for messages.</param>
    /// <param name="store">Where the contents go. They can be read once it is committed.</param>
    /// <param name="limits">How much the archive may hold.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">The archive is damaged, hostile or larger than allowed.</exception>
    public static FileTree Read(
        Stream source, string archive, StoreTransaction store, ArchiveLimits limits, CancellationToken cancellationToken = default)
    {
        using var contents = new StoredTarContents(store);
        return Read(source, archive, contents, limits, cancellationToken);
    }

    /// <inheritdoc cref="Read(Stream, string, StoreTransaction, ArchiveLimits, CancellationToken)"/>
    /// <param name="source">The tar archive, decompressed.</param>
    /// <param name="archive">The archive's name for messages.</param>
    /// <param name="contents">Keeps the contents.</param>
    /// <param name="limits">How much the archive may hold.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static FileTree Read(
        Stream source, string archive, ITarContents contents, ArchiveLimits limits, CancellationToken cancellationToken = default) =>
        Read(source, archive, contents, limits, ArchiveRules.Everything, cancellationToken);

    /// <inheritdoc cref="Read(Stream, string, StoreTransaction, ArchiveLimits, CancellationToken)"/>
    /// <param name="source">The tar archive, decompressed.</param>
    /// <param name="archive">The archive's name for messages.</param>
    /// <param name="store">Where the contents go. They can be read once it is committed.</param>
    /// <param name="limits">How much the archive may hold.</param>
    /// <param name="rules">What the archive may hold.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static FileTree Read(
        Stream source, string archive, StoreTransaction store, ArchiveLimits limits, ArchiveRules rules, CancellationToken cancellationToken = default)
    {
        using var contents = new StoredTarContents(store);
        return Read(source, archive, contents, limits, rules, cancellationToken);
    }

    private static FileTree Read(
        Stream source, string archive, ITarContents contents, ArchiveLimits limits, ArchiveRules rules, CancellationToken cancellationToken)
    {
        var tar = new TarReader(source);
        var tree = new TarTreeBuilder(archive, limits, rules);
        TarEntry? entry = null;
        try
        {
            while (tar.TryReadNext(out var next))
            {
                entry = next;
                cancellationToken.ThrowIfCancellationRequested();
                if (tree.Accept(entry, out var path))
                {
                    var content = contents.Keep(tar, entry.Length, cancellationToken);
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
    }
}
