using System.Security.Cryptography;
using Compose.FileTrees;
using Compose.Formats.Compression;

namespace Compose.Formats.Deb;

/// <summary>Computes the SHA-256 of what is read.</summary>
internal sealed class HashingStream(Stream source) : ForwardStream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public override int Read(Span<byte> buffer)
    {
        var read = source.Read(buffer);
        _hash.AppendData(buffer[..read]);
        return read;
    }

    /// <summary>Reads what is left.</summary>
    /// <returns>The digest of all bytes.</returns>
    public Sha256Digest ReadToEnd(CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        while (Read(buffer) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        return new Sha256Digest(_hash.GetHashAndReset());
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash.Dispose();
            source.Dispose();
        }

        base.Dispose(disposing);
    }
}
