using System.Runtime.ExceptionServices;
using Compose.SquashFs.Codecs;
using Compose.SquashFs.Planning;

namespace Compose.SquashFs.Data;

/// <summary>Where a fragment lies.</summary>
/// <param name="Start">From the image's start.</param>
/// <param name="Size">The size on disk, with the format's mark when it is stored as it is.</param>
internal readonly record struct FragmentLocation(long Start, uint Size);

/// <summary>
/// Writes the contents of all files: readers fill a window, the caller's thread decides in sequence, compressors take the
/// blocks, which reach the image in sequence.
/// </summary>
internal sealed class DataWriter(FileTree tree, DataPlan plan, Codec codec, ImageStream image, ImageCache? cache)
{
    private const int MaximumReaders = 8;
    private const int WindowSlots = 1024;
    private const int WindowBlocks = 8;
    private const int MinimumWindowBytes = 2 * 1024 * 1024;
    private const long ProgressStep = 4 * 1024 * 1024;

    private readonly List<FragmentLocation> _fragments = [];

    /// <summary>The fragments, by number.</summary>
    public IReadOnlyList<FragmentLocation> Fragments => _fragments;

    /// <summary>The number of blocks stored that are no fragments.</summary>
    public long Blocks { get; private set; }

    /// <summary>What the parts of the work took.</summary>
    public DataTimes Times { get; } = new();

    public long SparseBlocks { get; private set; }

    public int DuplicateFiles { get; private set; }

    public int DuplicateTails { get; private set; }

    /// <summary>Writes everything, and fills in the plan's layouts.</summary>
    public void Write(int threads, IProgress<SquashFsProgress>? progress, CancellationToken cancellationToken)
    {
        if (plan.Layouts.Count == 0)
        {
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var windowBytes = Math.Max(MinimumWindowBytes, WindowBlocks * (long)plan.BlockSize);
        using var window = new ChunkWindow(WindowSlots, windowBytes, stop.Token);
        using var chunks = new ChunkSequence(plan, window);
        var source = new ContentSource(tree, plan);
        using var pipeline = new BlockPipeline(
            () => new BlockCompressor(codec.CreateContext(), source, cache?.Blocks, Times),
            isCached: cache is not null,
            Math.Clamp(MinimumWindowBytes / plan.BlockSize, (2 * threads) + 2, WindowSlots),
            WriteBlock,
            stop.Token);
        var reader = new ContentReader(source, plan, window, cache?.Digests, Times);
        using var assembler = new DataAssembler(reader, plan, pipeline);

        using var workers = new WorkerThreads(stop);
        workers.Start(plan.Unknown.Count == 0 ? 0 : Math.Min(threads, MaximumReaders), "squashfs reader", reader.Run);
        workers.Start(threads, "squashfs compressor", pipeline.Run);
        try
        {
            Assemble(chunks, assembler, progress);
            pipeline.CompleteAdding();
            workers.Join();
        }
        catch (Exception e)
        {
            stop.Cancel();
            workers.Join();
            cancellationToken.ThrowIfCancellationRequested();
            if (e is OperationCanceledException && workers.Failure is { } failure)
            {
                ExceptionDispatchInfo.Throw(failure);
            }

            throw;
        }

        if (workers.Failure is { } late)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ExceptionDispatchInfo.Throw(late);
        }

        SparseBlocks = assembler.SparseBlocks;
        DuplicateFiles = assembler.DuplicateFiles;
        DuplicateTails = assembler.DuplicateTails;
    }

    private void Assemble(ChunkSequence chunks, DataAssembler assembler, IProgress<SquashFsProgress>? progress)
    {
        var done = 0L;
        var reported = 0L;
        foreach (var layout in plan.Layouts)
        {
            for (var index = 0; index < layout.ChunkCount; index++)
            {
                var chunk = chunks.Next(layout, index);
                assembler.Take(chunk);
                done += chunk.Length;
                if (progress is not null && done - reported >= ProgressStep)
                {
                    progress.Report(new SquashFsProgress(done, plan.TakenLength));
                    reported = done;
                }
            }
        }

        assembler.Complete();
        progress?.Report(new SquashFsProgress(done, plan.TakenLength));
    }

    private void WriteBlock(BlockWork work)
    {
        var begin = DataTimes.Now;
        var start = image.Position;
        uint size;
        if (work.Compressed is { } compressed)
        {
            image.Write(compressed.AsSpan(0, work.CompressedLength));
            size = (uint)work.CompressedLength;
        }
        else
        {
            image.Write(work.Source.AsSpan(0, work.SourceLength));
            size = (uint)work.SourceLength | SquashFsFormat.StoredBlock;
        }

        Times.AddWriting(DataTimes.Now - begin);
        if (work.File is not { } file)
        {
            _fragments.Add(new FragmentLocation(start, size));
            return;
        }

        Blocks++;
        file.SetBlock(work.Index, start, size);
    }
}
