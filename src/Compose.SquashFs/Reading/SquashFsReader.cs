using Microsoft.Win32.SafeHandles;

namespace Compose.SquashFs.Reading;

/// <summary>
/// Opens squashfs 4.0 images. What is opened may come from strangers: whatever it holds, it is read or refused with a
/// diagnostic, in bounded time and memory (see <see cref="SquashFsReadOptions"/>).
/// </summary>
public static class SquashFsReader
{
    /// <summary>Opens an image in a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">The limits; null for the defaults.</param>
    /// <param name="offset">Where the image starts, in bytes: a partition's start in a disk image.</param>
    /// <param name="length">How many bytes the image may have; null for all up to the file's end.</param>
    /// <exception cref="DiagnosticException">It is no image that can be read.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The part is not in the file.</exception>
    public static SquashFsImage Open(string path, SquashFsReadOptions? options = null, long offset = 0, long? length = null)
    {
        var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            return Open(handle, Path.GetFileName(path), options, offset, length, ownsHandle: true);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Opens an image in an open file. The handle stays open when the image is disposed, unless it is given away.</summary>
    /// <param name="handle">The file. Its position is neither used nor moved.</param>
    /// <param name="name">What messages call the image.</param>
    /// <param name="options">The limits; null for the defaults.</param>
    /// <param name="offset">Where the image starts, in bytes.</param>
    /// <param name="length">How many bytes the image may have; null for all up to the file's end.</param>
    /// <param name="ownsHandle">Whether the image closes the handle. When this throws, the handle is still the caller's.</param>
    /// <inheritdoc cref="Open(string, SquashFsReadOptions, long, long?)"/>
    public static SquashFsImage Open(
        SafeFileHandle handle,
        string name,
        SquashFsReadOptions? options = null,
        long offset = 0,
        long? length = null,
        bool ownsHandle = false)
    {
        ArgumentNullException.ThrowIfNull(handle);
        var available = CheckPart(RandomAccess.GetLength(handle), offset, length);
        return new SquashFsImage(name, new HandleBytes(handle, offset, available, ownsHandle), options ?? new SquashFsReadOptions());
    }

    /// <summary>Opens an image in a stream. The stream stays open when the image is disposed.</summary>
    /// <param name="stream">A stream that can be read and positioned. A file is better opened by its path or handle: several threads then read at once.</param>
    /// <param name="name">What messages call the image.</param>
    /// <param name="options">The limits; null for the defaults.</param>
    /// <param name="offset">Where the image starts, in bytes.</param>
    /// <param name="length">How many bytes the image may have; null for all up to the stream's end.</param>
    /// <exception cref="ArgumentException">The stream cannot be read or positioned.</exception>
    /// <inheritdoc cref="Open(string, SquashFsReadOptions, long, long?)"/>
    public static SquashFsImage Open(
        Stream stream,
        string name,
        SquashFsReadOptions? options = null,
        long offset = 0,
        long? length = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead || !stream.CanSeek)
        {
            throw new ArgumentException("The stream must be one that can be read and positioned.", nameof(stream));
        }

        var available = CheckPart(stream.Length, offset, length);
        return new SquashFsImage(name, new StreamBytes(stream, offset, available), options ?? new SquashFsReadOptions());
    }

    /// <summary>Opens an image in memory.</summary>
    /// <param name="bytes">The image; it must not change.</param>
    /// <param name="name">What messages call the image.</param>
    /// <param name="options">The limits; null for the defaults.</param>
    /// <exception cref="DiagnosticException">It is no image that can be read.</exception>
    public static SquashFsImage Open(ReadOnlyMemory<byte> bytes, string name, SquashFsReadOptions? options = null) =>
        new(name, new MemoryBytes(bytes), options ?? new SquashFsReadOptions());

    private static long CheckPart(long fileLength, long offset, long? length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, fileLength);
        if (length is { } wanted)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(wanted, nameof(length));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(wanted, fileLength - offset, nameof(length));
            return wanted;
        }

        return fileLength - offset;
    }
}
