using Compose.FileTrees.Caching;

namespace Compose.FileTrees.Tests;

public sealed class BlockCacheTests : IDisposable
{
    private const int ValueSize = 1000;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("compose-blocks-");
    private readonly BlockCache _cache;

    public BlockCacheTests() => _cache = new BlockCache(_directory.FullName);

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void What_is_added_is_found_at_once_and_by_later_builds()
    {
        using (var session = _cache.Open())
        {
            Add(session, 0, 300);
            session.Add(Key(300), []);
            Assert.Equal(Enumerable.Range(0, 300), Found(session, 0, 400));
            Assert.True(session.TryFind(Key(300), out var empty));
            Assert.Equal(0, empty.Length);
        }

        using (var session = _cache.Open())
        {
            Assert.Equal(Enumerable.Range(0, 300), Found(session, 0, 400));
            Assert.True(session.TryFind(Key(300), out var empty) && session.TryRead(empty, []));
            Assert.False(session.TryFind(Key(301), out _));
        }
    }

    [Fact]
    public void Several_threads_and_several_sessions_use_one_folder()
    {
        Parallel.For(0, 8, build =>
        {
            using var session = _cache.Open();
            Parallel.For(0, 100, i => Add(session, build * 50 + i, 1));
            Assert.Equal(100, Found(session, build * 50, 100).Count);
        });

        using var later = _cache.Open();
        Assert.Equal(450, Found(later, 0, 1000).Count);
        Assert.Empty(_directory.EnumerateFiles("*.partial"));
    }

    [Fact]
    public void No_changed_byte_is_ever_taken_for_a_value()
    {
        Build(0, 4);
        var segment = Assert.Single(Segments());
        var intact = File.ReadAllBytes(segment.FullName);
        for (var position = 0; position < intact.Length; position += position < 4 * ValueSize ? 37 : 1)
        {
            var bytes = intact.ToArray();
            bytes[position] ^= (byte)(1 << (position % 8));
            AssertNoticed(segment.FullName, bytes);
        }
    }

    [Fact]
    public void A_segment_that_ends_early_or_late_is_not_used()
    {
        Build(0, 4);
        var segment = Assert.Single(Segments()).FullName;
        var intact = File.ReadAllBytes(segment);
        for (var length = 0; length < intact.Length; length += length < 4 * ValueSize ? 97 : 1)
        {
            AssertNoticed(segment, intact[..length]);
        }

        AssertNoticed(segment, [.. intact, 0]);
    }

    [Fact]
    public void An_index_that_lies_is_noticed()
    {
        // A well-formed segment, in which the index says of each value that it is the next one's.
        Build(0, 4);
        var segment = Assert.Single(Segments()).FullName;
        var bytes = File.ReadAllBytes(segment);
        var index = bytes.AsSpan(4 * ValueSize, 4 * SegmentEntry.Size);
        var first = index[Sha256Digest.Size..SegmentEntry.Size].ToArray();
        for (var i = 0; i < 3; i++)
        {
            index.Slice(((i + 1) * SegmentEntry.Size) + Sha256Digest.Size, SegmentEntry.Size - Sha256Digest.Size)
                .CopyTo(index[((i * SegmentEntry.Size) + Sha256Digest.Size)..]);
        }

        first.CopyTo(index[((3 * SegmentEntry.Size) + Sha256Digest.Size)..]);
        var footer = bytes.AsSpan(bytes.Length - BlockSegment.FooterSize);
        BitConverter.TryWriteBytes(footer[16..], BlockSegment.ChecksumOfIndex(index, footer));
        File.WriteAllBytes(segment, bytes);

        using (var session = _cache.Open())
        {
            Assert.True(session.TryFind(Key(0), out var block));
            Assert.False(session.TryRead(block, new byte[block.Length]));
            Assert.False(session.TryFind(Key(0), out _));
        }

        Assert.Empty(Segments());
    }

    [Fact]
    public void A_value_that_replaces_a_damaged_one_is_kept()
    {
        Build(0, 4);
        var segment = Assert.Single(Segments()).FullName;
        var bytes = File.ReadAllBytes(segment);
        bytes[10] ^= 1;
        File.WriteAllBytes(segment, bytes);

        using (var session = _cache.Open())
        {
            foreach (var i in Enumerable.Range(0, 4).Except(Found(session, 0, 4)))
            {
                Add(session, i, 1);
            }

            Assert.Equal(4, Found(session, 0, 4).Count);
        }

        // The bad segment went, and with it what was still good in it.
        using var later = _cache.Open();
        Assert.Single(Segments());
        Assert.NotEmpty(Found(later, 0, 4));
    }

    [Fact]
    public void What_was_used_longest_ago_goes_first()
    {
        var cache = new BlockCache(_directory.FullName, 5 * 11_000);
        for (var build = 0; build < 12; build++)
        {
            // Each adds ten values, and takes those that the first one made.
            using var session = cache.Open();
            Add(session, build * 10, 10);
            Found(session, 0, 10);
            session.Dispose();
            Age();
        }

        Assert.InRange(Segments().Sum(file => file.Length), 1, cache.MaximumSize);
        using var later = cache.Open();
        Assert.Equal(10, Found(later, 0, 10).Count);
        Assert.Empty(Found(later, 10, 60));
        Assert.Equal(10, Found(later, 110, 10).Count);
    }

    [Fact]
    public void A_few_values_in_use_do_not_keep_the_rest_of_their_segment()
    {
        var cache = new BlockCache(_directory.FullName, 150_000);
        using (var session = cache.Open())
        {
            Add(session, 0, 100);
        }

        for (var build = 1; build < 12; build++)
        {
            Age();
            using var session = cache.Open();
            Assert.Equal([7], Found(session, 7, 1));
            Add(session, build * 1000, 10);
        }

        using var later = cache.Open();
        Assert.Equal([7], Found(later, 0, 100));
        Assert.Equal(10, Found(later, 11_000, 10).Count);
    }

    [Fact]
    public void Many_small_segments_become_few()
    {
        for (var build = 0; build < 50; build++)
        {
            Build(build, 1);
        }

        Assert.InRange(Segments().Length, 1, 16);
        using var later = _cache.Open();
        Assert.Equal(50, Found(later, 0, 50).Count);
    }

    [Fact]
    public void A_segment_deleted_by_another_build_serves_who_has_it_open()
    {
        Build(0, 10);
        using var session = _cache.Open();
        Array.ForEach(Segments(), file => file.Delete());

        Assert.Equal(10, Found(session, 0, 10).Count);
    }

    [Fact]
    public void A_cache_smaller_than_what_a_build_makes_keeps_what_fits()
    {
        var cache = new BlockCache(_directory.FullName, 20_000);
        using (var session = cache.Open())
        {
            Add(session, 0, 100);
        }

        Assert.InRange(Segments().Sum(file => file.Length), 15_000, 20_000);
        using var later = cache.Open();
        Assert.InRange(Found(later, 0, 100).Count, 15, 20);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_as_good_as_an_empty_one()
    {
        var file = Path.Combine(_directory.FullName, "file");
        File.WriteAllText(file, "");
        var session = new BlockCache(Path.Combine(file, "blocks")).Open();

        Add(session, 0, 1);
        Assert.Empty(Found(session, 0, 1));
        session.Dispose();

        Assert.IsType<IOException>(session.Failure, exactMatch: false);
    }

    [Fact]
    public void Files_of_killed_builds_go_and_those_of_running_ones_stay()
    {
        var abandoned = Path.Combine(_directory.FullName, "0123.partial");
        var recent = Path.Combine(_directory.FullName, "4567.partial");
        var open = Path.Combine(_directory.FullName, "89ab.partial");
        File.WriteAllText(abandoned, "");
        File.WriteAllText(recent, "");
        using var writer = new FileStream(open, FileMode.Create, FileAccess.Write, FileShare.None);
        File.SetLastWriteTimeUtc(abandoned, DateTime.UtcNow.AddHours(-2));
        File.SetLastWriteTimeUtc(open, DateTime.UtcNow.AddHours(-2));

        Build(0, 1);

        Assert.False(File.Exists(abandoned));
        Assert.True(File.Exists(recent));
        Assert.True(File.Exists(open));
    }

    private static Sha256Digest Key(int i) => Sha256Digest.Of(BitConverter.GetBytes(i));

    private static byte[] Value(int i)
    {
        var value = new byte[ValueSize];
        new Random(i).NextBytes(value);
        return value;
    }

    private static void Add(BlockCacheSession session, int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            session.Add(Key(i), Value(i));
        }
    }

    /// <summary>Which of the values are found. Those that are found must be right.</summary>
    private static List<int> Found(BlockCacheSession session, int first, int count)
    {
        var found = new List<int>();
        for (var i = first; i < first + count; i++)
        {
            var value = new byte[ValueSize];
            if (session.TryFind(Key(i), out var block) && block.Length == ValueSize && session.TryRead(block, value))
            {
                Assert.Equal(Value(i), value);
                found.Add(i);
            }
        }

        return found;
    }

    private void Build(int first, int count)
    {
        using var session = _cache.Open();
        Add(session, first, count);
    }

    private FileInfo[] Segments() => _directory.GetFiles("*.blocks");

    /// <summary>Makes all segments a minute older: the clock of some file systems is coarse.</summary>
    private void Age()
    {
        foreach (var file in Segments())
        {
            file.LastWriteTimeUtc -= TimeSpan.FromMinutes(1);
        }
    }

    /// <summary>A build that meets these bytes takes only what is right, and deletes the file.</summary>
    private void AssertNoticed(string segment, byte[] bytes)
    {
        File.WriteAllBytes(segment, bytes);
        using (var session = _cache.Open())
        {
            Assert.InRange(Found(session, 0, 4).Count, 0, 3);
        }

        Assert.False(File.Exists(segment));
    }
}
