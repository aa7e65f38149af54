namespace Compose.FileTrees.Caching;

/// <summary>A value that was found. It is checked when it is read.</summary>
public readonly struct CachedBlock
{
    internal CachedBlock(BlockSegment? segment, int place, SegmentEntry entry)
    {
        Segment = segment;
        Place = place;
        Entry = entry;
    }

    /// <summary>The number of bytes.</summary>
    public int Length => Entry.Length;

    /// <summary>The segment that holds it; null when it was added in this session.</summary>
    internal BlockSegment? Segment { get; }

    internal int Place { get; }

    internal SegmentEntry Entry { get; }
}

/// <summary>
/// The use of a <see cref="BlockCache"/> by one build. Several threads may use it at the same time; when it is disposed, what
/// was added is published and the cache brought back to its size. What was added before a build fails is kept too.
/// </summary>
public sealed class BlockCacheSession : IDisposable
{
    private readonly Lock _gate = new();
    private readonly BlockCache _cache;
    private readonly List<BlockSegment> _segments = [];
    private BlockSegmentWriter? _writer;
    private bool _isWritable = true;
    private bool _isDisposed;

    internal BlockCacheSession(BlockCache cache)
    {
        _cache = cache;
        foreach (var file in BlockCacheMaintenance.ListSegments(cache.Directory))
        {
            OpenSegment(file);
        }
    }

    /// <summary>Why the cache can take nothing more; null as long as it can.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Looks up a key.</summary>
    public bool TryFind(Sha256Digest key, out CachedBlock block)
    {
        foreach (var segment in _segments)
        {
            if (!segment.IsDamaged && segment.Find(key) is >= 0 and var place)
            {
                block = new CachedBlock(segment, place, segment.EntryAt(place));
                return true;
            }
        }

        if (Volatile.Read(ref _writer) is { } writer && writer.TryFind(key, out var entry))
        {
            block = new CachedBlock(null, 0, entry);
            return true;
        }

        block = default;
        return false;
    }

    /// <summary>Reads a value that was found.</summary>
    /// <param name="block">The value.</param>
    /// <param name="destination">Room for its length or more.</param>
    /// <returns>Whether the bytes are those that were added. When not, make the value anew.</returns>
    public bool TryRead(in CachedBlock block, Span<byte> destination)
    {
        destination = destination[..block.Length];
        if (block.Segment is not { } segment)
        {
            return TryReadAdded(block, destination);
        }

        if (!segment.TryRead(block.Entry, destination))
        {
            return false;
        }

        segment.MarkUsed(block.Place);
        return true;
    }

    /// <summary>
    /// Adds a value, unless its key was added in this session, the value has more than 16 MiB, or the cache cannot be written.
    /// </summary>
    public void Add(Sha256Digest key, ReadOnlySpan<byte> value)
    {
        if (value.Length > BlockSegment.MaximumValue)
        {
            return;
        }

        try
        {
            Writer()?.Add(key, value);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            GiveUpWriting(e);
        }
    }

    /// <summary>Publishes what was added, and brings the cache back to its size.</summary>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        try
        {
            BlockCacheMaintenance.Complete(_cache, _segments, ref _writer);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Failure ??= e;
        }
        finally
        {
            _writer?.Dispose();
            _segments.ForEach(segment => segment.Dispose());
        }
    }

    private void OpenSegment(FileInfo file)
    {
        try
        {
            if (BlockSegment.TryOpen(file.FullName) is { } segment)
            {
                _segments.Add(segment);
            }
            else
            {
                file.Delete();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Deleted by another build just now, or not ours to read.
        }
    }

    private bool TryReadAdded(in CachedBlock block, Span<byte> destination)
    {
        try
        {
            return _writer!.TryRead(block.Entry, destination);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private BlockSegmentWriter? Writer()
    {
        lock (_gate)
        {
            if (_writer is null && _isWritable)
            {
                Volatile.Write(ref _writer, new BlockSegmentWriter(_cache.Directory, _cache.MaximumSize));
            }

            return _isWritable ? _writer : null;
        }
    }

    private void GiveUpWriting(Exception reason)
    {
        lock (_gate)
        {
            _isWritable = false;
            Failure ??= reason;
        }
    }
}
