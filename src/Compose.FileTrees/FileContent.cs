namespace Compose.FileTrees;

/// <summary>A reference to a file's bytes. Reading it twice gives the same bytes; it may be read from several threads.</summary>
public abstract class FileContent
{
    /// <summary>The size in bytes.</summary>
    public abstract long Length { get; }

    /// <summary>Opens the bytes for reading from the start. The caller disposes the stream.</summary>
    /// <exception cref="IOException">The bytes cannot be read, or are not what was promised.</exception>
    public abstract Stream OpenRead();

    /// <summary>Reads from the start as many bytes as there is room for. For a small content it costs less than a stream.</summary>
    /// <returns>The number of bytes read: less than the room when the content ends before.</returns>
    /// <exception cref="IOException">The bytes cannot be read.</exception>
    public virtual int ReadStart(Span<byte> destination)
    {
        using var stream = OpenRead();
        return stream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
    }
}

/// <summary>Bytes in memory: for what a build generates.</summary>
public sealed class BytesContent(ReadOnlyMemory<byte> bytes) : FileContent
{
    /// <summary>UTF-8 text.</summary>
    public BytesContent(string text)
        : this(System.Text.Encoding.UTF8.GetBytes(text))
    {
    }

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    /// <inheritdoc/>
    public override long Length => Bytes.Length;

    /// <inheritdoc/>
    public override int ReadStart(Span<byte> destination)
    {
        var length = Math.Min(destination.Length, Bytes.Length);
        Bytes.Span[..length].CopyTo(destination);
        return length;
    }

    /// <inheritdoc/>
    public override Stream OpenRead() =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(Bytes, out var segment)
            ? new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false)
            : new MemoryStream(Bytes.ToArray(), writable: false);
}

/// <summary>A file on the build host.</summary>
/// <param name="path">An absolute path.</param>
/// <param name="length">The size in bytes at the time of listing.</param>
public sealed class HostFileContent(string path, long length) : FileContent
{
    /// <summary>The file's absolute path.</summary>
    public string Path { get; } = path;

    /// <inheritdoc/>
    public override long Length { get; } = length;

    /// <inheritdoc/>
    public override int ReadStart(Span<byte> destination)
    {
        using var file = File.OpenHandle(Path);
        var total = 0;
        while (total < destination.Length && RandomAccess.Read(file, destination[total..], total) is > 0 and var read)
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
        // No buffer: readers bring their own, and most files are smaller than one.
        var stream = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        if (stream.Length == Length)
        {
            return stream;
        }

        stream.Dispose();
        throw new IOException($"'{Path}' changed its size while it was in use: {Length} bytes were expected.");
    }
}
