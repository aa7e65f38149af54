using Compose.SquashFs.Tests.Oracles;
using Compose.SquashFs.Tests.Samples;

namespace Compose.SquashFs.Tests;

/// <summary>Images as they come out on a file system: unpacked by unsquashfs, and read by the kernel.</summary>
public class ExtractionTests
{
    [Fact]
    public void Unsquashfs_extracts_the_tree()
    {
        using var directory = new TemporaryDirectory();
        var extracted = directory.File("extracted");

        // Only root can make devices and give files away. Others extract what they can, and compare that; everything else is
        // compared without root by the other tests.
        var isRoot = Environment.IsPrivilegedProcess;
        var tree = isRoot ? SampleTrees.EveryKind(131_072) : WithoutPrivileges(SampleTrees.EveryKind(131_072));
        var (image, _) = directory.Pack(tree, new SquashFsOptions { Compression = new ZstdCompression(3) });

        Tool.Run("unsquashfs", "-no-progress", "-quiet", "-dest", extracted, image);

        ImageAssert.IsDirectory(ExpectedTree.Of(tree), extracted, isRoot ? ObservedDetails.None : ObservedDetails.NoOwners);
    }

    [Theory]
    [InlineData(4096, "zstd")]
    [InlineData(131_072, "zstd")]
    [InlineData(1_048_576, "zstd")]
    [InlineData(4096, "gzip")]
    [InlineData(131_072, "gzip")]
    [InlineData(1_048_576, "gzip")]
    [InlineData(4096, "xz")]
    [InlineData(131_072, "xz")]
    [InlineData(1_048_576, "xz")]
    [InlineData(4096, "lz4")]
    [InlineData(131_072, "lz4")]
    [InlineData(1_048_576, "lz4")]
    [InlineData(131_072, "none")]
    public void The_kernel_reads_the_tree(int blockSize, string compression)
    {
        using var directory = new TemporaryDirectory();
        var tree = SampleTrees.EveryKind(blockSize);
        var (image, _) = directory.Pack(tree, new SquashFsOptions
        {
            BlockSize = blockSize,
            Compression = SquashFsCompression.Parse(compression),
        });

        KernelMount.Use(image, directory, mounted => ImageAssert.IsDirectory(ExpectedTree.Of(tree), mounted));
    }

    [Fact]
    public void The_kernel_reads_xz_with_filters_where_metadata_blocks_are_larger_than_data_blocks()
    {
        using var directory = new TemporaryDirectory();
        var tree = SampleTrees.EveryKind(4096);
        var (image, _) = directory.Pack(tree, new SquashFsOptions
        {
            BlockSize = 4096,
            Compression = new XzCompression(1) { Filters = XzFilters.X86 },
        });

        KernelMount.Use(image, directory, mounted => ImageAssert.IsDirectory(ExpectedTree.Of(tree), mounted));
    }

    [Fact]
    public void The_kernel_finds_names_through_a_directory_s_index()
    {
        using var directory = new TemporaryDirectory();
        var tree = SampleTrees.ManyFiles(20_000);
        var (image, _) = directory.Pack(tree, new SquashFsOptions { Compression = new ZstdCompression(3) });

        KernelMount.Use(image, directory, mounted =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                Assert.True(File.Exists(Path.Combine(mounted, "directory", $"file-{i}")), $"file-{i} is not found.");
            }

            Assert.False(File.Exists(Path.Combine(mounted, "directory", "file-")));
            Assert.False(File.Exists(Path.Combine(mounted, "directory", "file-20000")));
            Assert.False(File.Exists(Path.Combine(mounted, "directory", "zzz")));
        });
    }

    private static FileTree WithoutPrivileges(FileTree tree)
    {
        var builder = new FileTreeBuilder();
        var copies = new Dictionary<TreeEntry, TreeEntry>(ReferenceEqualityComparer.Instance);
        foreach (var (path, entry) in tree)
        {
            if (entry is DeviceEntry or SocketEntry || entry.Metadata.Permissions == 0)
            {
                continue;
            }

            var metadata = entry.Metadata with { ExtendedAttributes = ExtendedAttributes.Empty };
            if (!copies.TryGetValue(entry, out var copy))
            {
                copies.Add(entry, copy = entry.WithMetadata(metadata));
            }

            builder.Set(path, copy);
        }

        return builder.Build();
    }
}
