using Compose.FileTrees.Storage;
using Compose.Packages.Locking;

namespace Compose.Packages.Inputs.Archives;

/// <summary>Compares the archives of a lock file with those that a project asks for.</summary>
internal static class ArchiveDifferences
{
    /// <summary>What makes them unfit for the project; nothing when they fit.</summary>
    /// <param name="file">The lock file.</param>
    /// <param name="requests">What the project asks for.</param>
    /// <param name="store">Keeps the digests of files of this machine.</param>
    public static IReadOnlyList<string> Of(LockFile file, IReadOnlyList<ArchiveRequest> requests, ContentStore store)
    {
        var differences = new List<string>();
        var locked = (file.Archives ?? []).ToDictionary(archive => archive.Name, StringComparer.Ordinal);
        foreach (var request in requests.DistinctBy(request => request.Name))
        {
            if (!locked.Remove(request.Name, out var archive))
            {
                differences.Add($"the archive '{request.Name}' is asked for");
            }
            else if (Of(archive, request) is { } difference)
            {
                differences.Add($"the archive '{request.Name}': {difference}");
            }
            else if (HasChanged(archive, request, store))
            {
                differences.Add($"the archive '{request.Name}' has other bytes");
            }
        }

        differences.AddRange(locked.Keys.Order(StringComparer.Ordinal).Select(name => $"the archive '{name}' is no longer asked for"));
        return differences;
    }

    /// <summary>What makes a locked archive unfit for a request; null when it fits.</summary>
    public static string? Of(LockedArchive locked, ArchiveRequest request)
    {
        if (locked.Requested != request.Version)
        {
            return $"its version was '{locked.Requested}', is '{request.Version}'";
        }

        if (request.Sha256 is { } sha256 && sha256 != locked.Digest)
        {
            return $"its SHA-256 was {locked.Sha256}, is {sha256}";
        }

        return (locked.Signature, locked.Checksums, locked.ChecksumsSignature)
            == (Name(request.SignatureUrl), Name(request.ChecksumsUrl), Name(request.ChecksumsSignatureUrl))
            ? null
            : "it is to be checked by another signature or other checksums";
    }

    /// <summary>Whether a file of this machine is another than the one that is locked.</summary>
    public static bool HasChanged(LockedArchive locked, ArchiveRequest request, ContentStore store)
    {
        var address = ArchiveAddress.Of(request, request.Source, locked.Version);
        return address.IsFile && LocalArchive.DigestOf(address.LocalPath, store) is { } digest && digest != locked.Digest;
    }

    private static string? Name(string? address) => address is null ? null : Credentials.Remove(address);
}
