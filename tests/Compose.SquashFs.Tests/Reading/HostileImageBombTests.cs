using Compose.SquashFs.Reading;
using Compose.SquashFs.Tests.Oracles;
using Compose.SquashFs.Tests.Samples;
using Compose.Tests.Hostile;

namespace Compose.SquashFs.Tests.Reading;

/// <summary>Small images of very much, each in a process of its own, whose memory is watched. The limits are the usual ones.</summary>
public class HostileImageBombTests
{
    [Fact]
    public void Names_that_would_fill_the_memory_are_refused() => HostileProcess.Run(
        GetType(),
        "names",
        folder => Make(Path.Combine(folder, "bomb"), 300, 230),
        folder =>
        {
            using var image = SquashFsReader.Open(Path.Combine(folder, "bomb"));
            var diagnostic = Assert.Throws<DiagnosticException>(() => image.ReadTree()).Diagnostic;

            Assert.Equal(SquashFsDiagnostics.ReadLimitExceeded, diagnostic.Descriptor);
            Assert.Contains("'bomb'", diagnostic.Message, StringComparison.Ordinal);
            Assert.Contains(nameof(SquashFsReadOptions.MaximumNameBytes), diagnostic.Message, StringComparison.Ordinal);
            Assert.Contains("At '", diagnostic.Message, StringComparison.Ordinal);
            return 1;
        });

    [Fact]
    public void The_largest_tree_that_is_allowed_is_read_with_little_memory() => HostileProcess.Run(
        GetType(),
        "full",
        folder => Make(Path.Combine(folder, "bomb"), 1040, 38),
        folder =>
        {
            using var image = SquashFsReader.Open(Path.Combine(folder, "bomb"));

            Assert.Equal(1_041_001, image.ReadTree().Count);
            return 1;
        });

    [Fact]
    public void Ten_gigabytes_of_ten_kilobytes_are_verified_with_little_memory() => HostileProcess.Run(
        GetType(),
        "ten gigabytes",
        folder => Write(
            new FileTreeBuilder().Set("zeros", new FileEntry(EntryMetadata.File, new SparseContent(10_000_000_000))).Build(), Path.Combine(folder, "bomb"), 1 << 20),
        folder =>
        {
            Assert.InRange(new FileInfo(Path.Combine(folder, "bomb")).Length, 1, 10 * 1024);
            using var image = SquashFsReader.Open(Path.Combine(folder, "bomb"));
            ReadingAssert.IsSound(image);
            return 1;
        });

    /// <summary>A thousand directories with so many files in each, whose names have so many bytes more than they need.</summary>
    private static void Make(string path, int files, int length)
    {
        var tree = new FileTreeBuilder();
        var name = new string('n', length);
        for (var i = 0; i < 1000; i++)
        {
            for (var j = 0; j < files; j++)
            {
                tree.Set($"{i:x3}/{j:x4}{name}", new FileEntry(EntryMetadata.File, new BytesContent(ReadOnlyMemory<byte>.Empty)));
            }
        }

        Write(tree.Build(), path, 128 * 1024);
    }

    private static void Write(FileTree tree, string path, int blockSize)
    {
        using var file = File.Create(path);
        SquashFsWriter.Write(tree, file, new SquashFsOptions { BlockSize = blockSize, Compression = SampleCompressions.Fast("zstd") });
    }
}
