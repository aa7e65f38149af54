using System.Security.Cryptography;

namespace Compose.FileTrees.Storage;

/// <summary>
/// The bytes of a content of a store. They are hashed as they pass: who reads to the end gets the last of them only when all
/// have the content's digest. What is read out of order is not checked.
/// </summary>
internal sealed class BlobStream(BlobContent blob, FileStream file) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>How many bytes of the start were hashed.</summary>
    private long _hashed;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => blob.Length;

    /// <inheritdoc/>
    public override long Position
    {
        get => file.Position;
        set => file.Position = value;
    }

    /// <inheritdoc/>
    /// <exception cref="DiagnosticException">The content is damaged. It is no longer in the store then.</exception>
    public override int Read(Span<byte> buffer)
    {
        var isNext = file.Position == _hashed;
        var read = file.Read(buffer);
        if (isNext && read > 0)
        {
            _hash.AppendData(buffer[..read]);
            _hashed += read;
            if (_hashed == blob.Length && new Sha256Digest(_hash.GetHashAndReset()) != blob.Digest)
            {
                throw blob.RemoveDamaged();
            }
        }

        return read;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }
}
