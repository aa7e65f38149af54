using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Compose.FileTrees;
using Compose.FileTrees.Storage;

namespace Compose.Packages.Inputs.Archives;

/// <summary>
/// The digest of an archive on the build host. It is kept with the file's size and time, so that a file that stays is read
/// once.
/// </summary>
internal static class LocalArchive
{
    private const string RecordKind = "file-sha256";

    /// <summary>The digest of the file's bytes; null when there is no such file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static Sha256Digest? DigestOf(string path, ContentStore store)
    {
        if (StateOf(path) is not { } key)
        {
            return null;
        }

        if (store.TryReadRecord(RecordKind, key, out var record) && record.Length == Sha256Digest.Size)
        {
            return new Sha256Digest(record);
        }

        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
        var digest = new Sha256Digest(SHA256.HashData(stream));
        Remember(key, digest, store);
        return digest;
    }

    /// <summary>What stands for the file as it is now; null when there is none.</summary>
    public static Sha256Digest? StateOf(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            return null;
        }

        var state = string.Create(CultureInfo.InvariantCulture, $"{file.FullName}\0{file.Length}\0{file.LastWriteTimeUtc.Ticks}");
        return Sha256Digest.Of(Encoding.UTF8.GetBytes(state));
    }

    /// <summary>Keeps the digest of a file that was read while it was in a state.</summary>
    public static void Remember(Sha256Digest state, Sha256Digest digest, ContentStore store) => store.WriteRecord(RecordKind, state, digest.Bytes);
}
