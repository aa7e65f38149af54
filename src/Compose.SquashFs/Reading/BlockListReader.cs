namespace Compose.SquashFs.Reading;

/// <summary>A block of a file.</summary>
/// <param name="Position">Where it is in the image.</param>
/// <param name="Size">Its size there.</param>
/// <param name="Length">The bytes of the file it holds.</param>
internal readonly record struct ImageDataBlock(long Position, BlockSizeWord Size, int Length);

/// <summary>
/// Goes through the blocks of a file. The list stays in the image and is read along: a file may have millions of blocks that
/// are all holes.
/// </summary>
internal sealed class BlockListReader
{
    private readonly SquashFsImage _image;
    private readonly ImageFileLayout _layout;
    private readonly long _count;
    private MetadataCursor _list;
    private long _next;
    private long _position;

    /// <summary>A reader at the first block.</summary>
    /// <exception cref="ImageFault">The list is not in the inode table.</exception>
    public BlockListReader(SquashFsImage image, ImageFileLayout layout)
    {
        (_image, _layout, _position) = (image, layout, layout.Start);
        _count = layout.BlockCount(image.BlockSize);
        if (_count > 0)
        {
            _list = image.OpenInodeTable(layout.BlockList);
        }
    }

    /// <summary>Takes the next block of the list.</summary>
    /// <exception cref="ImageFault">It cannot be one.</exception>
    public bool TryNext(out ImageDataBlock block)
    {
        if (_next == _count)
        {
            block = default;
            return false;
        }

        var blockSize = _image.BlockSize;
        var size = new BlockSizeWord(_list.ReadUInt32());
        size.Check(blockSize, "data block");
        block = new ImageDataBlock(_position, size, (int)Math.Min(blockSize, _layout.Length - (_next * blockSize)));
        _position += size.Bytes;
        _next++;
        return true;
    }

    /// <summary>Reads the next block.</summary>
    /// <param name="destination">Room for exactly the bytes it has.</param>
    /// <exception cref="ImageFault">It is damaged.</exception>
    public void ReadNext(Span<byte> destination)
    {
        _image.ThrowIfDisposed();
        if (!TryNext(out var block))
        {
            throw new InvalidOperationException("The file has no more blocks.");
        }

        _image.ReadBlock(block, destination);
    }
}
