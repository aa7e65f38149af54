using System.Buffers;
using Compose.SquashFs.Planning;

namespace Compose.SquashFs.Data;

/// <summary>
/// Takes chunks in sequence and decides, on one thread and so the same way every time, what each becomes: a block, a sparse
/// block, a part of a fragment, or a reference to equal bytes that came before.
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
    private byte[]? _fragment;
    private int _fragmentLength;
    private int _fragmentCount;

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
            Store(file, chunk.Index, chunk.Buffer, chunk.Length);
            if (file.BlocksFrom != file)
            {
                // The blocks are shared, and the tail is all zeros.
                DuplicateFiles++;
            }
        }
    }

    /// <summary>Stores the last fragment. Nothing may be taken afterwards.</summary>
    public void Complete() => FlushFragment();

    public void Dispose()
    {
        if (_fragment is { } fragment)
        {
            _fragment = null;
            ArrayPool<byte>.Shared.Return(fragment);
        }
    }

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
            Store(file, chunk.Index, chunk.Buffer, chunk.Length);
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
        if (count == 0)
        {
            return;
        }

        try
        {
            using var stream = reader.Open(file);
            for (var index = 0; index < count; index++)
            {
                Store(file, index, reader.ReadChunk(file, stream, index), plan.BlockSize);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw reader.Unreadable(file, e);
        }
    }

    private void Store(FileLayout file, int index, byte[]? buffer, int length)
    {
        if (buffer is null)
        {
            // Its size in the inode's list is 0, which is what the list starts with.
            SparseBlocks++;
        }
        else
        {
            pipeline.Add(BlockWork.ForFile(file, index, buffer, length));
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
                place = AppendToFragment(chunk.Bytes);
                if (file.HashesTail)
                {
                    _tails.Add(chunk.Digest, place);
                }
            }

            (file.Fragment, file.FragmentOffset) = place;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk.Buffer!);
        }
    }

    private (int Fragment, int Offset) AppendToFragment(ReadOnlySpan<byte> bytes)
    {
        if (_fragmentLength + bytes.Length > plan.BlockSize)
        {
            FlushFragment();
        }

        _fragment ??= ArrayPool<byte>.Shared.Rent(plan.BlockSize);
        bytes.CopyTo(_fragment.AsSpan(_fragmentLength));
        var place = (_fragmentCount, _fragmentLength);
        _fragmentLength += bytes.Length;
        return place;
    }

    private void FlushFragment()
    {
        if (_fragment is not { } fragment)
        {
            return;
        }

        var length = _fragmentLength;
        _fragment = null;
        _fragmentLength = 0;
        _fragmentCount++;
        pipeline.Add(BlockWork.ForFragment(fragment, length));
    }
}
