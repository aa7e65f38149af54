namespace Compose.SquashFs.Reading.Verifying;

/// <summary>A data block or fragment that the image refers to.</summary>
/// <param name="Position">Where it is in the image.</param>
/// <param name="Size">Its size there.</param>
/// <param name="Length">The bytes it must have; of a fragment, the most.</param>
/// <param name="Owner">The place of the path that refers to it; of a fragment, the complement of its number.</param>
internal readonly record struct StoredBlock(long Position, BlockSizeWord Size, int Length, int Owner) : IComparable<StoredBlock>
{
    public bool IsFragment => Owner < 0;

    public uint FragmentNumber => (uint)~Owner;

    public long End => Position + Size.Bytes;

    public bool IsSameAs(StoredBlock other) =>
        Position == other.Position && Size == other.Size && Length == other.Length && !IsFragment && !other.IsFragment;

    public int CompareTo(StoredBlock other)
    {
        var order = Position.CompareTo(other.Position);
        order = order != 0 ? order : Size.Value.CompareTo(other.Size.Value);
        order = order != 0 ? order : Length.CompareTo(other.Length);
        return order != 0 ? order : Owner.CompareTo(other.Owner);
    }
}

/// <summary>
/// All blocks that an image refers to. Files may share blocks, so equal ones are dropped from time to time: what stays is
/// as many as the image has.
/// </summary>
internal sealed class StoredBlocks
{
    /// <summary>400 MB of this list. At 128 KiB a block, the files have 2 TiB.</summary>
    private const int Maximum = 16 * 1024 * 1024;

    private const int FirstCompaction = 64 * 1024;

    private readonly List<StoredBlock> _blocks = [];
    private int _nextCompaction = FirstCompaction;

    /// <exception cref="ImageFault">There are too many.</exception>
    public void Add(StoredBlock block)
    {
        _blocks.Add(block);
        if (_blocks.Count < _nextCompaction)
        {
            return;
        }

        Compact();
        if (_blocks.Count > Maximum / 2)
        {
            throw new ImageFault(SquashFsDiagnostics.ReadLimitExceeded, $"the image has more than {Maximum / 2} blocks, which is more than can be verified");
        }

        _nextCompaction = Math.Max(FirstCompaction, _blocks.Count * 2);
    }

    /// <summary>The blocks in the order of the image, each once. Blocks that overlap one before them are left out.</summary>
    /// <param name="onOverlap">Told of blocks that overlap.</param>
    public List<StoredBlock> Sort(Action<StoredBlock> onOverlap)
    {
        Compact();
        var sound = new List<StoredBlock>(_blocks.Count);
        foreach (var block in _blocks)
        {
            if (sound.Count > 0 && block.Position < sound[^1].End)
            {
                onOverlap(block);
            }
            else
            {
                sound.Add(block);
            }
        }

        return sound;
    }

    private void Compact()
    {
        _blocks.Sort();
        var kept = 0;
        for (var i = 0; i < _blocks.Count; i++)
        {
            if (kept == 0 || !_blocks[kept - 1].IsSameAs(_blocks[i]))
            {
                _blocks[kept++] = _blocks[i];
            }
        }

        _blocks.RemoveRange(kept, _blocks.Count - kept);
    }
}
