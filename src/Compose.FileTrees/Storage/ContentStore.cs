using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.IO.Hashing;
using System.Security.Cryptography;
using Compose.FileTrees.HostFiles;

namespace Compose.FileTrees.Storage;

/// <summary>
/// Keeps file contents by their SHA-256 in a folder of the user, and small records by a key. Everything is written to a
/// temporary name and renamed, so several builds may use one folder at the same time and a killed build leaves nothing
/// half-written under a final name.
/// </summary>
/// <remarks>
/// <c>blobs/ab/cdef…</c> holds contents, <c>records/KIND/ab/cdef…</c> records, <c>blocks/</c> compressed blocks,
/// <c>partial/</c> what is being written. The time of a file's last change is that of its last use, and that of <c>removed</c>
/// the last time that something was taken out.
/// </remarks>
public sealed class ContentStore
{
    private const int CopyBufferSize = 128 * 1024;

    /// <summary>What was not written to for so long was left by a killed build. Downloads are resumed until then.</summary>
    private static readonly TimeSpan AbandonedAge = TimeSpan.FromDays(1);

    /// <summary>The kind of the records that name downloads.</summary>
    internal const string DownloadKind = "download";

    private readonly string _removed;

    /// <summary>Opens the store in a folder, which is made when it is missing.</summary>
    /// <param name="directory">An absolute path.</param>
    public ContentStore(string directory)
    {
        Directory = Path.GetFullPath(directory);
        BlobDirectory = Path.Combine(Directory, "blobs");
        RecordDirectory = Path.Combine(Directory, "records");
        _removed = Path.Combine(Directory, "removed");
        PartialDirectory = Path.Combine(Directory, "partial");
        System.IO.Directory.CreateDirectory(BlobDirectory);
        System.IO.Directory.CreateDirectory(PartialDirectory);
        AbandonedFiles.Delete(PartialDirectory, "*", AbandonedAge);
    }

    /// <summary>The store's folder.</summary>
    public string Directory { get; }

    /// <summary>Where unfinished files are. It is on the same file system as the blobs.</summary>
    public string PartialDirectory { get; }

    /// <summary>Where the contents are.</summary>
    internal string BlobDirectory { get; }

    /// <summary>Where the records are, in a folder for each kind.</summary>
    internal string RecordDirectory { get; }

    /// <summary>Where the compressed blocks of earlier images are; see <see cref="Caching.BlockCache"/>.</summary>
    public string BlockCacheDirectory => BlockCacheDirectoryOf(Directory);

    /// <summary>
    /// The folder to use when a project does not set <c>ComposeCacheDirectory</c>: <c>compose</c> in the user's cache folder.
    /// </summary>
    public static string DefaultDirectory
    {
        get
        {
            var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            if (!string.IsNullOrEmpty(cache) && Path.IsPathRooted(cache))
            {
                return Path.Combine(cache, "compose");
            }

            return OperatingSystem.IsWindows()
                ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "compose", "cache")
                : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "compose");
        }
    }

    /// <summary>The <see cref="BlockCacheDirectory"/> of the store in a folder, which need not exist.</summary>
    public static string BlockCacheDirectoryOf(string directory) => Path.Combine(directory, "blocks");

    /// <summary>Adds bytes; when they are there already, nothing is written.</summary>
    public BlobContent Add(ReadOnlySpan<byte> bytes)
    {
        var digest = Sha256Digest.Of(bytes);
        if (TryGetBlob(digest, out var existing) && existing.Length == bytes.Length)
        {
            return existing;
        }

        var partial = NewPartialPath();
        try
        {
            using (var file = File.OpenHandle(partial, FileMode.CreateNew, FileAccess.Write, preallocationSize: bytes.Length))
            {
                RandomAccess.Write(file, bytes, 0);
            }

            return Publish(partial, digest, bytes.Length);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <summary>Adds the rest of a stream, hashing it while it is copied.</summary>
    public BlobContent Add(Stream source, CancellationToken cancellationToken = default)
    {
        using var blob = BeginBlob();
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(CopyBufferSize);
        try
        {
            int read;
            while ((read = source.Read(buffer, 0, buffer.Length)) > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                blob.Write(buffer, 0, read);
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }

        return blob.Commit();
    }

    /// <summary>Begins a blob that is written piece by piece. It exists only once it is committed.</summary>
    public BlobWriter BeginBlob() => new(NewPartialPath(), Publish);

    /// <summary>Begins to add several contents and records, which come into the store together or not at all.</summary>
    public StoreTransaction BeginTransaction() => new(this, NewPartialPath());

    /// <summary>Looks up a content, which counts as a use. Its bytes are not read.</summary>
    public bool TryGetBlob(Sha256Digest digest, [NotNullWhen(true)] out BlobContent? content)
    {
        content = null;
        var file = new FileInfo(BlobPath(digest));
        if (!file.Exists)
        {
            return false;
        }

        LastUse.Note(file);
        content = new BlobContent(this, digest, file.Length);
        return true;
    }

    /// <summary>A reference to a content that the store should hold; whether it does shows when it is read.</summary>
    public BlobContent Reference(Sha256Digest digest, long length) => new(this, digest, length);

    /// <summary>Takes a content out, because it is damaged or no longer wanted.</summary>
    public void Remove(Sha256Digest digest)
    {
        File.Delete(BlobPath(digest));
        NoteRemoval();
    }

    /// <summary>Takes a content out to which no record refers.</summary>
    public void Discard(Sha256Digest digest) => File.Delete(BlobPath(digest));

    /// <summary>Notes that a content came from elsewhere, and under which name.</summary>
    public void NoteDownload(Sha256Digest digest, string name) =>
        WriteRecord(DownloadKind, digest, System.Text.Encoding.UTF8.GetBytes(name));

    /// <summary>The name under which a content came from elsewhere; null when it did not, or that is not known.</summary>
    public string? DownloadName(Sha256Digest digest) =>
        TryReadRecord(DownloadKind, digest, out var name) ? System.Text.Encoding.UTF8.GetString(name) : null;

    /// <summary>Reads a record. The reader checks what it says: a record may come from an older version.</summary>
    /// <param name="kind">What sort of record, a file name.</param>
    /// <param name="key">The digest of all that the record depends on.</param>
    /// <param name="record">The record's bytes.</param>
    /// <returns>False when there is none, or it is damaged.</returns>
    public bool TryReadRecord(string kind, Sha256Digest key, [NotNullWhen(true)] out byte[]? record)
    {
        record = null;
        try
        {
            using var file = File.OpenHandle(RecordPath(kind, key));
            var length = RandomAccess.GetLength(file) - sizeof(ulong);
            if (length < 0 || length > Array.MaxLength)
            {
                return false;
            }

            var bytes = new byte[length];
            Span<byte> checksum = stackalloc byte[sizeof(ulong)];
            if (RandomAccess.Read(file, bytes, 0) == length
                && RandomAccess.Read(file, checksum, length) == sizeof(ulong)
                && BinaryPrimitives.ReadUInt64LittleEndian(checksum) == ChecksumOf(key, bytes))
            {
                record = bytes;
            }
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // There is none.
        }

        return record is not null;
    }

    /// <summary>Writes a record with its checksum; one that is there is replaced.</summary>
    public void WriteRecord(string kind, Sha256Digest key, ReadOnlySpan<byte> record)
    {
        Span<byte> checksum = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(checksum, ChecksumOf(key, record));
        var partial = NewPartialPath();
        try
        {
            using (var file = File.OpenHandle(partial, FileMode.CreateNew, FileAccess.Write))
            {
                RandomAccess.Write(file, record, 0);
                RandomAccess.Write(file, checksum, record.Length);
            }

            PublishRecord(partial, kind, key);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <inheritdoc cref="WriteRecord(string, Sha256Digest, ReadOnlySpan{byte})"/>
    /// <param name="kind">What sort of record, a file name.</param>
    /// <param name="key">The digest of all that the record depends on.</param>
    /// <param name="write">Writes the record: one of many entries need not be in memory as a whole.</param>
    public void WriteRecord(string kind, Sha256Digest key, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var partial = NewPartialPath();
        try
        {
            RecordWriter.Write(partial, ChecksumSeed(key), write);
            PublishRecord(partial, kind, key);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <summary>Takes the finished file of a record in, by renaming it; one that is there is replaced.</summary>
    private void PublishRecord(string partial, string kind, Sha256Digest key)
    {
        var path = RecordPath(kind, key);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Move(partial, path, overwrite: true);
    }

    /// <summary>
    /// Whether a record was used a moment ago, and nothing was taken out of the store since: what it refers to need not be
    /// looked for again.
    /// </summary>
    public bool WasUsedJustNow(string kind, Sha256Digest key)
    {
        // A file that is missing has a time long ago.
        var time = File.GetLastWriteTimeUtc(RecordPath(kind, key));
        return DateTime.UtcNow - time < LastUse.Resolution && time > File.GetLastWriteTimeUtc(_removed);
    }

    /// <summary>Notes that a record is used, and that all that it refers to is there.</summary>
    public void NoteUse(string kind, Sha256Digest key) => LastUse.Set(RecordPath(kind, key));

    /// <summary>Where a record lies; the file may be missing.</summary>
    public string RecordPath(string kind, Sha256Digest key) => Fan(Path.Combine(RecordDirectory, kind), key);

    /// <summary>Notes that a content is no longer there: what refers to it is looked at again.</summary>
    internal void NoteRemoval()
    {
        try
        {
            using (File.OpenHandle(_removed, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite))
            {
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A store that cannot be written: whoever deleted from it is told by what he did.
        }

        LastUse.Set(_removed);
    }

    /// <summary>Where a content lies; the file may be missing.</summary>
    public string BlobPath(Sha256Digest digest) => Fan(BlobDirectory, digest);

    /// <summary>Takes a finished file of <see cref="PartialDirectory"/> in, by renaming it.</summary>
    /// <param name="partial">The file. The caller has hashed it and is done with it.</param>
    /// <param name="digest">The digest of its bytes.</param>
    /// <param name="length">Its size in bytes.</param>
    public BlobContent Publish(string partial, Sha256Digest digest, long length)
    {
        var path = BlobPath(digest);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);

        // Replacing is right: a blob of the same name has the same bytes, or is damaged.
        File.Move(partial, path, overwrite: true);
        return new BlobContent(this, digest, length);
    }

    private static string Fan(string root, Sha256Digest digest)
    {
        var name = digest.ToString();
        return Path.Combine(root, name[..2], name[2..]);
    }

    /// <summary>What the checksum of a record begins with: under another key it is not the record.</summary>
    private static long ChecksumSeed(Sha256Digest key) => BinaryPrimitives.ReadInt64LittleEndian(key.Bytes);

    /// <summary>XXH3 of 64 bits.</summary>
    private static ulong ChecksumOf(Sha256Digest key, ReadOnlySpan<byte> record) => XxHash3.HashToUInt64(record, ChecksumSeed(key));

    /// <summary>A name that no other build has. It never shows in an output, so it may be random.</summary>
    private string NewPartialPath() =>
        Path.Combine(PartialDirectory, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
}
