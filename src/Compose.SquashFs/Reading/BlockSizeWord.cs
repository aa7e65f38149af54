namespace Compose.SquashFs.Reading;

/// <summary>The size of a data block or fragment in the image: 24 bits, and one that says whether it is stored as it is.</summary>
internal readonly record struct BlockSizeWord(uint Value)
{
    public int Bytes => (int)(Value & (SquashFsFormat.StoredBlock - 1));

    public bool IsStored => (Value & SquashFsFormat.StoredBlock) != 0;

    /// <summary>Whether the block is all zeros and takes no space.</summary>
    public bool IsHole => Bytes == 0;

    /// <summary>Checks the size.</summary>
    /// <exception cref="ImageFault">It is larger than a block, or has bits that mean nothing.</exception>
    public void Check(int blockSize, string what)
    {
        if (Bytes > blockSize || Value > (SquashFsFormat.StoredBlock * 2) - 1)
        {
            throw new ImageFault(SquashFsDiagnostics.DamagedBlock, $"a {what} claims the size 0x{Value:x}, and blocks have {blockSize} bytes");
        }
    }
}
