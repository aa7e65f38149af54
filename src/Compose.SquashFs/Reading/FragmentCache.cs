using System.Buffers;
using System.Buffers.Binary;
using Compose.SquashFs.Reading.Decoding;

namespace Compose.SquashFs.Reading;

/// <summary>
/// Reads fragments and keeps those that were used last, as many small files share one. Each is decompressed once even where
/// several threads want it at the same moment.
/// </summary>
internal sealed class FragmentCache(IndexedTable? table, DecoderPool decoders, int blockSize) : IDisposable
{
    private const int Capacity = 8;

    private readonly LeastRecentlyUsed<uint, Fragment> _cache = new(Capacity);
    private readonly Lock _gate = new();

    /// <summary>The fragment's bytes, for a while. The caller disposes what it gets.</summary>
    /// <exception cref="ImageFault">There is no sound fragment.</exception>
    public Lease Rent(uint index)
    {
        Fragment? fragment;
        lock (_gate)
        {
            if (!_cache.TryGet(index, out fragment))
            {
                fragment = new Fragment();
                if (_cache.Add(index, fragment, out var removed))
                {
                    removed.Release();
                }
            }

            fragment.AddReference();
        }

        var lease = new Lease(fragment);
        try
        {
            fragment.EnsureRead(() => Read(index));
            return lease;
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    /// <summary>Where a fragment is, and its size there with the mark of stored blocks.</summary>
    /// <exception cref="ImageFault">There is no such fragment.</exception>
    public (long Start, BlockSizeWord Size) Locate(uint index)
    {
        if (table is null)
        {
            throw new ImageFault(SquashFsDiagnostics.DamagedInode, $"its end is in fragment {index}, and the image has no fragments");
        }

        var entry = table[index];
        var size = new BlockSizeWord(BinaryPrimitives.ReadUInt32LittleEndian(entry[sizeof(long)..]));
        size.Check(blockSize, "fragment");
        return size.IsHole
            ? throw new ImageFault(SquashFsDiagnostics.DamagedTable, $"fragment {index} has no bytes")
            : (BinaryPrimitives.ReadInt64LittleEndian(entry), size);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var fragment in _cache.Values)
            {
                fragment.Release();
            }

            _cache.Clear();
        }
    }

    private (byte[] Buffer, int Length) Read(uint index)
    {
        var (start, size) = Locate(index);
        var buffer = ArrayPool<byte>.Shared.Rent(blockSize);
        try
        {
            return (buffer, decoders.Read(start, size.Bytes, size.IsStored, buffer.AsSpan(0, blockSize)));
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    /// <summary>Holds a fragment's bytes until it is disposed.</summary>
    public sealed class Lease : IDisposable
    {
        private Fragment? _fragment;

        internal Lease(Fragment fragment) => _fragment = fragment;

        public ReadOnlySpan<byte> Bytes => _fragment!.Bytes;

        public void Dispose() => Interlocked.Exchange(ref _fragment, null)?.Release();
    }

    /// <summary>A fragment that the cache and leases refer to; its buffer goes back to the pool with the last of them.</summary>
    internal sealed class Fragment
    {
        private readonly Lock _gate = new();
        private byte[]? _buffer;
        private int _length;
        private int _references = 1;

        public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

        public void AddReference() => Interlocked.Increment(ref _references);

        public void EnsureRead(Func<(byte[] Buffer, int Length)> read)
        {
            lock (_gate)
            {
                if (_buffer is null)
                {
                    (_buffer, _length) = read();
                }
            }
        }

        public void Release()
        {
            if (Interlocked.Decrement(ref _references) == 0 && _buffer is { } buffer)
            {
                _buffer = null;
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
