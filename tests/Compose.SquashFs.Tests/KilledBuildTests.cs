using System.Diagnostics;
using Compose.FileTrees.Caching;
using Compose.FileTrees.HostFiles;
using Compose.FileTrees.Storage;
using Compose.SquashFs.Tests.Samples;

namespace Compose.SquashFs.Tests;

/// <summary>Builds that are killed (SIGKILL) at random moments harm neither the image that is there nor the caches.</summary>
public sealed class KilledBuildTests : IDisposable
{
    private const int Kills = 100;
    private const int Variants = 5;
    private const int BlockSize = 16 * 1024;

    private readonly TemporaryDirectory _directory = new();
    private readonly string _store;
    private readonly byte[][] _images = new byte[Variants][];
    private readonly long _cacheSize;

    public KilledBuildTests()
    {
        _store = _directory.File("store");
        for (var variant = 0; variant < Variants; variant++)
        {
            WriteFolder(variant);
            using var stream = new MemoryStream();
            SquashFsWriter.Write(HostDirectory.Read(Folder(variant)), stream, new SquashFsOptions { BlockSize = BlockSize });
            _images[variant] = stream.ToArray();
        }

        // Too small for all: builds add, merge and throw out all the time.
        _cacheSize = _images[0].Length * 2;
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Killed_builds_leave_valid_caches_and_nothing_half_written()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"Seed: {seed}");
        var (unharmed, duration) = RunAndKill(0, "first", killAfter: null);
        Assert.False(unharmed);

        var killed = 0;
        Parallel.For(0, 3, worker =>
        {
            var random = new Random(unchecked(seed + worker));
            while (Volatile.Read(ref killed) < Kills)
            {
                var variant = random.Next(Variants);
                var (wasKilled, _) = RunAndKill(variant, $"image{worker}", duration * random.NextDouble());
                if (wasKilled)
                {
                    Interlocked.Increment(ref killed);
                }
            }
        });

        AssertCachesServe();
        AssertLeftoversGo();
    }

    /// <summary>Runs a build, and looks at the image of that name.</summary>
    private (bool WasKilled, TimeSpan Duration) RunAndKill(int variant, string name, TimeSpan? killAfter)
    {
        var image = _directory.File(name + variant);
        var program = Path.Combine(AppContext.BaseDirectory, "Compose.SquashFs.TestHost.dll");
        var start = new ProcessStartInfo("dotnet", ["exec", program, Folder(variant), image, _store, $"{_cacheSize}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        Assert.Equal("started", process.StandardOutput.ReadLine());
        var clock = Stopwatch.StartNew();
        var wasKilled = killAfter is { } delay && !process.WaitForExit(delay);
        if (wasKilled)
        {
            process.Kill();
        }

        process.WaitForExit();
        wasKilled &= process.ExitCode != 0;
        Assert.True(wasKilled || process.ExitCode == 0, error.Result);
        if (File.Exists(image))
        {
            Assert.True(_images[variant].AsSpan().SequenceEqual(File.ReadAllBytes(image)), $"'{image}' is not complete.");
        }
        else
        {
            Assert.True(wasKilled);
        }

        return (wasKilled, clock.Elapsed);
    }

    private void AssertCachesServe()
    {
        var store = new ContentStore(_store);
        var options = new SquashFsOptions { BlockSize = BlockSize, Cache = new BlockCache(store.BlockCacheDirectory, _cacheSize) };
        for (var variant = 0; variant < Variants; variant++)
        {
            foreach (var blob in Directory.EnumerateFiles(Path.Combine(_store, "blobs"), "*", SearchOption.AllDirectories))
            {
                var digest = Path.GetFileName(Path.GetDirectoryName(blob)) + Path.GetFileName(blob);
                Assert.Equal(digest, Sha256Digest.Of(File.ReadAllBytes(blob)).ToString());
            }

            var tree = HostDirectory.Read(Folder(variant)).StoreContents(store);
            foreach (var source in (FileTree[])[tree, HostDirectory.Read(Folder(variant))])
            {
                using var stream = new MemoryStream();
                var summary = SquashFsWriter.Write(source, stream, options);
                Assert.Equal(_images[variant], stream.ToArray());
                if (source != tree)
                {
                    Assert.Equal(summary.Blocks + summary.Fragments, summary.CachedBlocks);
                }
            }
        }

        var segments = new DirectoryInfo(store.BlockCacheDirectory).GetFiles("*.blocks");
        Assert.InRange(segments.Sum(segment => segment.Length), 1, _cacheSize);
    }

    /// <summary>What killed builds left behind goes when a later build finds it old enough.</summary>
    private void AssertLeftoversGo()
    {
        FileInfo[] Leftovers() =>
        [
            .. new DirectoryInfo(_directory.Path).GetFiles(".*.partial"),
            .. new DirectoryInfo(Path.Combine(_store, "partial")).GetFiles(),
            .. new DirectoryInfo(Path.Combine(_store, "blocks")).GetFiles("*.partial"),
        ];

        Assert.NotEmpty(Leftovers());
        foreach (var file in Leftovers())
        {
            file.LastWriteTimeUtc -= TimeSpan.FromDays(2);
        }

        for (var variant = 0; variant < Variants; variant++)
        {
            for (var worker = 0; worker < 3; worker++)
            {
                RunAndKill(variant, $"image{worker}", killAfter: null);
            }
        }

        Assert.Empty(Leftovers());
    }

    private string Folder(int variant) => _directory.File($"tree{variant}");

    private void WriteFolder(int variant)
    {
        Directory.CreateDirectory(Folder(variant));
        for (var i = 0; i < 60; i++)
        {
            // A third is the same in all variants.
            var seed = (ulong)(i % 3 == 0 ? i : i + (1000 * (variant + 1)));
            var length = i % 15 == 0 ? 20 * BlockSize : 1 + (i * 700);
            File.WriteAllBytes(Path.Combine(Folder(variant), $"{i}"), SampleContents.Text(length, seed));
        }
    }
}
