using System.Diagnostics.CodeAnalysis;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Tar;

namespace Compose.Packages.Inputs.NuGetPackages;

/// <summary>Unpacks each NuGet package once: a record in the store, under the SHA-256 of its file, keeps what was in it.</summary>
internal sealed class UnpackedNuGetPackages(ContentStore store, ArchiveLimits? limits = null)
{
    /// <summary>It changes with what is made of a package: the modes, for example.</summary>
    private const string RecordKind = "nupkg-1";

    /// <summary>Whether the store has the package, or had its contents a moment ago.</summary>
    /// <param name="digest">The SHA-256 of the package's file.</param>
    /// <param name="isFileNeeded">Whether it has to have the file; else its contents are as good.</param>
    public bool IsPresent(Sha256Digest digest, bool isFileNeeded) =>
        (!isFileNeeded && (store.WasUsedJustNow(RecordKind, digest) || TryGet(digest, out _))) || store.TryGetBlob(digest, out _);

    /// <summary>The package's contents, unpacked now unless they were before.</summary>
    /// <param name="digest">The SHA-256 of the package's file.</param>
    /// <param name="name">The package's name and version, for messages.</param>
    /// <param name="isVerified">Whether the file was hashed just now. Else it is: it may have been damaged where it lay.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The contents; null when the store has neither them nor the package's file.</returns>
    /// <exception cref="DiagnosticException">The package is damaged, hostile or larger than allowed.</exception>
    public FileTree? GetOrUnpack(Sha256Digest digest, string name, bool isVerified, CancellationToken cancellationToken)
    {
        if (TryGet(digest, out var known))
        {
            return known;
        }

        if (!store.TryGetBlob(digest, out var package))
        {
            return null;
        }

        // A zip archive is not read in order, so reading it does not check it.
        if (!isVerified)
        {
            package.Verify();
        }

        var tree = new NuGetPackageReader(store, limits ?? ArchiveLimits.Default).Read(package, name, cancellationToken);
        store.WriteRecord(RecordKind, digest, record => FileTreeFile.Write(tree, record));
        return tree;
    }

    private bool TryGet(Sha256Digest digest, [NotNullWhen(true)] out FileTree? tree)
    {
        tree = null;
        if (!store.TryReadRecord(RecordKind, digest, out var record))
        {
            return false;
        }

        try
        {
            using var stream = new MemoryStream(record, writable: false);
            tree = FileTreeFile.Read(stream, store);
        }
        catch (Exception e) when (e is DiagnosticException or InvalidDataException or EndOfStreamException or FormatException)
        {
            // Damaged: unpacked anew.
            return false;
        }

        if (store.TryUseRecord(RecordKind, digest, tree))
        {
            return true;
        }

        tree = null;
        return false;
    }
}
