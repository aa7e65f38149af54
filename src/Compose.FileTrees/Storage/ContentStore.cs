using System.Diagnostics.CodeAnalysis;
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
/// <c>partial/</c> what is being written.
/// </remarks>
public sealed class ContentStore
{
    private const int CopyBufferSize = 128 * 1024;

    /// <summary>What was not written to for so long was left by a killed build. Downloads are resumed until then.</summary>
    private static readonly TimeSpan AbandonedAge = TimeSpan.FromDays(1);

    private readonly string _blobs;
    private readonly string _records;

    /// <summary>Opens the store in a folder, which is made when it is missing.</summary>
    /// <param name="directory">An absolute path.</param>
    public ContentStore(string directory)
    {
        Directory = Path.GetFullPath(directory);
        _blobs = Path.Combine(Directory, "blobs");
        _records = Path.Combine(Directory, "records");
        PartialDirectory = Path.Combine(Directory, "partial");
        System.IO.Directory.CreateDirectory(_blobs);
        System.IO.Directory.CreateDirectory(PartialDirectory);
        AbandonedFiles.Delete(PartialDirectory, "*", AbandonedAge);
    }

    /// <summary>The store's folder.</summary>
    public string Directory { get; }

    /// <summary>Where unfinished files are. It is on the same file system as the blobs.</summary>
    public string PartialDirectory { get; }

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

    /// <summary>Looks up a content. Its bytes are not read.</summary>
    public bool TryGetBlob(Sha256Digest digest, [NotNullWhen(true)] out BlobContent? content)
    {
        var file = new FileInfo(BlobPath(digest));
        content = file.Exists ? new BlobContent(this, digest, file.Length) : null;
        return content is not null;
    }

    /// <summary>A reference to a content that the store should hold; whether it does shows when it is read.</summary>
    public BlobContent Reference(Sha256Digest digest, long length) => new(this, digest, length);

    /// <summary>Takes a content out, because it is damaged or no longer wanted.</summary>
    public void Remove(Sha256Digest digest) => File.Delete(BlobPath(digest));

    /// <summary>Reads a record. The reader checks what it says: a record may come from an older version.</summary>
    /// <param name="kind">What sort of record, a file name.</param>
    /// <param name="key">The digest of all that the record depends on.</param>
    /// <param name="record">The record's bytes.</param>
    public bool TryReadRecord(string kind, Sha256Digest key, [NotNullWhen(true)] out byte[]? record)
    {
        try
        {
            record = File.ReadAllBytes(RecordPath(kind, key));
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            record = null;
            return false;
        }
    }

    /// <summary>Writes a record; one that is there is replaced.</summary>
    public void WriteRecord(string kind, Sha256Digest key, ReadOnlySpan<byte> record)
    {
        var path = RecordPath(kind, key);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var partial = NewPartialPath();
        try
        {
            File.WriteAllBytes(partial, record);
            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <summary>Where a content lies; the file may be missing.</summary>
    public string BlobPath(Sha256Digest digest) => Fan(_blobs, digest);

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

    private string RecordPath(string kind, Sha256Digest key) => Fan(Path.Combine(_records, kind), key);

    /// <summary>A name that no other build has. It never shows in an output, so it may be random.</summary>
    private string NewPartialPath() =>
        Path.Combine(PartialDirectory, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
}
