using System.Security.Cryptography;

namespace Compose.SquashFs.Planning;

/// <summary>Tells by its digest whether a content is all zeros.</summary>
internal sealed class ZeroDigests
{
    private readonly Dictionary<int, Sha256Digest> _byLength = [];

    /// <summary>Makes the digests of runs of zeros: all in one pass over the longest.</summary>
    /// <param name="lengths">The lengths to know, in ascending order.</param>
    public ZeroDigests(IEnumerable<int> lengths)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> digest = stackalloc byte[Sha256Digest.Size];
        ReadOnlySpan<byte> zeros = new byte[64 * 1024];
        var hashed = 0;
        foreach (var length in lengths)
        {
            while (hashed < length)
            {
                var step = Math.Min(length - hashed, zeros.Length);
                hash.AppendData(zeros[..step]);
                hashed += step;
            }

            hash.GetCurrentHash(digest);
            _byLength.Add(length, new Sha256Digest(digest));
        }
    }

    /// <summary>Whether a digest is that of <paramref name="length"/> zeros.</summary>
    public bool IsOfZeros(Sha256Digest digest, int length) => _byLength[length] == digest;
}
