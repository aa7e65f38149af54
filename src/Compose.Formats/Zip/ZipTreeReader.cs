using System.Buffers;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Tar;

namespace Compose.Formats.Zip;

/// <summary>
/// Makes a tree from a zip archive (APPNOTE 6.3.10, with zip64; stored and deflated entries). Contents go straight to the
/// store, and nothing is written at the entries' paths.
/// </summary>
public static class ZipTreeReader
{
    /// <summary>Up to this size a file is read at once, so that one that the store has already is not written again.</summary>
    private const int SmallFile = 256 * 1024;

    private const int MaximumLinkName = 4096;

    /// <summary>Reads an archive.</summary>
    /// <param name="source">The archive; it can be positioned.</param>
    /// <param name="archive">The archive's name for messages.</param>
    /// <param name="store">Where the contents go. They can be read once it is committed.</param>
    /// <param name="limits">How much the archive may hold.</param>
    /// <param name="rules">What the archive may hold.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">The archive is damaged, hostile or larger than allowed.</exception>
    public static FileTree Read(
        Stream source, string archive, StoreTransaction store, ArchiveLimits limits, ArchiveRules rules, CancellationToken cancellationToken = default)
    {
        ZipEntry? entry = null;
        var buffer = ArrayPool<byte>.Shared.Rent(SmallFile);
        try
        {
            var directory = ZipDirectory.Open(source);
            CheckClaims(directory, archive, limits with { UnpackedBytes = limits.UnpackedBytesFor(source.Length) });
            var tree = new TarTreeBuilder(archive, limits, rules);
            foreach (var next in directory.ReadEntries())
            {
                entry = next;
                cancellationToken.ThrowIfCancellationRequested();
                using var data = ZipEntryData.Open(source, entry, directory);
                var archiveEntry = entry.ToArchiveEntry(entry.Kind == TarEntryKind.Symlink ? ReadLinkName(entry, data, buffer) : default);
                if (tree.Accept(archiveEntry, out var path))
                {
                    tree.Add(path, new FileEntry(entry.Metadata, Keep(entry, data, store, buffer, cancellationToken)));
                }
                else if (entry.Kind != TarEntryKind.Symlink && entry.Size != 0)
                {
                    throw new InvalidDataException("it is no file and has content");
                }
            }

            return tree.Build();
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            var what = entry is null ? "cannot be read" : $"cannot be read at '{entry}'";
            throw new DiagnosticException(ArchiveDiagnostics.Malformed.Create($"{archive} {what}: {e.Message.TrimEnd('.')}."), e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Checks all that the directory claims before anything is unpacked: sizes, and that no two entries share bytes.</summary>
    private static void CheckClaims(ZipDirectory directory, string archive, ArchiveLimits limits)
    {
        if (directory.Count > limits.Entries)
        {
            throw TooLarge(archive, $"it holds {directory.Count} entries, and {limits.Entries} are allowed");
        }

        long total = 0;
        var ranges = new List<(long Start, long End)>();
        foreach (var entry in directory.ReadEntries())
        {
            // Each size is within the limit before it is added, so the sum stays a number.
            if (entry.Size > limits.UnpackedBytes || (total += entry.Size) > limits.UnpackedBytes)
            {
                throw TooLarge(archive, $"with '{entry}' it unpacks to more than the {limits.UnpackedBytes} bytes that are allowed");
            }

            var start = Math.Min(entry.Offset, directory.Start);
            ranges.Add((start, start + ZipEntryData.LocalHeaderSize + entry.Name.Length + Math.Min(entry.CompressedSize, directory.Start)));
        }

        ranges.Sort();
        for (var i = 1; i < ranges.Count; i++)
        {
            if (ranges[i].Start <= ranges[i - 1].Start || ranges[i].Start < ranges[i - 1].End)
            {
                // Names are not kept, so the entry is looked for again.
                var second = directory.ReadEntries().Last(entry => Math.Min(entry.Offset, directory.Start) == ranges[i].Start);
                throw new DiagnosticException(ArchiveDiagnostics.Contradiction.Create(
                    $"{archive} is refused: '{second}' and another entry share the bytes at {ranges[i].Start}."));
            }
        }
    }

    private static byte[] ReadLinkName(ZipEntry entry, ZipEntryData data, byte[] buffer)
    {
        if (entry.Size > MaximumLinkName)
        {
            throw new InvalidDataException($"it is a symbolic link with a target of {entry.Size} bytes");
        }

        return buffer.AsSpan(0, ReadAll(data, buffer)).ToArray();
    }

    private static BlobContent Keep(ZipEntry entry, ZipEntryData data, StoreTransaction store, byte[] buffer, CancellationToken cancellationToken)
    {
        if (entry.Size < SmallFile)
        {
            return store.Add(buffer.AsSpan(0, ReadAll(data, buffer)));
        }

        using var blob = store.BeginBlob();
        int read;
        while ((read = data.Read(buffer)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            blob.Write(buffer.AsSpan(0, read));
        }

        return blob.Commit();
    }

    /// <summary>Reads to the end, where the checksum is compared. The buffer has more room than the entry's size.</summary>
    private static int ReadAll(ZipEntryData data, byte[] buffer)
    {
        var filled = 0;
        int read;
        while ((read = data.Read(buffer.AsSpan(filled))) > 0)
        {
            filled += read;
        }

        return filled;
    }

    private static DiagnosticException TooLarge(string archive, string reason) =>
        new(ArchiveDiagnostics.TooLarge.Create($"{archive} is refused: {reason}."));
}
