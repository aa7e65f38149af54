using System.Security.Cryptography;
using Compose.FileTrees.Storage;
using Compose.SquashFs.Planning;

namespace Compose.SquashFs.Data;

/// <summary>
/// Collects the digests of the parts of a content of the store while it is read for the first time, and checks the whole
/// against its own digest: what is kept must be true, as it is believed afterwards without reading.
/// </summary>
internal sealed class BlobCheck(BlobContent blob, int chunkCount) : IDisposable
{
    private readonly IncrementalHash _whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Sha256Digest[] _digests = new Sha256Digest[chunkCount];

    /// <summary>Takes the next part.</summary>
    /// <param name="index">Which part.</param>
    /// <param name="length">Its length.</param>
    /// <param name="buffer">Its bytes; null when they are all zero.</param>
    /// <param name="digest">Its digest; the default value when they are.</param>
    public void Add(int index, int length, byte[]? buffer, Sha256Digest digest)
    {
        _digests[index] = digest;
        _whole.AppendData(buffer is null ? new byte[length] : buffer.AsSpan(0, length));
    }

    /// <summary>Keeps the digests, if the parts were those of the content.</summary>
    /// <param name="digests">Where they are kept; null when they are not.</param>
    /// <returns>Whether the parts were those of the content.</returns>
    public bool TryKeep(ChunkDigests? digests)
    {
        Span<byte> digest = stackalloc byte[Sha256Digest.Size];
        _whole.GetHashAndReset(digest);
        if (!digest.SequenceEqual(blob.Digest.Bytes))
        {
            return false;
        }

        digests?.Add(blob, _digests);
        return true;
    }

    public void Dispose() => _whole.Dispose();
}
