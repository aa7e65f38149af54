using Compose.FileTrees;

namespace Compose.Formats.Fat;

/// <summary>A file of a volume that was read: runs of clusters, the last one used in part.</summary>
internal sealed class FatContent(DiskRegion volume, IReadOnlyList<FatExtent> extents, long length) : FileContent
{
    public override long Length { get; } = length;

    /// <summary>Opens the bytes. The stream can be positioned.</summary>
    public override Stream OpenRead() => new ExtentStream(volume, extents, Length);

    private sealed class ExtentStream(DiskRegion volume, IReadOnlyList<FatExtent> extents, long length) : Stream
    {
        private long _position;

        /// <summary>The extent that holds the position, and where in the file it begins.</summary>
        private int _extent;
        private long _extentStart;

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
                if (value < _extentStart)
                {
                    (_extent, _extentStart) = (0, 0);
                }

                _position = value;
            }
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            if (_position >= length || buffer.IsEmpty)
            {
                return 0;
            }

            while (_position >= _extentStart + extents[_extent].Length)
            {
                _extentStart += extents[_extent++].Length;
            }

            var extent = extents[_extent];
            var count = (int)Math.Min(Math.Min(buffer.Length, length - _position), _extentStart + extent.Length - _position);
            volume.ReadExactly(extent.Offset + _position - _extentStart, buffer[..count]);
            _position += count;
            return count;
        }

        public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => _position,
            _ => length,
        };

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
