using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Elf;
using Compose.Formats.Tar;

namespace Compose.Packages.Inputs.NuGetPackages;

/// <summary>
/// Reads the file of a NuGet package: a zip archive by the Open Packaging Conventions (ECMA-376 part 2), in which names are
/// parts of addresses. It has no modes: programs are found by their contents.
/// </summary>
internal sealed class NuGetPackageReader(ContentStore store, ArchiveLimits limits)
{
    private const int CopyBufferSize = 128 * 1024;

    /// <summary>What belongs to the packaging and not to the content.</summary>
    private static readonly TreePath[] PackagingParts =
        [TreePath.Parse("_rels"), TreePath.Parse("package"), TreePath.Parse("[Content_Types].xml"), TreePath.Parse(".signature.p7s")];

    private readonly byte[] _buffer = new byte[CopyBufferSize];

    /// <summary>Puts the contents of a package into the store.</summary>
    /// <param name="package">The package's file.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">The package is damaged, hostile or larger than allowed.</exception>
    public FileTree Read(FileContent package, string name, CancellationToken cancellationToken)
    {
        try
        {
            using var stream = package.OpenRead();
            using var archive = new ZipArchive(stream, ZipArchiveMode.Read);
            if (archive.Entries.Count > limits.Entries)
            {
                throw Bad(ArchiveDiagnostics.TooLarge, name, $"it has {archive.Entries.Count} entries, and {limits.Entries} are allowed");
            }

            return ReadEntries(archive, name, limits.UnpackedBytesFor(package.Length), cancellationToken);
        }
        catch (InvalidDataException e)
        {
            throw new DiagnosticException(ArchiveDiagnostics.Malformed.Create($"The NuGet package {name} is damaged: {e.Message}"), e);
        }
        catch (InvalidFileTreeException e)
        {
            throw new DiagnosticException(ArchiveDiagnostics.Contradiction.Create($"The NuGet package {name} cannot be unpacked: {e.Message}"), e);
        }
    }

    private FileTree ReadEntries(ZipArchive archive, string name, long room, CancellationToken cancellationToken)
    {
        var builder = new FileTreeBuilder();
        foreach (var entry in archive.Entries)
        {
            if (entry.FullName.EndsWith('/'))
            {
                continue;
            }

            cancellationToken.ThrowIfCancellationRequested();
            var path = PathOf(entry, name);
            if (PackagingParts.Any(path.IsWithin))
            {
                continue;
            }

            if (builder[path] is not null)
            {
                throw Bad(ArchiveDiagnostics.Contradiction, name, $"it has '{path}' twice");
            }

            if (entry.Length > room)
            {
                throw Bad(ArchiveDiagnostics.TooLarge, name, $"it unpacks to more than the {limits.UnpackedBytesFor(0)} bytes that are allowed, at '{path}'");
            }

            room -= entry.Length;
            builder.Set(path, Copy(entry, path, name, cancellationToken));
        }

        return builder.Build();
    }

    private FileEntry Copy(ZipArchiveEntry entry, TreePath path, string name, CancellationToken cancellationToken)
    {
        using var source = entry.Open();
        using var blob = store.BeginBlob();
        var checksum = new Crc32();
        var isProgram = false;
        long total = 0;
        int read;
        while ((read = source.ReadAtLeast(_buffer, _buffer.Length, throwOnEndOfStream: false)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            isProgram = total == 0 ? ProgramFile.IsProgram(_buffer.AsSpan(0, Math.Min(read, ProgramFile.StartSize))) : isProgram;
            total += read;
            if (total > entry.Length)
            {
                break;
            }

            checksum.Append(_buffer.AsSpan(0, read));
            blob.Write(_buffer, 0, read);
        }

        // The checksum shows a size that is too small: the runtime stops there without a word.
        return total == entry.Length && checksum.GetCurrentHashAsUInt32() == entry.Crc32
            ? new FileEntry(isProgram ? EntryMetadata.Executable : EntryMetadata.File, blob.Commit())
            : throw Bad(ArchiveDiagnostics.Contradiction, name, $"'{path}' does not have the size or the checksum that the archive says");
    }

    private TreePath PathOf(ZipArchiveEntry entry, string name)
    {
        var unescaped = Uri.UnescapeDataString(entry.FullName);
        return !unescaped.StartsWith('/') && !unescaped.Contains('\\', StringComparison.Ordinal)
            && TreePath.TryParse(Encoding.UTF8.GetBytes(unescaped), out var path) && !path.IsRoot && path.Depth <= limits.Depth
                ? path
                : throw Bad(ArchiveDiagnostics.UnsafePath, name, $"it has an entry '{TreePath.Describe(Encoding.UTF8.GetBytes(entry.FullName))}'");
    }

    private static DiagnosticException Bad(DiagnosticDescriptor descriptor, string name, string reason) =>
        new(descriptor.Create($"The NuGet package {name} cannot be unpacked: {reason}."));
}
