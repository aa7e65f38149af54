using Compose.FileTrees;

namespace Compose.Images.Tests;

/// <summary>A file that says it has four gigabytes, and gives them: a text, then zeros. It counts what is read of it.</summary>
internal sealed class EndlessContent(byte[] start) : FileContent
{
    public override long Length => 4L << 30;

    public long BytesRead { get; private set; }

    public override Stream OpenRead() => new EndlessStream(this);

    private sealed class EndlessStream(EndlessContent content) : Stream
    {
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => content.Length;

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            count = (int)Math.Min(count, Length - _position);
            for (var i = 0; i < count; i++, _position++)
            {
                buffer[offset + i] = _position < content.Start.Length ? content.Start[_position] : (byte)0;
            }

            content.BytesRead += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    private byte[] Start => start;
}
