using System.Text.RegularExpressions;
using Compose.Formats.Gpt;
using Compose.Formats.Verity;
using CsCheck;

namespace Compose.Formats.Tests.Verity;

public partial class VerityTreeTests
{
    private const int BlockSize = VerityParameters.BlockSize;
    private static readonly Guid Seed = new("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
    private static readonly VerityParameters Parameters = new(DiscoverableUuid.VeritySuperblock(Seed), DiscoverableUuid.VeritySalt(Seed));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>The edges of the tree's levels: 128 digests a block.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(257)]
    [InlineData(128 * 128)]
    [InlineData((128 * 128) + 1)]
    public void The_tree_is_the_one_that_veritysetup_makes(int dataBlocks)
    {
        using var folder = new TemporaryDirectory();
        var data = TestData.Noise(dataBlocks * BlockSize, seed: dataBlocks);
        AssertEqualsVeritysetup(folder, data, Parameters);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30")]
    public void Any_salt_gives_the_tree_that_veritysetup_makes(string salt)
    {
        using var folder = new TemporaryDirectory();
        AssertEqualsVeritysetup(folder, TestData.Noise(300 * BlockSize, seed: 1), new VerityParameters(Seed, Convert.FromHexString(salt)));
    }

    [Fact]
    public void A_salt_of_256_bytes_is_verified()
    {
        using var folder = new TemporaryDirectory();
        AssertEqualsVeritysetup(folder, TestData.Noise(3 * BlockSize, seed: 2), new VerityParameters(Seed, TestData.Noise(256, seed: 3)));
        Assert.Throws<ArgumentException>(() => new VerityParameters(Seed, new byte[257]));
    }

    [Fact]
    public void A_changed_byte_is_found_by_veritysetup()
    {
        using var folder = new TemporaryDirectory();
        var data = TestData.Noise(200 * BlockSize, seed: 4);
        var tree = VerityTree.Compute(new MemoryStream(data), Parameters, Cancellation);
        data[150 * BlockSize]++;
        var (dataFile, hashFile) = Store(folder, data, tree);
        Assert.NotEqual(0, ExternalTool.TryRun("veritysetup", "verify", dataFile, hashFile, tree.RootHash.ToString()).ExitCode);
    }

    [Fact]
    public void Data_that_ends_inside_a_block_counts_as_padded_with_zeros()
    {
        var data = TestData.Noise((2 * BlockSize) + 1, seed: 5);
        var padded = new byte[3 * BlockSize];
        data.CopyTo(padded, 0);
        var tree = VerityTree.Compute(new MemoryStream(data), Parameters, Cancellation);
        Assert.Equal(3, tree.DataBlocks);
        Assert.Equal(VerityTree.Compute(new MemoryStream(padded), Parameters, Cancellation).RootHash, tree.RootHash);
    }

    [Fact]
    public void Data_is_passed_on_while_it_is_hashed_and_padded_to_a_block()
    {
        var passed = new MemoryStream();
        passed.Write("before"u8);
        using var stream = new VerityHashingStream(passed, Parameters, leaveOpen: true, Cancellation);
        stream.Write("some data"u8);
        var tree = stream.Complete();
        Assert.Equal(6 + BlockSize, passed.Length);
        Assert.Equal("beforesome data"u8, passed.ToArray().AsSpan(0, 15));
        Assert.Equal(VerityTree.Compute(new MemoryStream([.. "some data"u8]), Parameters, Cancellation).RootHash, tree.RootHash);
        Assert.Throws<InvalidOperationException>(() => stream.Write([1]));
    }

    [Fact]
    public void A_partition_is_hashed_while_it_is_written()
    {
        using var folder = new TemporaryDirectory();
        VerityTree tree;
        long offset;
        using (var file = File.OpenHandle(folder["disk"], FileMode.CreateNew, FileAccess.ReadWrite))
        {
            var disk = new GptDiskWriter(file, DiscoverableUuid.Disk(Seed));
            var types = SystemPartitionTypes.X64;
            var usr = disk.AddSizedByContent(new GptPartition("USR-A", types.Usr, Guid.Empty, GptPartitionAttributes.ReadOnly));
            using (var stream = new VerityHashingStream(usr.OpenWrite(), Parameters, cancellationToken: Cancellation))
            {
                stream.SetLength(96);
                stream.Position = 96;
                stream.Write(TestData.Noise(1_000_000, seed: 6));
                stream.Position = 0;
                stream.Write("a header written last"u8);
                tree = stream.Complete();
            }

            usr.Partition = usr.Partition with { Id = DiscoverableUuid.VerityData(tree.RootHash) };
            var hash = disk.Add(new GptPartition("USR-A-verity", types.UsrVerity, DiscoverableUuid.VerityHash(tree.RootHash)), tree.Length);
            using (var stream = hash.OpenWrite())
            {
                tree.WriteTo(stream, Cancellation);
            }

            disk.Complete();
            offset = hash.Offset - usr.Offset;
        }

        // veritysetup takes data and hash from one file when it is told where the hash is.
        var image = File.ReadAllBytes(folder["disk"]);
        File.WriteAllBytes(folder["both"], image[GptDiskWriter.DefaultAlignment..]);
        ExternalTool.Run(
            "veritysetup", "verify", folder["both"], folder["both"], tree.RootHash.ToString(), $"--hash-offset={offset}");
    }

    [Fact]
    public void Any_sequence_of_writes_hashes_what_was_stored()
    {
        var write = Gen.Select(Gen.Int[0, 3_000_000], Gen.Int[1, 1_500_000], Gen.Int[1, 1000]);
        write.Array[1, 8].Sample(
            writes =>
            {
                var stored = new MemoryStream();
                using var stream = new VerityHashingStream(stored, Parameters, leaveOpen: true, Cancellation);
                foreach (var (position, count, seed) in writes)
                {
                    stream.Position = position;
                    stream.Write(TestData.Noise(count, seed));
                }

                var tree = stream.Complete();
                stored.Position = 0;
                return tree.RootHash == VerityTree.Compute(stored, Parameters, Cancellation).RootHash && stored.Length == tree.DataBlocks * BlockSize;
            },
            seed: "0000KeRvtYs4", iter: 60, threads: 1);
    }

    /// <summary>Small writes are gathered, large ones are hashed from the writer's bytes by several threads.</summary>
    [Theory]
    [InlineData(1_000)]
    [InlineData(BlockSize)]
    [InlineData(50_001)]
    [InlineData(128 * 1024)]
    [InlineData((512 * 1024) + 1)]
    [InlineData(20_000_000)]
    public void Writes_of_any_size_give_the_tree_that_veritysetup_makes(int writeSize)
    {
        using var folder = new TemporaryDirectory();
        var data = TestData.Noise(20_000_000, seed: writeSize);
        var stored = new MemoryStream();
        using var stream = new VerityHashingStream(stored, Parameters, leaveOpen: true, Cancellation);
        foreach (var piece in data.Chunk(writeSize))
        {
            stream.Write(piece);

            // What is hashed must not depend on what the writer does with its bytes afterwards.
            Array.Clear(piece);
        }

        var tree = stream.Complete();
        Assert.True(data.AsSpan().SequenceEqual(stored.GetBuffer().AsSpan(0, data.Length)), "What was passed on differs.");
        AssertEqualsVeritysetup(folder, stored.ToArray(), Parameters, tree);
    }

    [Fact]
    public void A_hole_between_large_writes_counts_as_zeros()
    {
        using var folder = new TemporaryDirectory();
        var stored = new MemoryStream();
        using var stream = new VerityHashingStream(stored, Parameters, leaveOpen: true, Cancellation);
        stream.Write(TestData.Noise(3_000_001, seed: 7));
        stream.Position = 7_000_003;
        stream.Write(TestData.Noise(3_000_001, seed: 8));
        stream.SetLength(12_345_678);
        var tree = stream.Complete();
        AssertEqualsVeritysetup(folder, stored.ToArray(), Parameters, tree);
    }

    [Fact]
    public void A_stream_that_is_not_completed_can_be_closed_at_any_time()
    {
        var data = TestData.Noise(1_000_000, seed: 9);
        for (var length = 1; length < data.Length; length += 99_991)
        {
            var stored = new MemoryStream();
            using (var stream = new VerityHashingStream(stored, Parameters, leaveOpen: true, Cancellation))
            {
                stream.Write(data.AsSpan(0, length));
            }

            Assert.True(data.AsSpan(0, length).SequenceEqual(stored.GetBuffer().AsSpan(0, length)));
        }
    }

    [Fact]
    public void A_stream_that_is_cancelled_between_writes_throws()
    {
        using var source = new CancellationTokenSource();
        using var stream = new VerityHashingStream(new MemoryStream(), Parameters, cancellationToken: source.Token);
        stream.Write(TestData.Noise(1_000_000, seed: 10));
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => stream.Write([1]));
        Assert.Throws<OperationCanceledException>(stream.Complete);
    }

    [Fact]
    public void No_data_is_refused()
    {
        using var stream = new VerityHashingStream(new MemoryStream(), Parameters, cancellationToken: Cancellation);
        Assert.Throws<InvalidOperationException>(stream.Complete);
    }

    [Fact]
    public void A_cancelled_hash_throws()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => VerityTree.Compute(new MemoryStream(new byte[BlockSize]), Parameters, source.Token));
    }

    private static void AssertEqualsVeritysetup(TemporaryDirectory folder, byte[] data, VerityParameters parameters) =>
        AssertEqualsVeritysetup(folder, data, parameters, VerityTree.Compute(new MemoryStream(data), parameters, Cancellation));

    private static void AssertEqualsVeritysetup(TemporaryDirectory folder, byte[] data, VerityParameters parameters, VerityTree tree)
    {
        var (dataFile, hashFile) = Store(folder, data, tree);
        Assert.Equal(tree.Length, new FileInfo(hashFile).Length);

        var salt = parameters.Salt.IsEmpty ? "-" : Convert.ToHexStringLower(parameters.Salt.Span);
        var output = ExternalTool.Run(
            "veritysetup", "format", dataFile, folder["expected"], $"--salt={salt}", $"--uuid={parameters.Id}", "--hash=sha256");
        Assert.Equal(RootHashLine().Match(output).Groups[1].Value, tree.RootHash.ToString());
        Assert.True(File.ReadAllBytes(folder["expected"]).AsSpan().SequenceEqual(File.ReadAllBytes(hashFile)), "The hash areas differ.");
        ExternalTool.Run("veritysetup", "verify", dataFile, hashFile, tree.RootHash.ToString());
    }

    private static (string Data, string Hash) Store(TemporaryDirectory folder, byte[] data, VerityTree tree)
    {
        File.WriteAllBytes(folder["data"], data);
        using var output = File.Create(folder["hash"]);
        tree.WriteTo(output, Cancellation);
        return (folder["data"], folder["hash"]);
    }

    [GeneratedRegex(@"Root hash:\s+([0-9a-f]{64})")]
    private static partial Regex RootHashLine();
}
