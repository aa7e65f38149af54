using Microsoft.Win32.SafeHandles;

namespace Compose.FileTrees.HostFiles;

/// <summary>A part of an open file that many contents share.</summary>
/// <param name="file">The file. It stays open as long as the content is used; its owner closes it.</param>
/// <param name="start">Where the part begins, in bytes.</param>
/// <param name="length">The part's size in bytes.</param>
public sealed class FileRangeContent(SafeFileHandle file, long start, long length) : FileContent
{
    /// <inheritdoc/>
    public override long Length { get; } = length;

    /// <inheritdoc/>
    public override Stream OpenRead() => new RangeStream(file, start, Length);

    private sealed class RangeStream(SafeFileHandle file, long start, long length) : Stream
    {
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position
        {
            get => _position;
            set
            {
                ArgumentOutOfRangeException.ThrowIfNegative(value);
                _position = value;
            }
        }

        public override int Read(Span<byte> buffer)
        {
            var wanted = (int)Math.Clamp(length - _position, 0, buffer.Length);
            var read = wanted == 0 ? 0 : RandomAccess.Read(file, buffer[..wanted], start + _position);
            _position += read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => _position,
            SeekOrigin.End => length,
            _ => throw new ArgumentOutOfRangeException(nameof(origin)),
        };

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
