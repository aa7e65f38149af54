using Compose.SquashFs.Planning;

namespace Compose.SquashFs.Data;

/// <summary>A block on its way through the compressors to the image.</summary>
internal sealed class BlockWork
{
    private BlockWork(FileLayout? file, int index, byte[] source, int sourceLength)
    {
        File = file;
        Index = index;
        Source = source;
        SourceLength = sourceLength;
    }

    /// <summary>The content that the block belongs to; null for a fragment.</summary>
    public FileLayout? File { get; }

    /// <summary>Which block of the content.</summary>
    public int Index { get; }

    /// <summary>The bytes, rented from the shared pool.</summary>
    public byte[] Source { get; }

    public int SourceLength { get; }

    /// <summary>The compressed bytes, rented from the shared pool; null when the block is stored as it is.</summary>
    public byte[]? Compressed { get; set; }

    public int CompressedLength { get; set; }

    /// <summary>Whether the block has been through a compressor. Guarded by the pipeline's lock.</summary>
    public bool IsDone { get; set; }

    public static BlockWork ForFile(FileLayout file, int index, byte[] source, int length) => new(file, index, source, length);

    public static BlockWork ForFragment(byte[] source, int length) => new(null, 0, source, length);
}
