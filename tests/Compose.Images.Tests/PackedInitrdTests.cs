using Compose.FileTrees;
using Compose.FileTrees.Caching;
using Compose.FileTrees.Storage;
using Compose.Images.Disks;

namespace Compose.Images.Tests;

public sealed class PackedInitrdTests : IDisposable
{
    private const int Level = 3;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("compose-initrd-");
    private readonly ContentStore _store;
    private readonly BlockCache _cache;

    public PackedInitrdTests()
    {
        _store = new ContentStore(Path.Combine(_directory.FullName, "store"));
        _cache = new BlockCache(_store.BlockCacheDirectory);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void An_initrd_that_was_packed_before_is_taken_from_the_cache()
    {
        var tree = CreateTree(seed: 1);
        var expected = Pack(tree, Level, cache: null);
        Assert.Equal(expected, Pack(tree, Level, _cache));

        // Without its contents it cannot be packed.
        Directory.Delete(Path.Combine(_store.Directory, "blobs"), recursive: true);
        Assert.Equal(expected, Pack(tree, Level, _cache));
        Assert.ThrowsAny<Exception>(() => Pack(tree, Level, cache: null));
        Assert.ThrowsAny<Exception>(() => Pack(tree, Level + 1, _cache));
    }

    [Fact]
    public void Another_tree_is_packed_anew()
    {
        var tree = CreateTree(seed: 1);
        var other = new FileTreeBuilder(tree).Set("init", new SymlinkEntry("usr/bin/other")).Build();
        Pack(tree, Level, _cache);

        Assert.Equal(Pack(other, Level, cache: null), Pack(other, Level, _cache));
    }

    [Fact]
    public void A_damaged_cache_is_not_used()
    {
        var tree = CreateTree(seed: 1);
        var expected = Pack(tree, Level, _cache);
        foreach (var segment in Directory.GetFiles(_store.BlockCacheDirectory, "*.blocks"))
        {
            var bytes = File.ReadAllBytes(segment);
            bytes[bytes.Length / 2] ^= 1;
            File.WriteAllBytes(segment, bytes);
        }

        Assert.Equal(expected, Pack(tree, Level, _cache));
    }

    [Fact]
    public void What_lies_in_no_store_is_packed_without_the_cache()
    {
        var tree = new FileTreeBuilder().SetText("init", "#!/bin/sh\n").Build();

        Assert.Equal(Pack(tree, Level, cache: null), Pack(tree, Level, _cache));
        Assert.False(Directory.Exists(_store.BlockCacheDirectory));
    }

    /// <summary>A tree that does not shrink below several pieces of the cache.</summary>
    private FileTree CreateTree(int seed)
    {
        var random = new Random(seed);
        var builder = new FileTreeBuilder();
        for (var i = 0; i < 3; i++)
        {
            var bytes = new byte[1_000_000 + i];
            random.NextBytes(bytes);
            builder.Set($"usr/lib/file{i}", new FileEntry(EntryMetadata.File, _store.Add(bytes)));
        }

        return builder.Set("init", new SymlinkEntry("usr/lib/file0")).Build();
    }

    private static byte[] Pack(FileTree tree, int level, BlockCache? cache)
    {
        using var stream = PackedInitrd.Create(tree, level, cache, TestContext.Current.CancellationToken).OpenRead();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
