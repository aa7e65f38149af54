using Microsoft.Win32.SafeHandles;

namespace Compose.Formats.Gpt;

/// <summary>A partition's place on a disk that is being written.</summary>
public sealed class GptPartitionSlot
{
    private readonly SafeFileHandle _disk;
    private bool _opened;

    internal GptPartitionSlot(SafeFileHandle disk, GptPartition partition, long offset, long? size)
    {
        _disk = disk;
        Partition = partition;
        Offset = offset;
        Size = size;
    }

    /// <summary>
    /// The description. It may be replaced until the disk is complete: the GUID of a verity partition follows from what is
    /// written to it.
    /// </summary>
    public GptPartition Partition { get; set; }

    /// <summary>Where the partition starts on the disk, in bytes.</summary>
    public long Offset { get; }

    /// <summary>The partition's size in bytes; null for one sized by its content that is not yet written.</summary>
    public long? Size { get; private set; }

    internal bool IsOpen { get; private set; }

    /// <summary>
    /// Opens the partition for its content, once. The stream can be read, written and positioned; it does not buffer, so
    /// write in large pieces. Writing behind the partition's end throws COMPOSE4101. Closing it fixes the size of a
    /// partition that is sized by its content. Streams of several partitions may be used at the same time.
    /// </summary>
    /// <exception cref="InvalidOperationException">The partition was opened before.</exception>
    public Stream OpenWrite()
    {
        if (_opened)
        {
            throw new InvalidOperationException($"The content of the partition '{Partition.Label}' was written already.");
        }

        _opened = true;
        IsOpen = true;
        return new PartitionStream(_disk, Offset, Size ?? long.MaxValue - Offset, Partition.Label, Close);
    }

    private void Close(long length)
    {
        IsOpen = false;
        Size ??= Math.Max(GptDiskWriter.SizeGrain, GptDiskWriter.RoundUp(length, GptDiskWriter.SizeGrain));
    }
}
