using System.Buffers.Binary;
using Compose.SquashFs.Reading.Decoding;

namespace Compose.SquashFs.Reading;

/// <summary>A metadata block's bytes.</summary>
/// <param name="Bytes">1 to 8192 bytes. They are never changed, so readers may keep them.</param>
/// <param name="Next">Where the block after it starts in the image.</param>
internal sealed record MetadataBlock(ReadOnlyMemory<byte> Bytes, long Next);

/// <summary>Reads metadata blocks and keeps those that were used last.</summary>
internal sealed class MetadataBlocks(ImageBytes bytes, DecoderPool decoders)
{
    /// <summary>2 MiB: listings, inodes and block lists are each read more or less in order.</summary>
    private const int Capacity = 256;

    private readonly LeastRecentlyUsed<long, MetadataBlock> _cache = new(Capacity);
    private readonly Lock _gate = new();

    /// <summary>Reads the block at a place of the image. Safe for several threads.</summary>
    /// <exception cref="ImageFault">There is no sound block.</exception>
    public MetadataBlock Read(long position)
    {
        lock (_gate)
        {
            if (_cache.TryGet(position, out var known))
            {
                return known;
            }
        }

        var block = ReadAnew(position);
        lock (_gate)
        {
            if (!_cache.TryGet(position, out _))
            {
                _cache.Add(position, block, out _);
            }
        }

        return block;
    }

    private MetadataBlock ReadAnew(long position)
    {
        Span<byte> header = stackalloc byte[sizeof(ushort)];
        bytes.Read(position, header);
        var word = BinaryPrimitives.ReadUInt16LittleEndian(header);
        var size = word & ~SquashFsFormat.StoredMetadata;
        if (size is 0 or > SquashFsFormat.MetadataBlockSize)
        {
            throw new ImageFault(SquashFsDiagnostics.DamagedBlock, $"the metadata block at {position} claims to have {size} bytes");
        }

        Span<byte> block = stackalloc byte[SquashFsFormat.MetadataBlockSize];
        var start = position + sizeof(ushort);
        var length = decoders.Read(start, size, (word & SquashFsFormat.StoredMetadata) != 0, block);
        return length > 0
            ? new MetadataBlock(block[..length].ToArray(), start + size)
            : throw new ImageFault(SquashFsDiagnostics.DamagedBlock, $"the metadata block at {position} is empty");
    }
}
