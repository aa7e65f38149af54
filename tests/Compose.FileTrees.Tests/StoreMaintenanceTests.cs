using Compose.FileTrees.Caching;
using Compose.FileTrees.Storage;
using Compose.FileTrees.Storage.Maintenance;

namespace Compose.FileTrees.Tests;

public sealed class StoreMaintenanceTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("compose-store-");
    private readonly ContentStore _store;

    public StoreMaintenanceTests() => _store = new ContentStore(_directory.FullName);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void The_inventory_tells_kinds_apart()
    {
        AddOfEachKind();

        var files = StoreInventory.List(_store);
        var kinds = StoreInventory.Summarize(files);

        Assert.Equal([StoredKind.Download, StoredKind.Unpacked, StoredKind.Blocks, StoredKind.Record], kinds.Select(kind => kind.Kind));
        Assert.Equal([1, 1, 1, 2], kinds.Select(kind => kind.Files));
        Assert.Equal([1000, 100], kinds.Take(2).Select(kind => kind.Bytes));
        Assert.Equal(files.Select(file => file.Name).Order(StringComparer.Ordinal), files.Select(file => file.Name));
        var onDisk = ExternalTool.Run("find", _directory.FullName, "-type", "f", "-not", "-name", "maintenance.lock", "-printf", "%s\n")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Sum(line => int.Parse(line, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(onDisk, kinds.Sum(kind => kind.Bytes));
    }

    [Fact]
    public void An_empty_store_has_nothing()
    {
        Assert.All(StoreInventory.Summarize(StoreInventory.List(_store)), kind => Assert.Equal((0, 0L, null), (kind.Files, kind.Bytes, kind.LatestUse)));
        Assert.Empty(new StoreVerification(_store).Run(2, null, Token).Damaged);
        Assert.Empty(Prune(new PruneOptions { MaximumSize = 0, IncludesRecent = true }).Removed);
    }

    [Fact]
    public void Pruning_by_size_takes_out_what_was_used_least_recently()
    {
        var blobs = Enumerable.Range(0, 10).Select(i => AddUsed(100, hoursAgo: 100 - (10 * i))).ToArray();

        var dry = Prune(new PruneOptions { MaximumSize = 450, IsDryRun = true });
        Assert.All(blobs, blob => Assert.True(File.Exists(blob.HostPath)));
        var result = Prune(new PruneOptions { MaximumSize = 450 });

        Assert.Equal(dry.Removed, result.Removed);
        Assert.Equal((4, 400L, 0L), (result.KeptFiles, result.KeptBytes, result.SparedBytes));
        Assert.Equal(blobs.Take(6).Select(blob => blob.HostPath), result.Removed.Select(file => file.Path));
        Assert.Equal([false, false, false, false, false, false, true, true, true, true], blobs.Select(blob => File.Exists(blob.HostPath)));
    }

    [Fact]
    public void Pruning_by_age_takes_out_what_was_not_used_for_longer()
    {
        int[] hoursAgo = [49, 47, 3];
        var blobs = hoursAgo.Select(hours => AddUsed(100, hours)).ToArray();

        Prune(new PruneOptions { MaximumAge = TimeSpan.FromDays(2) });

        Assert.Equal([false, true, true], blobs.Select(blob => File.Exists(blob.HostPath)));
    }

    [Fact]
    public void What_is_in_use_stays()
    {
        var old = AddUsed(100, hoursAgo: 5);
        var looked = AddUsed(100, hoursAgo: 5);
        var recent = AddUsed(100, hoursAgo: 1);
        Assert.True(looked.IsPresent);

        var result = Prune(new PruneOptions { MaximumSize = 0 });

        Assert.Equal(old.HostPath, Assert.Single(result.Removed).Path);
        Assert.Equal(200, result.SparedBytes);
        Assert.True(recent.IsPresent && looked.IsPresent);

        Prune(new PruneOptions { MaximumSize = 0, IncludesRecent = true });
        Assert.False(recent.IsPresent || looked.IsPresent);
    }

    [Fact]
    public void A_build_sees_that_something_was_pruned()
    {
        var key = Sha256Digest.Of("key"u8);
        _store.WriteRecord("deb", key, "value"u8);
        AddUsed(100, hoursAgo: 5);

        Prune(new PruneOptions { MaximumSize = 0 });

        Assert.False(_store.WasUsedJustNow("deb", key));
    }

    [Fact]
    public void Accepted_releases_stay_and_names_of_downloads_go_with_them()
    {
        AddOfEachKind();
        var key = Sha256Digest.Of("release"u8);
        _store.WriteRecord("release", key, "date"u8);

        Prune(new PruneOptions { MaximumSize = 0, IncludesRecent = true });

        Assert.Equal(_store.RecordPath("release", key), Assert.Single(StoreInventory.List(_store)).Path);
    }

    [Fact]
    public void A_sound_store_is_verified_and_left_as_it_is()
    {
        AddOfEachKind();
        var before = StoreInventory.List(_store);
        var reported = new Reports();

        var result = new StoreVerification(_store).Run(2, reported, Token);

        Assert.Empty(result.Damaged);
        Assert.Equal((before.Count, before.Sum(file => file.Size)), (result.Files, result.Bytes));
        Assert.Equal(before, StoreInventory.List(_store));
        Assert.Equal(result.Bytes, reported.Latest);
    }

    [Fact]
    public void What_is_damaged_is_named_and_taken_out()
    {
        AddOfEachKind();
        var files = StoreInventory.List(_store);
        foreach (var file in files)
        {
            StorageTests.Damage(file.Path, 3);
        }

        var stray = Path.Combine(_directory.FullName, "blobs", "aa", "stray");
        Directory.CreateDirectory(Path.GetDirectoryName(stray)!);
        File.WriteAllText(stray, "stray");

        var result = new StoreVerification(_store).Run(2, null, Token);

        Assert.Equal(files.Select(file => file.Path).Append(stray).Order(StringComparer.Ordinal), result.Damaged.Select(file => file.File.Path).Order(StringComparer.Ordinal));
        Assert.Empty(StoreInventory.List(_store));
    }

    [Fact]
    public void A_damaged_download_is_known_by_its_name()
    {
        var blob = AddDownload();
        StorageTests.Damage(blob.HostPath, 3);

        var damaged = Assert.Single(new StoreVerification(_store).Run(1, null, Token).Damaged);

        Assert.Equal("hello 1.0", damaged.DownloadName);
    }

    private PruneResult Prune(PruneOptions options) => new StorePruning(_store, TimeProvider.System).Run(options, Token);

    private BlobContent AddUsed(int size, int hoursAgo)
    {
        var bytes = new byte[size];
        new Random((size * 1000) + hoursAgo + Directory.GetFiles(_directory.FullName, "*", SearchOption.AllDirectories).Length).NextBytes(bytes);
        var blob = _store.Add(bytes);
        File.SetLastWriteTimeUtc(blob.HostPath, DateTime.UtcNow.AddHours(-hoursAgo));
        return blob;
    }

    private BlobContent AddDownload()
    {
        var blob = _store.Add(new byte[1000]);
        _store.NoteDownload(blob.Digest, "hello 1.0");
        return blob;
    }

    private void AddOfEachKind()
    {
        AddDownload();
        _store.Add(new byte[100]);
        _store.WriteRecord("deb", Sha256Digest.Of("deb"u8), "what is in it"u8);
        using var session = new BlockCache(_store.BlockCacheDirectory).Open();
        session.Add(Sha256Digest.Of("block"u8), new byte[5000]);
    }

    private sealed class Reports : IProgress<(long Done, long Total)>
    {
        private long _latest;

        public long Latest => Interlocked.Read(ref _latest);

        public void Report((long Done, long Total) value)
        {
            long latest;
            while (value.Done > (latest = Latest) && Interlocked.CompareExchange(ref _latest, value.Done, latest) != latest)
            {
            }
        }
    }
}
