using System.Security.Cryptography;

namespace Compose.FileTrees.Storage;

/// <summary>Writes one content into a <see cref="ContentStore"/> or a <see cref="StoreTransaction"/>. What is not committed is gone on disposal.</summary>
public sealed class BlobWriter : Stream
{
    private readonly string _partial;
    private readonly Func<string, Sha256Digest, long, BlobContent> _publish;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly FileStream _file;
    private long _length;
    private bool _committed;

    /// <param name="partial">The file to write, which is made.</param>
    /// <param name="publish">Takes the finished file, the digest of its bytes and its size.</param>
    internal BlobWriter(string partial, Func<string, Sha256Digest, long, BlobContent> publish)
    {
        _partial = partial;
        _publish = publish;
        _file = new FileStream(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 64 * 1024);
    }

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => !_committed;

    /// <summary>The bytes written so far.</summary>
    public override long Length => _length;

    /// <inheritdoc/>
    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _hash.AppendData(buffer);
        _file.Write(buffer);
        _length += buffer.Length;
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>Ends the content and puts it under its digest.</summary>
    /// <exception cref="InvalidOperationException">It was committed before.</exception>
    public BlobContent Commit() => Commit(expected: null)!;

    /// <summary>Ends the content and puts it under its digest, if that is the expected one.</summary>
    /// <returns>The content, or null when the bytes are others; nothing is kept then.</returns>
    /// <exception cref="InvalidOperationException">It was committed before.</exception>
    public BlobContent? Commit(Sha256Digest? expected)
    {
        if (_committed)
        {
            throw new InvalidOperationException("The blob was committed before.");
        }

        _committed = true;
        _file.Dispose();
        var digest = new Sha256Digest(_hash.GetHashAndReset());
        if (expected is { } wanted && wanted != digest)
        {
            File.Delete(_partial);
            return null;
        }

        return _publish(_partial, digest, _length);
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
            _hash.Dispose();
            if (!_committed)
            {
                _committed = true;
                File.Delete(_partial);
            }
        }

        base.Dispose(disposing);
    }
}
