using System.Buffers.Binary;
using System.Security.Cryptography;
using Compose.SquashFs.Reading;
using Compose.SquashFs.Tests.Oracles;
using Compose.SquashFs.Tests.Samples;

namespace Compose.SquashFs.Tests.Reading;

/// <summary>How images are opened and used.</summary>
public class SquashFsImageTests
{
    [Fact]
    public void The_superblock_s_facts_are_told()
    {
        using var image = SquashFsReader.Open(Write(new SquashFsOptions
        {
            BlockSize = 8192,
            Compression = new XzCompression(1) { Filters = XzFilters.X86 },
            ModificationTime = 1_700_000_000,
            Exportable = true,
        }), "sample");

        var facts = image.Facts;
        Assert.Equal(SquashFsCodecId.Xz, facts.Codec);
        Assert.Equal([new("dictionary size", 8192), new("filters", 1)], facts.CodecSettings);
        Assert.Equal((8192, 1_700_000_000), (facts.BlockSize, facts.ModificationTime));
        Assert.Equal(SmallTree.Tree.Count - 1, facts.InodeCount);
        Assert.Equal(2, facts.IdCount);
        Assert.True(facts.Flags.HasFlag(SquashFsImageFlags.Exportable | SquashFsImageFlags.Deduplicated | SquashFsImageFlags.CodecSettings));
        Assert.InRange(facts.BytesUsed, 1000, 20_000);
    }

    [Theory]
    [InlineData("path")]
    [InlineData("handle")]
    [InlineData("stream")]
    public void A_part_of_a_file_can_be_an_image(string way)
    {
        using var directory = new TemporaryDirectory();
        var bytes = Write(new SquashFsOptions());
        var disk = directory.File("disk");
        File.WriteAllBytes(disk, [.. new byte[1000], .. bytes, .. SampleContents.Noise(5000, 1)]);
        using var handle = File.OpenHandle(disk);
        using var stream = File.OpenRead(disk);
        using var image = way switch
        {
            "path" => SquashFsReader.Open(disk, offset: 1000, length: bytes.Length),
            "handle" => SquashFsReader.Open(handle, "disk", offset: 1000),
            _ => SquashFsReader.Open(stream, "disk", offset: 1000, length: bytes.Length),
        };

        Assert.Equal(
            ExpectedTree.Of(SmallTree.Tree).ToLines(ObservedDetails.Attributes),
            ExpectedTree.Of(image.ReadTree()).ToLines(ObservedDetails.Attributes));
        Assert.Throws<ArgumentOutOfRangeException>(() => SquashFsReader.Open(disk, offset: 100_000_000));
        Assert.Throws<ArgumentOutOfRangeException>(() => SquashFsReader.Open(disk, offset: 1000, length: 100_000_000));
    }

    [Fact]
    public void Contents_are_read_by_several_threads_at_once()
    {
        var builder = new FileTreeBuilder();
        for (var i = 0; i < 400; i++)
        {
            builder.Set($"{i}", SampleContents.File(SampleContents.Text(i * 53, (ulong)i)));
        }

        var tree = builder.Build();
        using var image = SquashFsReader.Open(Write(new SquashFsOptions { BlockSize = 4096, Compression = new ZstdCompression(1) }, tree), "sample");
        var read = image.ReadTree();
        Parallel.For(0, 4 * tree.Count, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            if (read[i % tree.Count].Entry is FileEntry actual && tree[i % tree.Count].Entry is FileEntry expected)
            {
                Assert.Equal(Digest(expected.Content), Digest(actual.Content));
            }
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(4096)]
    [InlineData(100_000)]
    public void A_content_comes_in_parts_of_any_size(int partSize)
    {
        using var image = SquashFsReader.Open(Write(new SquashFsOptions { BlockSize = 4096 }), "sample");
        foreach (var (path, entry) in image.ReadTree())
        {
            if (entry is not FileEntry file)
            {
                continue;
            }

            SmallTree.Tree.TryGet(path, out var expected);
            using var stream = file.Content.OpenRead();
            using var all = new MemoryStream();
            var part = new byte[partSize];
            for (var count = stream.Read(part); count > 0; count = stream.Read(part))
            {
                all.Write(part, 0, count);
            }

            Assert.Equal(((BytesContent)((FileEntry)expected!).Content).Bytes.ToArray(), all.ToArray());
            Assert.Equal(file.Content.Length, stream.Position);
        }
    }

    [Fact]
    public void Nothing_is_read_of_a_closed_image()
    {
        var image = SquashFsReader.Open(Write(new SquashFsOptions { BlockSize = 4096 }), "sample");
        var files = image.ReadTree().Items.ToArray().Select(item => item.Entry).OfType<FileEntry>().Where(file => file.Content.Length > 0).ToArray();
        image.Dispose();

        Assert.Throws<ObjectDisposedException>(() => image.ReadTree());
        Assert.All(files, file => Assert.Throws<ObjectDisposedException>(() => file.Content.OpenRead().CopyTo(Stream.Null)));
    }

    [Fact]
    public void A_message_names_the_image_and_the_entry()
    {
        var parts = ImageParts.Of(SmallTree.Tree, new SquashFsOptions { BlockSize = 4096 });
        parts.SetInode32("blocks", 32, 0xFFFF);

        var diagnostic = ReadingProbe.ReadAll(parts.Pack());

        Assert.Equal(
            "The image 'hostile' cannot be read. At 'blocks': A data block claims the size 0xffff, and blocks have 4096 bytes. Get the image again from its source, or build it again.",
            diagnostic?.Message);
    }

    [Fact]
    public void Verifying_goes_on_after_a_problem_and_names_each()
    {
        var parts = ImageParts.Of(SmallTree.Tree, new SquashFsOptions { BlockSize = 4096 });
        parts.SetInode32("blocks", 32, 0xFFFF);
        parts.SetInode16("dir/inner/text", 4, 99);
        parts.SetInode16("socket", 0, 55);

        var messages = ReadingProbe.Verify(parts.Pack()).Select(problem => problem.Message).ToArray();

        Assert.Equal(3, messages.Length);
        Assert.Contains(messages, message => message.Contains("At 'blocks'", StringComparison.Ordinal));
        Assert.Contains(messages, message => message.Contains("At 'dir/inner/text'", StringComparison.Ordinal));
        Assert.Contains(messages, message => message.Contains("At 'socket'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a wrong parent", "COMPOSE4027")]
    [InlineData("a wrong export", "COMPOSE4024")]
    [InlineData("more inodes counted than there are", "COMPOSE4023")]
    [InlineData("overlapping blocks", "COMPOSE4025")]
    [InlineData("a damaged fragment of no file", "COMPOSE4025")]
    public void Verifying_finds_what_reading_passes_over(string damage, string code)
    {
        var parts = ImageParts.Of(SmallTree.Tree, new SquashFsOptions { BlockSize = 4096, Compression = new NoCompression() });
        switch (damage)
        {
            case "a wrong parent":
                parts.SetInode32("dir", 28, 7);
                break;
            case "a wrong export":
                BinaryPrimitives.WriteUInt64LittleEndian(parts.Exports.AsSpan(16), 0);
                break;
            case "more inodes counted than there are":
                parts.Superblock = parts.Superblock with { InodeCount = parts.Superblock.InodeCount + 1 };
                parts.Exports = [.. parts.Exports, .. new byte[8]];
                break;
            case "overlapping blocks":
                parts.SetInode32("noise", 16, BinaryPrimitives.ReadUInt32LittleEndian(parts.Inodes.AsSpan(parts.InodeAt("noise") + 16)) + 1);
                break;
            default:
                // The image is not compressed, so what is no block is one that overlaps the superblock's bytes.
                parts.Superblock = parts.Superblock with { FragmentCount = parts.Superblock.FragmentCount + 1 };
                parts.Fragments = [.. parts.Fragments, .. BitConverter.GetBytes(96L), .. BitConverter.GetBytes(4096u), .. new byte[4]];
                break;
        }

        Assert.Null(ReadingProbe.ReadAll(parts.Pack()));
        Assert.Contains(code, ReadingProbe.Verify(parts.Pack()).Select(problem => problem.Descriptor.Code));
    }

    [Fact]
    public void Verifying_finds_a_wrong_point_of_a_directory_s_index()
    {
        var bytes = Write(new SquashFsOptions { Compression = new NoCompression() }, SampleTrees.ManyFiles(2_000));
        Assert.Empty(ReadingProbe.Verify(bytes));

        // The index has the name of each point; the first one's is changed in the inode table, which comes before the listings.
        var inodes = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(64));
        var listings = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(72));
        var name = inodes + bytes.AsSpan(inodes, listings - inodes).IndexOf("file-"u8);
        Assert.InRange(name, inodes, listings);
        bytes[name] ^= 1;

        Assert.Null(ReadingProbe.ReadAll(bytes));
        Assert.Equal("COMPOSE4027", Assert.Single(ReadingProbe.Verify(bytes)).Descriptor.Code);
    }

    [Fact]
    public void Verifying_stops_at_the_most_problems_and_says_so()
    {
        var parts = ImageParts.Of(SmallTree.Tree, new SquashFsOptions { BlockSize = 4096 });
        parts.SetInode16("socket", 0, 55);
        parts.SetInode16("device", 0, 55);
        var problems = new ProblemCollector();
        using var image = SquashFsReader.Open(parts.Pack(), "sample", new SquashFsReadOptions { MaximumProblems = 1 });

        var result = image.Verify(problems);

        Assert.Single(problems.Diagnostics);
        Assert.False(result.IsComplete);
    }

    private static byte[] Write(SquashFsOptions options, FileTree? tree = null)
    {
        var stream = new MemoryStream();
        SquashFsWriter.Write(tree ?? SmallTree.Tree, stream, options);
        return stream.ToArray();
    }

    private static string Digest(FileContent content)
    {
        using var stream = content.OpenRead();
        return Convert.ToHexString(SHA256.HashData(stream));
    }
}
