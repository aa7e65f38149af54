using System.Buffers;
using Compose.SquashFs.Planning;

namespace Compose.SquashFs.Data;

/// <summary>
/// Takes chunks in sequence and decides, on one thread and so the same way every time, what each becomes: a block, a sparse
/// block, a part of a fragment, or a reference to equal bytes that came before. With digests it decides without bytes.
/// </summary>
/// <remarks>
/// While the blocks of a content equal those of an earlier one they are held back: not in memory, they are only known by
/// their digests. Should a later block differ, the first ones are read a second time. That is rare: same size, same
/// beginning, different end.
/// </remarks>
internal sealed class DataAssembler(ContentReader reader, DataPlan plan, BlockPipeline pipeline) : IDisposable
{
    private readonly BlockRunIndex _runs = new();
    private readonly Dictionary<Sha256Digest, (int Fragment, int Offset)> _tails = [];
    private readonly FragmentBuilder _fragment = new(plan.BlockSize, pipeline.IsCached);

    // The state of the content whose blocks are being taken.
    private int _node;
    private bool _isHeldBack;

    public long SparseBlocks { get; private set; }

    public int DuplicateFiles { get; private set; }

    public int DuplicateTails { get; private set; }

    /// <summary>Takes the next chunk, and its buffer.</summary>
    public void Take(Chunk chunk)
    {
        var file = chunk.File!;
        if (file.IsPackedTail(chunk.Index) && !chunk.IsSparse)
        {
            TakeTail(file, chunk);
        }
        else if (file.HashesBlocks && !file.IsPackedTail(chunk.Index))
        {
            TakeHashedBlock(file, chunk);
        }
        else
        {
            Store(chunk);
            if (file.BlocksFrom != file)
            {
                // The blocks are shared, and the tail is all zeros.
                DuplicateFiles++;
            }
        }
    }

    /// <summary>Stores the last fragment. Nothing may be taken afterwards.</summary>
    public void Complete() => StoreFragment();

    public void Dispose() => _fragment.Dispose();

    private void TakeHashedBlock(FileLayout file, Chunk chunk)
    {
        if (chunk.Index == 0)
        {
            _node = _runs.Root(file.Length);
            _isHeldBack = true;
        }

        (_node, var isKnown) = _runs.Follow(_node, chunk.Digest);
        if (_isHeldBack && !isKnown)
        {
            _isHeldBack = false;
            StoreHeldBack(file, chunk.Index);
        }

        if (!_isHeldBack)
        {
            Store(chunk);
        }
        else if (chunk.Buffer is { } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        var lastBlock = file.PacksTail ? file.ChunkCount - 2 : file.ChunkCount - 1;
        if (chunk.Index == lastBlock)
        {
            file.BlocksFrom = _runs.OwnerOf(_node, file);
            if (!file.PacksTail && file.BlocksFrom != file)
            {
                DuplicateFiles++;
            }
        }
    }

    private void StoreHeldBack(FileLayout file, int count)
    {
        if (file.KnownDigests is null)
        {
            reader.ReadAgain(file, count, Store);
            return;
        }

        for (var index = 0; index < count; index++)
        {
            Store(Chunk.Known(file, index, plan.BlockSize));
        }
    }

    private void Store(Chunk chunk)
    {
        if (chunk.IsSparse)
        {
            // Its size in the inode's list is 0, which is what the list starts with.
            SparseBlocks++;
        }
        else
        {
            pipeline.Add(BlockWork.ForFile(chunk.File!, chunk.Index, chunk.Buffer, chunk.Length, chunk.Digest));
        }
    }

    private void TakeTail(FileLayout file, Chunk chunk)
    {
        try
        {
            if (file.HashesTail && _tails.TryGetValue(chunk.Digest, out var place))
            {
                DuplicateTails++;
                if (file.ChunkCount == 1 || file.BlocksFrom != file)
                {
                    DuplicateFiles++;
                }
            }
            else
            {
                place = AppendToFragment(chunk);
                if (file.HashesTail)
                {
                    _tails.Add(chunk.Digest, place);
                }
            }

            (file.Fragment, file.FragmentOffset) = place;
        }
        finally
        {
            // Small files share a buffer, which is their batch's.
            if (file.ChunkCount > 1 && chunk.Buffer is { } buffer)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private (int Fragment, int Offset) AppendToFragment(in Chunk tail)
    {
        if (!_fragment.HasRoomFor(tail.Length))
        {
            StoreFragment();
        }

        return _fragment.Append(tail);
    }

    private void StoreFragment()
    {
        if (_fragment.Complete() is { } work)
        {
            pipeline.Add(work);
        }
    }
}
