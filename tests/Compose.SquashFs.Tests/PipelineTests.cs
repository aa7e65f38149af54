using System.Buffers;
using Compose.SquashFs.Codecs;
using Compose.SquashFs.Data;
using Compose.SquashFs.Planning;

namespace Compose.SquashFs.Tests;

/// <summary>The two places where threads meet.</summary>
public class PipelineTests
{
    [Fact]
    public void Chunks_are_taken_in_sequence_whatever_the_readers_order()
    {
        const int Count = 5_000;
        using var window = new ChunkWindow(slots: 16, byteBudget: 100, CancellationToken.None);
        var next = -1;
        var readers = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (var i = Interlocked.Increment(ref next); i < Count; i = Interlocked.Increment(ref next))
            {
                // Each has 30 bytes: three fit the budget.
                window.Reserve(i, (i + 1) * 30L);
                window.Publish(i, Batch(i, 30));
            }
        })).ToList();
        readers.ForEach(reader => reader.Start());

        for (var i = 0; i < Count; i++)
        {
            Assert.Equal(i, window.Take().Chunks.Single().Index);
        }

        readers.ForEach(reader => reader.Join());
    }

    [Fact]
    public void A_chunk_larger_than_the_budget_is_let_through_when_it_is_the_next()
    {
        using var window = new ChunkWindow(slots: 2, byteBudget: 10, CancellationToken.None);

        window.Reserve(0, 1_000);
        window.Publish(0, Batch(7, 1_000));

        Assert.Equal(7, window.Take().Chunks.Single().Index);
    }

    [Fact]
    public void Cancelling_wakes_a_reader_that_waits_for_room_and_one_that_waits_for_a_chunk()
    {
        using var cancellation = new CancellationTokenSource();
        using var window = new ChunkWindow(slots: 2, byteBudget: 10, cancellation.Token);
        var reader = Task.Run(() => window.Reserve(5, 1_000), TestContext.Current.CancellationToken);
        var taker = Task.Run(() => window.Take(), TestContext.Current.CancellationToken);

        cancellation.Cancel();

        Assert.ThrowsAny<OperationCanceledException>(() => reader.GetAwaiter().GetResult());
        Assert.ThrowsAny<OperationCanceledException>(() => taker.GetAwaiter().GetResult());
    }

    [Fact]
    public void Blocks_are_written_in_the_order_in_which_they_were_added()
    {
        const int Count = 300;
        var written = new List<int>();
        var plan = new DataPlan(new InodePlan(FileTree.Empty), new SquashFsOptions(), digests: null);
        var source = new ContentSource(FileTree.Empty, plan);
        using var pipeline = new BlockPipeline(
            () => new BlockCompressor(new SlowCodec(), source, cache: null, new DataTimes()),
            isCached: false,
            capacity: 9,
            work => written.Add(BitConverter.ToInt32(work.Source!)),
            CancellationToken.None);
        var compressors = Enumerable.Range(0, 4).Select(_ => new Thread(pipeline.Run)).ToList();
        compressors.ForEach(compressor => compressor.Start());

        for (var i = 0; i < Count; i++)
        {
            var bytes = ArrayPool<byte>.Shared.Rent(sizeof(int));
            BitConverter.TryWriteBytes(bytes, i);
            pipeline.Add(BlockWork.ForFragment(bytes, sizeof(int), default, []));
        }

        pipeline.CompleteAdding();
        compressors.ForEach(compressor => compressor.Join());

        Assert.Equal(Enumerable.Range(0, Count), written);
    }

    private static ChunkBatch Batch(int index, int length) => new([new Chunk(null, index, null, 0, length, default)], length, null);

    /// <summary>Takes longer for some blocks than for others, so that they are done out of order.</summary>
    private sealed class SlowCodec : IBlockCodec
    {
        public int GetBound(int sourceLength) => 0;

        public int Compress(ReadOnlySpan<byte> source, Span<byte> destination)
        {
            Thread.SpinWait(BitConverter.ToInt32(source) % 7 * 2_000);
            return 0;
        }

        public void Dispose()
        {
        }
    }
}
