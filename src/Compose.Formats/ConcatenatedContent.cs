using Compose.FileTrees;

namespace Compose.Formats;

/// <summary>Several contents read one after the other as if they were one.</summary>
internal sealed class ConcatenatedContent(IReadOnlyList<FileContent> parts) : FileContent
{
    public override long Length { get; } = parts.Sum(part => part.Length);

    public override Stream OpenRead() => new ConcatenatedStream(parts, Length);

    private sealed class ConcatenatedStream(IReadOnlyList<FileContent> parts, long length) : Stream
    {
        private Stream? _current;
        private int _next;
        private long _position;
        private long _partRest;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            if (buffer.IsEmpty)
            {
                return 0;
            }

            while (true)
            {
                var read = _current?.Read(buffer) ?? 0;
                if (read > 0)
                {
                    _partRest -= read;
                    _position += read;
                    return _partRest >= 0 ? read : throw WrongLength();
                }

                // Everything behind this part would be out of place if it were shorter than it said.
                if (_partRest != 0)
                {
                    throw WrongLength();
                }

                _current?.Dispose();
                _current = null;
                if (_next == parts.Count)
                {
                    return 0;
                }

                _partRest = parts[_next].Length;
                _current = parts[_next++].OpenRead();
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _current?.Dispose();
                _current = null;
                _next = parts.Count;
                _partRest = 0;
            }

            base.Dispose(disposing);
        }

        private static IOException WrongLength() => new("A file's length is not the one that was promised.");
    }
}
