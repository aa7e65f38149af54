using Microsoft.Win32.SafeHandles;

namespace Compose.SquashFs.Reading;

/// <summary>Where an image's bytes come from. Each read names its place; several threads may read at once.</summary>
internal abstract class ImageBytes(long length) : IDisposable
{
    /// <summary>The bytes there are; the image may use fewer.</summary>
    public long Length { get; } = length;

    /// <summary>Fills the buffer from a place of the image.</summary>
    /// <exception cref="ImageFault">There are fewer bytes.</exception>
    /// <exception cref="IOException">The bytes cannot be read.</exception>
    public void Read(long position, Span<byte> buffer)
    {
        if (position < 0 || buffer.Length > Length - position)
        {
            throw new ImageFault(
                SquashFsDiagnostics.ImageTruncated,
                $"{buffer.Length} bytes at {position} are referred to, and the image ends at {Length}");
        }

        ReadCore(position, buffer);
    }

    public virtual void Dispose()
    {
    }

    /// <inheritdoc cref="Read"/>
    protected abstract void ReadCore(long position, Span<byte> buffer);

    protected static ImageFault Shrank(long position) =>
        new(SquashFsDiagnostics.ImageTruncated, $"the file ended at {position} while it was read");
}

/// <summary>An image in a file or block device, or a part of one, read at offsets with no shared position.</summary>
internal sealed class HandleBytes(SafeFileHandle handle, long offset, long length, bool ownsHandle) : ImageBytes(length)
{
    public override void Dispose()
    {
        if (ownsHandle)
        {
            handle.Dispose();
        }

        base.Dispose();
    }

    protected override void ReadCore(long position, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var read = RandomAccess.Read(handle, buffer, offset + position);
            if (read == 0)
            {
                throw Shrank(position);
            }

            position += read;
            buffer = buffer[read..];
        }
    }
}

/// <summary>An image in memory.</summary>
internal sealed class MemoryBytes(ReadOnlyMemory<byte> bytes) : ImageBytes(bytes.Length)
{
    protected override void ReadCore(long position, Span<byte> buffer) =>
        bytes.Span.Slice((int)position, buffer.Length).CopyTo(buffer);
}

/// <summary>An image in a stream that can be positioned. Reads wait for each other.</summary>
internal sealed class StreamBytes(Stream stream, long offset, long length) : ImageBytes(length)
{
    private readonly Lock _gate = new();

    protected override void ReadCore(long position, Span<byte> buffer)
    {
        lock (_gate)
        {
            stream.Position = offset + position;
            if (stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false) < buffer.Length)
            {
                throw Shrank(stream.Position - offset);
            }
        }
    }
}
