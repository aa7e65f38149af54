using System.Buffers.Binary;
using Compose.SquashFs.Codecs;
using Compose.SquashFs.Reading;
using Compose.SquashFs.Tests.Oracles;
using Compose.SquashFs.Tests.Samples;

namespace Compose.SquashFs.Tests.Reading;

/// <summary>Images that are right and large, or that a few bytes make large: what reading them may cost.</summary>
public class ReadLimitTests
{
    [Theory]
    [InlineData(nameof(SquashFsReadOptions.MaximumEntries))]
    [InlineData(nameof(SquashFsReadOptions.MaximumDepth))]
    [InlineData(nameof(SquashFsReadOptions.MaximumPathLength))]
    [InlineData(nameof(SquashFsReadOptions.MaximumNameBytes))]
    [InlineData(nameof(SquashFsReadOptions.MaximumContentBytes))]
    public void An_image_beyond_a_limit_is_refused_and_the_limit_is_named(string limit)
    {
        var image = Write(SmallTree.Tree);
        var options = limit switch
        {
            nameof(SquashFsReadOptions.MaximumEntries) => new SquashFsReadOptions { MaximumEntries = SmallTree.Tree.Count - 1 },
            nameof(SquashFsReadOptions.MaximumDepth) => new SquashFsReadOptions { MaximumDepth = 2 },
            nameof(SquashFsReadOptions.MaximumPathLength) => new SquashFsReadOptions { MaximumPathLength = "dir/inner/text".Length },
            nameof(SquashFsReadOptions.MaximumNameBytes) => new SquashFsReadOptions { MaximumNameBytes = 300 },
            _ => new SquashFsReadOptions { MaximumContentBytes = 10_000 },
        };

        Assert.Null(ReadingProbe.ReadAll(image, new SquashFsReadOptions { MaximumEntries = SmallTree.Tree.Count, MaximumDepth = 3 }));
        options = options with { EntryOption = "--count" };
        foreach (var diagnostic in (Diagnostic?[])[ReadingProbe.ReadAll(image, options), Assert.Single(ReadingProbe.Verify(image, options))])
        {
            Assert.Equal(SquashFsDiagnostics.ReadLimitExceeded, diagnostic?.Descriptor);
            Assert.Contains(limit, diagnostic!.Message, StringComparison.Ordinal);
            Assert.Equal(
                limit is nameof(SquashFsReadOptions.MaximumEntries) or nameof(SquashFsReadOptions.MaximumNameBytes),
                diagnostic.Message.Contains("--count", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Ten_gigabytes_of_holes_are_verified_and_read_in_little_memory()
    {
        const long Length = 10L << 30;
        var content = new SparseContent(Length, [(Length / 2, [1, 2, 3])]);
        var image = Write(new FileTreeBuilder().Set("holes", new FileEntry(EntryMetadata.File, content)).Build(), 1024 * 1024);
        Assert.InRange(image.Length, 1, 20_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        using var opened = SquashFsReader.Open(image, "holes");

        ReadingAssert.IsSound(opened);
        Assert.True(opened.ReadTree().TryGet(TreePath.Parse("holes"), out var entry));
        using var stream = ((FileEntry)entry).Content.OpenRead();
        var buffer = new byte[1024 * 1024];
        var (position, marks) = (0L, 0);
        for (var read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
        {
            marks += buffer.AsSpan(0, read).ContainsAnyExcept((byte)0) ? 1 : 0;
            position += read;
        }

        Assert.Equal((Length, 1), (position, marks));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 * 1024 * 1024);
    }

    [Fact]
    public void A_metadata_block_that_decompresses_to_more_than_8_KiB_is_refused()
    {
        foreach (var name in SquashFsCompression.Names.Where(name => name != "none"))
        {
            // The inodes' block is replaced by one that fits: names of noise make room.
            var tree = new FileTreeBuilder();
            for (var i = 0; i < 200; i++)
            {
                tree.Set($"{i}", new SymlinkEntry(Convert.ToHexString(SampleContents.Noise(20, (ulong)i))));
            }

            var image = Write(tree.Build(), compression: name);
            var inodes = BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(64));
            var room = BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(72)) - inodes;
            var bomb = Compress(name, new byte[64 * 1024]);
            Assert.InRange(bomb.Length, 1, room - 2);
            BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(inodes), (ushort)bomb.Length);
            bomb.CopyTo(image, inodes + 2);
            BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(32), 0);

            Assert.Equal(SquashFsDiagnostics.DamagedBlock, ReadingProbe.ReadAll(image)?.Descriptor);
        }
    }

    [Fact]
    public void A_data_block_that_decompresses_to_more_than_a_block_is_refused()
    {
        foreach (var name in SquashFsCompression.Names.Where(name => name != "none"))
        {
            // The file's only block is replaced by one of the same size on disk: its bytes are noise, so it is long enough.
            var options = new SquashFsOptions { BlockSize = SmallTree.BlockSize, Compression = SampleCompressions.Fast(name) };
            var tree = new FileTreeBuilder().Set("file", SampleContents.File(SampleContents.Text(SmallTree.BlockSize, 1))).Build();
            var parts = ImageParts.Of(tree, options);
            var bomb = Compress(name, new byte[128 * 1024]);
            var start = BinaryPrimitives.ReadInt32LittleEndian(parts.Inodes.AsSpan(parts.InodeAt("file") + 16));
            Assert.InRange(bomb.Length, 1, parts.Data.Length - start);
            bomb.CopyTo(parts.Data, start);
            parts.SetInode32("file", 32, (uint)bomb.Length);

            Assert.Equal(SquashFsDiagnostics.DamagedBlock, ReadingProbe.ReadAll(parts.Pack())?.Descriptor);
        }
    }

    private static byte[] Compress(string name, byte[] bytes)
    {
        using var codec = Codec.For(new SquashFsOptions { Compression = SampleCompressions.Fast(name) }).CreateContext();
        var buffer = new byte[Math.Max(codec.GetBound(bytes.Length), 1)];
        return buffer[..codec.Compress(bytes, buffer)];
    }

    private static byte[] Write(FileTree tree, int blockSize = SmallTree.BlockSize, string compression = "zstd")
    {
        var stream = new MemoryStream();
        SquashFsWriter.Write(tree, stream, new SquashFsOptions { BlockSize = blockSize, Compression = SampleCompressions.Fast(compression) });
        return stream.ToArray();
    }
}
