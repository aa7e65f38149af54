using System.Runtime.InteropServices;

namespace Compose.NativeCodecs;

/// <summary>What a step of an <see cref="XzDecoder"/> came to.</summary>
public enum XzDecoderStatus
{
    /// <summary>It goes on: with more input, or with more room.</summary>
    Ok,

    /// <summary>All is decompressed.</summary>
    Finished,

    /// <summary>The data need more memory than allowed.</summary>
    OverMemoryLimit,

    /// <summary>The data are damaged, are no xz data, or end too early.</summary>
    Damaged,
}

/// <summary>
/// Decompresses .xz data piece by piece, by liblzma: one or more streams with padding between them (the .xz file format
/// 1.2.0), each with its checksums.
/// </summary>
public sealed unsafe class XzDecoder : SafeHandle
{
    /// <summary>Begins.</summary>
    /// <param name="memoryLimit">How much memory the library may use, in bytes.</param>
    /// <exception cref="DllNotFoundException">There is no library for this platform; see <see cref="LzmaLibrary.Version"/>.</exception>
    /// <exception cref="InsufficientMemoryException">The library got no memory.</exception>
    public XzDecoder(long memoryLimit)
        : base(0, ownsHandle: true)
    {
        LzmaLibrary.RequireLibrary();
        SetHandle((nint)NativeMemory.AllocZeroed((nuint)sizeof(LzmaLibrary.LzmaStream)));
        const uint flags = LzmaLibrary.Concatenated | LzmaLibrary.TellUnsupportedCheck;
        if (LzmaLibrary.lzma_stream_decoder(Stream, (ulong)memoryLimit, flags) is not LzmaLibrary.Ok and var result)
        {
            Dispose();
            throw NoMemory(result);
        }
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    private LzmaLibrary.LzmaStream* Stream => (LzmaLibrary.LzmaStream*)handle;

    /// <summary>Decompresses what there is room for.</summary>
    /// <param name="source">The next of the compressed bytes.</param>
    /// <param name="isLast">Whether no more follow.</param>
    /// <param name="destination">The room, not empty.</param>
    /// <param name="read">How many bytes of the source were taken; the others are to be given again.</param>
    /// <param name="written">How many bytes came out.</param>
    /// <exception cref="InsufficientMemoryException">The library got no memory, within the limit.</exception>
    public XzDecoderStatus Decode(ReadOnlySpan<byte> source, bool isLast, Span<byte> destination, out int read, out int written)
    {
        ObjectDisposedException.ThrowIf(IsClosed, this);
        fixed (byte* input = source, output = destination)
        {
            Stream->Input = input;
            Stream->InputSize = (nuint)source.Length;
            Stream->Output = output;
            Stream->OutputSize = (nuint)destination.Length;
            var result = LzmaLibrary.lzma_code(Stream, isLast ? LzmaLibrary.Finish : LzmaLibrary.Run);
            read = source.Length - (int)Stream->InputSize;
            written = destination.Length - (int)Stream->OutputSize;
            return result switch
            {
                LzmaLibrary.Ok => XzDecoderStatus.Ok,
                LzmaLibrary.StreamEnd => XzDecoderStatus.Finished,
                LzmaLibrary.OverMemoryLimit => XzDecoderStatus.OverMemoryLimit,
                LzmaLibrary.OutOfMemory => throw NoMemory(result),

                // No progress twice in a row is no failure where there was nothing to take and more is to come.
                LzmaLibrary.BufferTooSmall when source.IsEmpty && !isLast => XzDecoderStatus.Ok,
                _ => XzDecoderStatus.Damaged,
            };
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        LzmaLibrary.lzma_end(Stream);
        NativeMemory.Free(Stream);
        return true;
    }

    private static InsufficientMemoryException NoMemory(int result) =>
        new($"liblzma got no memory to decompress with (error {result}).");
}
