using Compose.SquashFs.Tests.Oracles;
using Compose.SquashFs.Tests.Samples;

namespace Compose.SquashFs.Tests;

/// <summary>What the format cannot hold, and what cannot be read, is refused and leaves no image.</summary>
public class LimitTests
{
    public static TheoryData<string, string> Refused() => new()
    {
        { "COMPOSE4003", "short" },
        { "COMPOSE4003", "long" },
        { "COMPOSE4003", "empty" },
        { "COMPOSE4003", "short-large" },
        { "COMPOSE4003", "long-large" },
        { "COMPOSE4004", "unreadable" },
        { "COMPOSE4005", "access-list" },
        { "COMPOSE4005", "nameless-attribute" },
        { "COMPOSE4006", "large-attribute" },
        { "COMPOSE4006", "long-attribute-name" },
        { "COMPOSE4007", "long-target" },
        { "COMPOSE4007", "empty-target" },
        { "COMPOSE4007", "nul-target" },
        { "COMPOSE4008", "major" },
        { "COMPOSE4008", "minor" },
        { "COMPOSE4009", "before-1970" },
        { "COMPOSE4009", "after-2106" },
        { "COMPOSE4010", "endless" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_cannot_be_held_is_refused_with_its_path_and_leaves_nothing(string code, string path)
    {
        using var directory = new TemporaryDirectory();
        var builder = new FileTreeBuilder(SampleTrees.EveryKind(4096)).Set(path, EntryFor(path));

        var exception = Assert.Throws<DiagnosticException>(() =>
            SquashFsWriter.WriteFile(builder.Build(), directory.File("image"), new SquashFsOptions { BlockSize = 4096, Compression = new ZstdCompression(1) }));

        Assert.Equal(code, exception.Diagnostic.Descriptor.Code);
        Assert.Contains($"'{path}'", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Path));
    }

    [Fact]
    public void What_is_refused_leaves_an_earlier_image_as_it_was()
    {
        using var directory = new TemporaryDirectory();
        var (image, _) = directory.Pack(FileTree.Empty);
        var before = File.ReadAllBytes(image);
        var tree = new FileTreeBuilder().Set("short", EntryFor("short")).Build();

        Assert.Throws<DiagnosticException>(() => directory.Pack(tree));

        Assert.Equal(before, File.ReadAllBytes(image));
    }

    [Fact]
    public void Of_several_errors_the_first_of_the_sequence_is_reported()
    {
        for (var run = 0; run < 20; run++)
        {
            var builder = new FileTreeBuilder();
            for (var i = 0; i < 500; i++)
            {
                builder.Set($"{i:D3}", new FileEntry(
                    EntryMetadata.File, i < 300 ? new BytesContent($"{i}") : FaultyContent.Unreadable(1 + (i % 7))));
            }

            var exception = Assert.Throws<DiagnosticException>(() =>
                SquashFsWriter.Write(builder.Build(), new MemoryStream(), new SquashFsOptions { Threads = 4 }));

            Assert.Contains("'300'", exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void As_many_ids_as_can_be_counted_survive_and_one_more_is_refused()
    {
        using var directory = new TemporaryDirectory();
        var builder = new FileTreeBuilder();
        for (var i = 1u; i < 65_535; i++)
        {
            builder.Set($"{i}", SampleContents.File(ReadOnlyMemory<byte>.Empty, EntryMetadata.File with { UserId = i * 60_000, GroupId = 0 }));
        }

        var tree = builder.Build();
        ImageAssert.Holds(tree, directory.Pack(tree, new SquashFsOptions { Compression = new ZstdCompression(3) }).Image);

        builder.Set("one-more", SampleContents.File(ReadOnlyMemory<byte>.Empty, EntryMetadata.File with { GroupId = 7 }));
        var exception = Assert.Throws<DiagnosticException>(() => SquashFsWriter.Write(builder.Build(), new MemoryStream()));

        Assert.Equal("COMPOSE4002", exception.Diagnostic.Descriptor.Code);
    }

    [Fact]
    public void Cancelling_ends_the_work_and_leaves_nothing()
    {
        using var directory = new TemporaryDirectory();
        using var cancellation = new CancellationTokenSource();
        var tree = new FileTreeBuilder()
            .Set("endless", new FileEntry(EntryMetadata.File, new SparseContent(1L << 40)))
            .Build();
        var progress = new CallbackProgress(_ => cancellation.Cancel());

        var exception = Assert.ThrowsAny<OperationCanceledException>(() =>
            SquashFsWriter.WriteFile(tree, directory.File("image"), null, progress, cancellation.Token));

        Assert.Equal(cancellation.Token, exception.CancellationToken);
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Path));
    }

    [Fact]
    public void An_error_of_the_output_is_passed_on()
    {
        var tree = new FileTreeBuilder().Set("noise", SampleContents.File(SampleContents.Noise(1_000_000, 1))).Build();

        var exception = Assert.Throws<IOException>(() => SquashFsWriter.Write(tree, new FullDisk(200_000)));

        Assert.Equal("No space left on device", exception.Message);
    }

    [Fact]
    public void Progress_ends_at_the_total()
    {
        var tree = new FileTreeBuilder().Set("file", SampleContents.File(SampleContents.Text(20_000_000, 1))).Build();
        var reports = new List<SquashFsProgress>();

        SquashFsWriter.Write(tree, new MemoryStream(), new SquashFsOptions { Compression = new ZstdCompression(1) }, new CallbackProgress(reports.Add));

        Assert.True(reports.Count > 2);
        Assert.Equal(reports.OrderBy(report => report.BytesDone), reports);
        Assert.Equal(new SquashFsProgress(20_000_000, 20_000_000), reports[^1]);
    }

    [Theory]
    [InlineData(2048)]
    [InlineData(3 * 4096)]
    [InlineData(2 * 1024 * 1024)]
    public void A_block_size_outside_the_format_is_refused(int blockSize) =>
        Refuses(new SquashFsOptions { BlockSize = blockSize });

    [Theory]
    [MemberData(nameof(BadCompressions))]
    public void A_compression_out_of_range_is_refused(SquashFsCompression compression) =>
        Refuses(new SquashFsOptions { Compression = compression });

    [Fact]
    public void Other_options_out_of_range_are_refused()
    {
        Refuses(new SquashFsOptions { Threads = 0 });
        Refuses(new SquashFsOptions { ModificationTime = -1 });
        Refuses(new SquashFsOptions { ModificationTime = 1L << 32 });
        Refuses(new SquashFsOptions { Fragments = (SquashFsFragments)9 });
        Refuses(new SquashFsOptions { Times = (SquashFsTimes)9 });
    }

    [Fact]
    public void A_stream_without_positions_is_refused()
    {
        using var stream = new System.IO.Compression.ZLibStream(new MemoryStream(), System.IO.Compression.CompressionMode.Compress);

        Assert.Throws<ArgumentException>(() => SquashFsWriter.Write(FileTree.Empty, stream));
    }

    public static TheoryData<SquashFsCompression> BadCompressions() =>
    [
        new ZstdCompression(0),
        new ZstdCompression(23),
        new GzipCompression(0),
        new GzipCompression(10),
        new GzipCompression { WindowBits = 7 },
        new GzipCompression { WindowBits = 16 },
        new GzipCompression { Strategies = 0 },
        new GzipCompression { Strategies = (GzipStrategies)32 },
        new XzCompression(-1),
        new XzCompression(10),
        new XzCompression { DictionarySize = 4096 },
        new XzCompression { DictionarySize = 10_000 },
        new XzCompression { DictionarySize = 256 * 1024 },
        new XzCompression { Filters = (XzFilters)64 },
        new Lz4Compression(0),
        new Lz4Compression(13),
    ];

    private static void Refuses(SquashFsOptions options) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SquashFsWriter.Write(FileTree.Empty, new MemoryStream(), options));

    private static TreeEntry EntryFor(string name)
    {
        static FileEntry Faulty(FileContent content) => new(EntryMetadata.File, content);
        static FileEntry With(string attribute, int length) => SampleContents.File("x"u8.ToArray(), EntryMetadata.File with
        {
            ExtendedAttributes = new ExtendedAttributes([new ExtendedAttribute(attribute, new byte[length])]),
        });
        static SymlinkEntry Link(byte[] target) => new(EntryMetadata.Symlink, target);

        return name switch
        {
            "short" => Faulty(FaultyContent.WithOtherLength(100, 99)),
            "long" => Faulty(FaultyContent.WithOtherLength(100, 101)),
            "empty" => Faulty(FaultyContent.WithOtherLength(100, 0)),
            "short-large" => Faulty(FaultyContent.WithOtherLength(100_000, 50_000)),
            "long-large" => Faulty(FaultyContent.WithOtherLength(8192, 8193)),
            "unreadable" => Faulty(FaultyContent.Unreadable(10)),
            "access-list" => With("system.posix_acl_access", 20),
            "nameless-attribute" => With("user.", 1),
            "large-attribute" => With("user.large", 65_537),
            "long-attribute-name" => With("user." + new string('n', 251), 1),
            "long-target" => Link(new byte[4096].Select(_ => (byte)'t').ToArray()),
            "empty-target" => Link([]),
            "nul-target" => Link([(byte)'a', 0]),
            "major" => new DeviceEntry(EntryMetadata.File, DeviceKind.Block, 4096, 0),
            "minor" => new DeviceEntry(EntryMetadata.File, DeviceKind.Block, 0, 1 << 20),
            "before-1970" => new FifoEntry(EntryMetadata.File with { ModifiedTime = -1 }),
            "after-2106" => new FifoEntry(EntryMetadata.File with { ModifiedTime = 1L << 32 }),
            "endless" => Faulty(new SparseContent(long.MaxValue)),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such entry."),
        };
    }

    private sealed class CallbackProgress(Action<SquashFsProgress> report) : IProgress<SquashFsProgress>
    {
        public void Report(SquashFsProgress value) => report(value);
    }

    private sealed class FullDisk(long capacity) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Position + buffer.Length > capacity)
            {
                throw new IOException("No space left on device");
            }

            base.Write(buffer);
        }
    }
}
