using Microsoft.Win32.SafeHandles;

namespace Compose.FileTrees.HostFiles.Linux;

/// <summary>A file on the build host, named by bytes.</summary>
/// <param name="root">The path of the tree's root, without a trailing slash.</param>
/// <param name="path">The file's path in the tree.</param>
/// <param name="length">The size in bytes at the time of listing.</param>
internal sealed class LinuxFileContent(byte[] root, TreePath path, long length) : FileContent
{
    /// <inheritdoc/>
    public override long Length { get; } = length;

    /// <inheritdoc/>
    public override int ReadStart(Span<byte> destination)
    {
        byte[] name = [.. root, (byte)'/', .. path.Bytes, 0];
        using var file = LinuxCalls.OpenFile(name);
        var total = 0;
        while (total < destination.Length && LinuxCalls.Read(file, destination[total..], name) is > 0 and var read)
        {
            total += read;
            if (total == Length)
            {
                // Room was left and not used: the file ends here.
                break;
            }
        }

        return total;
    }

    /// <inheritdoc/>
    public override Stream OpenRead()
    {
        byte[] name = [.. root, (byte)'/', .. path.Bytes, 0];
        var file = LinuxCalls.OpenFile(name);
        try
        {
            var status = LinuxCalls.GetStatus(file, name);
            return status.Type == FileType.Regular && status.Size == (ulong)Length
                ? new ContentStream(file, Length, name)
                : throw new IOException(
                    $"'{TreePath.Describe(name.AsSpan(..^1))}' changed its size while it was in use: {Length} bytes were expected, {status.Size} are there.");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads with one call of the system for each call of its own, and takes no lock, as FileStream does.</summary>
    private sealed class ContentStream(SafeFileHandle file, long length, byte[] path) : Stream
    {
        private long _position;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            var read = LinuxCalls.Read(file, buffer, path);
            _position += read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            file.Dispose();
            base.Dispose(disposing);
        }
    }
}
