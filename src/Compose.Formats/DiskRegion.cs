using Microsoft.Win32.SafeHandles;

namespace Compose.Formats;

/// <summary>
/// A part of an open file, read at offsets: a partition, or a whole disk. The file stays its owner's. Several threads may
/// read at once.
/// </summary>
/// <param name="File">The file.</param>
/// <param name="Offset">Where the part begins, in bytes.</param>
/// <param name="Length">The part's size in bytes.</param>
public sealed record DiskRegion(SafeFileHandle File, long Offset, long Length)
{
    /// <summary>All of a file.</summary>
    public static DiskRegion Of(SafeFileHandle file) => new(file, 0, RandomAccess.GetLength(file));

    /// <summary>Reads as many bytes as there are, up to the room there is.</summary>
    /// <param name="position">From the part's start, in bytes.</param>
    /// <param name="buffer">Takes the bytes.</param>
    /// <returns>Fewer bytes than the room when the part, or the file, ends before.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public int ReadAvailable(long position, Span<byte> buffer)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        buffer = buffer[..(int)Math.Clamp(Length - position, 0, buffer.Length)];
        var total = 0;
        while (total < buffer.Length && RandomAccess.Read(File, buffer[total..], Offset + position + total) is > 0 and var read)
        {
            total += read;
        }

        return total;
    }

    /// <summary>Fills a buffer.</summary>
    /// <inheritdoc cref="ReadAvailable"/>
    /// <exception cref="EndOfStreamException">There are fewer bytes.</exception>
    public void ReadExactly(long position, Span<byte> buffer)
    {
        if (ReadAvailable(position, buffer) < buffer.Length)
        {
            throw new EndOfStreamException($"{buffer.Length} bytes at {position} are asked for, and there are fewer: the file was cut off.");
        }
    }
}
