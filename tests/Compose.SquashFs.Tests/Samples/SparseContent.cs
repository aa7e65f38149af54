namespace Compose.SquashFs.Tests.Samples;

/// <summary>A content of zeros with a few marks in it, of any length, that takes no memory.</summary>
internal sealed class SparseContent(long length, params IReadOnlyList<(long Offset, byte[] Bytes)> marks) : FileContent
{
    public IReadOnlyList<(long Offset, byte[] Bytes)> Marks { get; } = marks;

    public override long Length { get; } = length;

    public override Stream OpenRead() => new SparseStream(this);

    /// <summary>A part of the bytes.</summary>
    public byte[] Slice(long offset, int length)
    {
        var bytes = new byte[length];
        Fill(bytes, offset);
        return bytes;
    }

    private void Fill(Span<byte> buffer, long position)
    {
        buffer.Clear();
        foreach (var (offset, bytes) in Marks)
        {
            var from = Math.Max(offset, position);
            var to = Math.Min(offset + bytes.Length, position + buffer.Length);
            if (from < to)
            {
                bytes.AsSpan((int)(from - offset), (int)(to - from)).CopyTo(buffer[(int)(from - position)..]);
            }
        }
    }

    private sealed class SparseStream(SparseContent content) : Stream
    {
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            buffer = buffer[..(int)Math.Min(buffer.Length, content.Length - _position)];
            content.Fill(buffer, _position);
            _position += buffer.Length;
            return buffer.Length;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
