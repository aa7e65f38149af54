using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Compose.FileTrees;
using Compose.FileTrees.Storage;

namespace Compose.Images.Artifacts.Comparison;

/// <summary>The digests of files' contents, each computed once, on all processors.</summary>
internal sealed class ContentDigests(IProgress<ArtifactProgress>? progress, CancellationToken cancellationToken)
{
    private const int BufferSize = 256 * 1024;

    private readonly ConcurrentDictionary<FileEntry, Sha256Digest> _digests = new(ReferenceEqualityComparer.Instance);

    /// <summary>The digest of a file; null when none was computed.</summary>
    public Sha256Digest? Find(FileEntry file) => _digests.TryGetValue(file, out var digest) ? digest : null;

    /// <summary>Computes the digests of files.</summary>
    /// <exception cref="Compose.Diagnostics.DiagnosticException">A content is damaged.</exception>
    /// <exception cref="IOException">A content cannot be read.</exception>
    public void Compute(IEnumerable<FileEntry> files)
    {
        var missing = files.Distinct(ReferenceEqualityComparer.Instance).Cast<FileEntry>().Where(file => !_digests.ContainsKey(file)).ToArray();
        var total = missing.Sum(file => file.Content.Length);
        var done = 0L;
        try
        {
            Parallel.ForEach(
                missing,
                new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount },
                file =>
                {
                    _digests[file] = Compute(file.Content);
                    progress?.Report(new ArtifactProgress("Comparing", Interlocked.Add(ref done, file.Content.Length), total));
                });
        }
        catch (AggregateException e)
        {
            // Of several failures one is enough to tell.
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    private Sha256Digest Compute(FileContent content)
    {
        if (content is BlobContent blob)
        {
            return blob.Digest;
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var stream = content.OpenRead();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            for (int read; (read = stream.Read(buffer)) > 0;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return new Sha256Digest(hash.GetHashAndReset());
    }
}
