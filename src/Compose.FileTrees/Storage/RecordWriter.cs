using System.Buffers.Binary;
using System.IO.Hashing;

namespace Compose.FileTrees.Storage;

/// <summary>Writes the file of a record: its bytes and, behind them, their XXH3 of 64 bits.</summary>
internal sealed class RecordWriter : Stream
{
    private const int BufferSize = 64 * 1024;

    private readonly FileStream _file;
    private readonly XxHash3 _checksum;

    private RecordWriter(string path, long seed)
    {
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        _checksum = new XxHash3(seed);
    }

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Writes a whole record.</summary>
    /// <param name="path">The file, which is made.</param>
    /// <param name="seed">What the checksum begins with.</param>
    /// <param name="write">Writes the record's bytes.</param>
    public static void Write(string path, long seed, Action<Stream> write)
    {
        using var record = new RecordWriter(path, seed);

        // Records are written in many small pieces.
        var buffered = new BufferedStream(record, BufferSize);
        write(buffered);
        buffered.Flush();
        Span<byte> checksum = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(checksum, record._checksum.GetCurrentHashAsUInt64());
        record._file.Write(checksum);
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _checksum.Append(buffer);
        _file.Write(buffer);
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

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
        }

        base.Dispose(disposing);
    }
}
