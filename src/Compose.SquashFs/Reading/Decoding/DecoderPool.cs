using System.Buffers;
using System.Collections.Concurrent;

namespace Compose.SquashFs.Reading.Decoding;

/// <summary>Reads blocks of an image: those that are stored as they are, and those of its codec.</summary>
internal sealed class DecoderPool(ImageBytes bytes, Func<IBlockDecoder> createDecoder) : IDisposable
{
    private readonly ConcurrentBag<IBlockDecoder> _idle = [];

    /// <summary>Reads a block.</summary>
    /// <param name="position">Where it is in the image.</param>
    /// <param name="size">Its size there, in bytes.</param>
    /// <param name="isStored">Whether it is stored as it is.</param>
    /// <param name="destination">Room for as many bytes as the block may have.</param>
    /// <returns>The number of bytes the block has.</returns>
    /// <exception cref="ImageFault">It is outside the image, damaged, or larger than the destination.</exception>
    public int Read(long position, int size, bool isStored, Span<byte> destination)
    {
        if (isStored)
        {
            if (size > destination.Length)
            {
                throw Bad(position, $"it has {size} bytes, more than the {destination.Length} it may have");
            }

            bytes.Read(position, destination[..size]);
            return size;
        }

        var compressed = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            bytes.Read(position, compressed.AsSpan(0, size));
            return Decode(position, compressed.AsMemory(0, size), destination);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(compressed);
        }
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var decoder))
        {
            decoder.Dispose();
        }
    }

    private int Decode(long position, ReadOnlyMemory<byte> compressed, Span<byte> destination)
    {
        if (!_idle.TryTake(out var decoder))
        {
            decoder = createDecoder();
        }

        try
        {
            return decoder.Decode(compressed, destination);
        }
        catch (InvalidDataException e)
        {
            throw Bad(position, $"it cannot be decompressed ({e.Message.TrimEnd('.')})", e);
        }
        finally
        {
            _idle.Add(decoder);
        }
    }

    private static ImageFault Bad(long position, string reason, Exception? inner = null) =>
        new(SquashFsDiagnostics.DamagedBlock, $"the block at {position} is damaged: {reason}", inner);
}
