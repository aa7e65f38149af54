using System.Buffers;
using System.Collections.Concurrent;

namespace Compose.SquashFs.Reading.Verifying;

/// <summary>Reads and decompresses blocks on several threads, in the order of the image.</summary>
internal sealed class BlockVerifier(SquashFsImage image, IProgress<SquashFsProgress>? progress)
{
    /// <summary>So many blocks in a row go to one thread: enough to read on, few enough to share out the last ones.</summary>
    private const int RunLength = 16;

    private long _blocks;
    private int _fragments;
    private long _bytes;
    private long _total;

    public long Blocks => _blocks;

    public int Fragments => _fragments;

    public long Bytes => _bytes;

    /// <summary>Tells of bytes that will be read, for the progress.</summary>
    public void AddToTotal(int bytes) => _total += bytes;

    /// <summary>Reads the blocks.</summary>
    /// <returns>What is wrong, in the order of the image.</returns>
    public IEnumerable<(StoredBlock Block, ImageFault Fault)> Run(List<StoredBlock> blocks, TailEnds tails, CancellationToken cancellationToken)
    {
        if (blocks.Count == 0)
        {
            return [];
        }

        var faults = new ConcurrentBag<(StoredBlock Block, ImageFault Fault)>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = image.Options.Threads, CancellationToken = cancellationToken };
        try
        {
            Parallel.ForEach(Partitioner.Create(0, blocks.Count, RunLength), options, run =>
            {
                for (var i = run.Item1; i < run.Item2 && faults.Count < image.Options.MaximumProblems; i++)
                {
                    if (Verify(blocks[i], tails) is { } fault)
                    {
                        faults.Add((blocks[i], fault));
                    }
                }
            });
        }
        catch (AggregateException e) when (e.InnerExceptions.All(inner => inner is IOException))
        {
            throw new IOException(e.InnerExceptions[0].Message, e.InnerExceptions[0]);
        }

        return faults.OrderBy(item => item.Block);
    }

    private ImageFault? Verify(StoredBlock block, TailEnds tails)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(block.Length);
        try
        {
            var length = Read(block, buffer.AsSpan(0, block.Length), tails);
            var done = Interlocked.Add(ref _bytes, length);
            progress?.Report(new SquashFsProgress(done, _total));
            return null;
        }
        catch (ImageFault fault)
        {
            return fault;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private int Read(StoredBlock block, Span<byte> buffer, TailEnds tails)
    {
        if (!block.IsFragment)
        {
            Interlocked.Increment(ref _blocks);
            image.ReadBlock(new ImageDataBlock(block.Position, block.Size, block.Length), buffer);
            return block.Length;
        }

        Interlocked.Increment(ref _fragments);
        var length = image.ReadFragment(block.Position, block.Size, buffer);
        return tails.TryGet(block.FragmentNumber, out var tail) && tail.End > length
            ? throw new ImageFault(
                SquashFsDiagnostics.DamagedInode, $"the file's end is up to byte {tail.End} of fragment {block.FragmentNumber}, which has {length}")
            : length;
    }
}
