using System.Globalization;

namespace Compose.Benchmarks.Trees;

/// <summary>Makes trees that no package has. They are the same everywhere.</summary>
internal static class GeneratedTrees
{
    private const int RandomFiles = 3;
    private const int RandomFileBytes = 100_000_000;
    private const int EmptyDirectories = 1_000;
    private const int EmptyFilesEach = 1_000;

    /// <summary>Bytes that no codec makes smaller: 300 MB in three files.</summary>
    public static BenchmarkTree Random(string directory) => Make("random", directory, () =>
    {
        var buffer = new byte[RandomFileBytes];
        var random = new Random(Seed: 3);
        for (var i = 0; i < RandomFiles; i++)
        {
            // A seeded generator gives the same bytes in every version of .NET.
            random.NextBytes(buffer);
            File.WriteAllBytes(Path.Combine(directory, Name(i)), buffer);
        }
    });

    /// <summary>A million empty files in a thousand folders.</summary>
    public static BenchmarkTree Empty(string directory, CancellationToken cancellationToken) => Make("empty", directory, () =>
    {
        for (var i = 0; i < EmptyDirectories; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var folder = Directory.CreateDirectory(Path.Combine(directory, Name(i))).FullName;
            for (var j = 0; j < EmptyFilesEach; j++)
            {
                File.OpenHandle(Path.Combine(folder, Name(j)), FileMode.CreateNew, FileAccess.Write).Dispose();
            }
        }
    });

    /// <summary>One small file.</summary>
    public static BenchmarkTree One(string directory) =>
        Make("one", directory, () => File.WriteAllText(Path.Combine(directory, "hello"), "Hello, world!\n"));

    private static BenchmarkTree Make(string name, string directory, Action make)
    {
        var stamp = new TreeStamp(directory, name);
        if (!stamp.Fits)
        {
            stamp.Remove();
            Directory.CreateDirectory(directory);
            make();
            stamp.Set();
        }

        return BenchmarkTree.Measure(name, directory);
    }

    private static string Name(int number) => number.ToString("0000", CultureInfo.InvariantCulture);
}
