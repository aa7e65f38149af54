using System.Buffers;
using Compose.SquashFs.Codecs;

namespace Compose.SquashFs.Data;

/// <summary>
/// Makes of a block what goes into the image: takes it from the cache, or reads what of it was not read yet, and compresses
/// it. One context a thread.
/// </summary>
internal sealed class BlockCompressor(IBlockCodec codec, ContentSource source, CompressedBlocks? cache, DataTimes times) : IDisposable
{
    /// <summary>Makes the block. What goes wrong is noted in it, and reported when it is its turn.</summary>
    public void Run(BlockWork work)
    {
        try
        {
            if (!TryTake(work))
            {
                Read(work);
                Compress(work);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            work.Failure = e;
        }
    }

    public void Dispose() => codec.Dispose();

    private bool TryTake(BlockWork work)
    {
        if (cache is null || work.Digest == default || !cache.TryFind(work.Digest, work.SourceLength, out var block))
        {
            return false;
        }

        if (block.Length == 0)
        {
            // It would not shrink, and is stored as it is.
            Read(work);
            return cache.TryRead(block, []);
        }

        var start = DataTimes.Now;
        var compressed = ArrayPool<byte>.Shared.Rent(block.Length);
        if (!cache.TryRead(block, compressed))
        {
            ArrayPool<byte>.Shared.Return(compressed);
            return false;
        }

        work.Compressed = compressed;
        work.CompressedLength = block.Length;
        times.AddReading(DataTimes.Now - start);
        return true;
    }

    /// <summary>Completes the block's bytes.</summary>
    private void Read(BlockWork work)
    {
        if (work.Source is not null && work.UnreadTails.Count == 0)
        {
            return;
        }

        var start = DataTimes.Now;
        work.Source ??= ArrayPool<byte>.Shared.Rent(work.SourceLength);
        if (work.File is { } file)
        {
            source.ReadKnown(file, work.Index, work.Source.AsSpan(0, work.SourceLength));
        }

        foreach (var (tailFile, offset) in work.UnreadTails)
        {
            source.ReadKnown(tailFile, tailFile.ChunkCount - 1, work.Source.AsSpan(offset, tailFile.TailLength));
        }

        times.AddReading(DataTimes.Now - start);
    }

    private void Compress(BlockWork work)
    {
        var start = DataTimes.Now;
        var destination = ArrayPool<byte>.Shared.Rent(codec.GetBound(work.SourceLength));
        var length = codec.Compress(work.Source.AsSpan(0, work.SourceLength), destination);
        times.AddCompressing(DataTimes.Now - start);
        if (cache is not null && work.Digest != default)
        {
            cache.Add(work.Digest, work.SourceLength, destination.AsSpan(0, length));
        }

        if (length == 0)
        {
            ArrayPool<byte>.Shared.Return(destination);
            return;
        }

        work.Compressed = destination;
        work.CompressedLength = length;
    }
}
