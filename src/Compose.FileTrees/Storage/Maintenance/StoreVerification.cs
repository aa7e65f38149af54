using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Compose.FileTrees.Caching;

namespace Compose.FileTrees.Storage.Maintenance;

/// <summary>A file of a store that is not what it says.</summary>
/// <param name="File">The file. It is no longer there.</param>
/// <param name="DownloadName">The name under which it was downloaded; null when it was not, or that is not known.</param>
public sealed record DamagedFile(StoredFile File, string? DownloadName);

/// <summary>What a store was found to be.</summary>
/// <param name="Files">How many files were read.</param>
/// <param name="Bytes">How many bytes they have.</param>
/// <param name="Damaged">The files that were damaged, in the order of their names.</param>
public sealed record StoreVerificationResult(int Files, long Bytes, IReadOnlyList<DamagedFile> Damaged);

/// <summary>
/// Reads all of a content store and compares it with its digests and checksums. What is damaged is taken out, so that the next
/// restore or build makes it anew. Builds may run meanwhile.
/// </summary>
public sealed class StoreVerification(ContentStore store)
{
    private const int BufferSize = 1024 * 1024;

    /// <summary>Reads everything.</summary>
    /// <param name="threads">How many files at once.</param>
    /// <param name="progress">Told of the bytes that were read, of those there are; from several threads.</param>
    /// <param name="cancellationToken">Ends the work with an exception. What is out stays out.</param>
    public StoreVerificationResult Run(
        int threads, IProgress<(long Done, long Total)>? progress = null, CancellationToken cancellationToken = default)
    {
        var files = StoreInventory.List(store);
        var total = files.Sum(file => file.Size);
        var done = 0L;
        var damaged = new ConcurrentBag<DamagedFile>();

        // The largest first, so that the cores end together.
        var order = files.OrderByDescending(file => file.Size).ThenBy(file => file.Name, StringComparer.Ordinal).ToArray();
        Parallel.ForEach(
            Partitioner.Create(order, loadBalance: true),
            new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken },
            file =>
            {
                if (!IsRight(file, cancellationToken))
                {
                    damaged.Add(new DamagedFile(file, NameOf(file)));
                    Remove(file);
                }

                progress?.Report((Interlocked.Add(ref done, file.Size), total));
            });
        return new StoreVerificationResult(files.Count, total, [.. damaged.OrderBy(file => file.File.Name, StringComparer.Ordinal)]);
    }

    private bool IsRight(StoredFile file, CancellationToken cancellationToken)
    {
        try
        {
            return file.Kind switch
            {
                StoredKind.Blocks => IsRightSegment(file.Path),
                StoredKind.Record => IsRightRecord(file),
                _ => file.Digest is { } digest && HashOf(file.Path, cancellationToken) == digest,
            };
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // A build replaced or deleted it meanwhile.
            return true;
        }
        catch (IOException)
        {
            // A disk that cannot read it: the next build writes it elsewhere.
            return false;
        }
    }

    private bool IsRightRecord(StoredFile file)
    {
        var kind = file.Name.Split('/')[1];
        return file.Digest is { } digest && (store.TryReadRecord(kind, digest, out _) || !File.Exists(file.Path));
    }

    private static bool IsRightSegment(string path)
    {
        using var segment = BlockSegment.TryOpen(path);
        if (segment is null)
        {
            return false;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(BlockSegment.MaximumValue);
        try
        {
            for (var place = 0; place < segment.Count; place++)
            {
                var entry = segment.EntryAt(place);
                if (!segment.TryRead(entry, buffer.AsSpan(0, entry.Length)))
                {
                    return false;
                }
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static Sha256Digest HashOf(string path, CancellationToken cancellationToken)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.SequentialScan);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            long offset = 0;
            for (int read; (read = RandomAccess.Read(file, buffer, offset)) > 0; offset += read)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, read);
            }

            return new Sha256Digest(hash.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private string? NameOf(StoredFile file) =>
        file is { Kind: StoredKind.Download, Digest: { } digest } ? store.DownloadName(digest) : null;

    private void Remove(StoredFile file)
    {
        File.Delete(file.Path);
        store.NoteRemoval();
    }
}
