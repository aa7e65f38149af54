using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Compose.SquashFs.Tests.Oracles;
using Compose.SquashFs.Tests.Samples;
using CsCheck;

namespace Compose.SquashFs.Tests;

/// <summary>
/// Random trees with random options, written by us and read by squashfs-tools, squashfs-tools-ng, the kernel and ourselves.
/// COMPOSE_RANDOM_TREES is how many; COMPOSE_RANDOM_TREES_FIRST the first one's number.
/// </summary>
public class RandomImageTests
{
    private const int TreesInTheGate = 150;

    /// <summary>Extraction makes every inode on the host and takes it away again: a part of the trees is enough.</summary>
    private const int ExtractedPart = 4;

    /// <summary>The attributes of an entry that a host's file system takes in any case.</summary>
    private const int MaximumHostAttributes = 2_000;

    [Fact]
    public void Random_trees_are_read_alike_by_all()
    {
        var first = Number("COMPOSE_RANDOM_TREES_FIRST", 1);
        var count = Number("COMPOSE_RANDOM_TREES", TreesInTheGate);
        var clock = Stopwatch.StartNew();
        var tally = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        using var mounts = new TemporaryDirectory();
        var canMount = Environment.IsPrivilegedProcess && KernelMount.CanMount(mounts);
        Parallel.For(
            first,
            first + count,
            new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = TestContext.Current.CancellationToken },
            number => Check(number, canMount, tally));

        var summary = $"{count} trees from {first} on in {clock.Elapsed.TotalSeconds:F0} s: "
            + string.Join(", ", tally.OrderBy(item => item.Key, StringComparer.Ordinal).Select(item => $"{item.Key} {item.Value}"));
        TestContext.Current.TestOutputHelper?.WriteLine(summary);
        Assert.Equal(count, tally["our reader"]);
    }

    private static void Check(int number, bool canMount, ConcurrentDictionary<string, int> tally)
    {
        // One generator for each number, so that a failure can be had again alone.
        var (tree, options) = RandomTrees.Images.Generate(new PCG(1, (ulong)number), null, out _);
        try
        {
            using var directory = new TemporaryDirectory();
            var (image, _) = directory.Pack(tree, options);
            var expected = ExpectedTree.Of(tree);
            Count("entries", tree.Count);
            Count(options.Compression.Name);
            ReadingAssert.Holds(expected, image);
            Count("our reader");
            ImageAssert.IsReadByUnsquashfs(expected, image);
            Count("unsquashfs");
            if (tree.Items.ToArray().All(item => item.Entry is not SocketEntry))
            {
                ImageAssert.IsReadBySquashfsToolsNg(expected, image);
                Count("squashfs-tools-ng");
            }

            if (canMount && !NeedsOldKernel(options))
            {
                var mounted = Directory.CreateDirectory(directory.File("mounted")).FullName;
                KernelMount.Mount(image, mounted, () => ImageAssert.IsDirectory(expected, mounted));
                Count("the kernel");
            }

            if (Environment.IsPrivilegedProcess && number % ExtractedPart == 0 && FitsHost(tree))
            {
                var extracted = directory.File("extracted");
                Tool.Run("unsquashfs", "-no-progress", "-quiet", "-dest", extracted, image);
                ImageAssert.IsDirectory(expected, extracted);
                Count("extraction");
            }
        }
        catch (Exception e)
        {
            throw new InvalidOperationException(
                $"Tree {number} of {tree.Count} entries with {options} fails (COMPOSE_RANDOM_TREES_FIRST={number} COMPOSE_RANDOM_TREES=1).", e);
        }

        void Count(string what, int by = 1) => tally.AddOrUpdate(what, by, (_, old) => old + by);
    }

    /// <summary>Kernels have the filter for IA-64 only as long as they have that processor, which Linux 6.7 dropped.</summary>
    private static bool NeedsOldKernel(SquashFsOptions options) =>
        options.Compression is XzCompression xz && xz.Filters.HasFlag(XzFilters.Ia64);

    private static bool FitsHost(FileTree tree) => tree.Items.ToArray().All(item =>
        item.Entry.Metadata.ExtendedAttributes.Sum(attribute => attribute.Name.Length + attribute.Value.Length) <= MaximumHostAttributes);

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
