using System.Buffers.Binary;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Compose.NativeCodecs;

/// <summary>liblzma: xz streams that are compressed and decompressed in one call; <see cref="XzDecoder"/> takes several.</summary>
/// <remarks>
/// The library is that of the package Joveler.Compression.XZ, for Linux, Windows and macOS. What is imported is in every
/// liblzma since 5.0.
/// </remarks>
public static unsafe partial class LzmaLibrary
{
    internal const int Ok = 0;
    internal const int StreamEnd = 1;
    internal const int OutOfMemory = 5;
    internal const int OverMemoryLimit = 6;
    internal const int BufferTooSmall = 10;
    internal const int Run = 0;
    internal const int Finish = 3;
    internal const uint TellUnsupportedCheck = 0x02;
    internal const uint Concatenated = 0x08;
    private const string Library = "liblzma";
    private const int CheckCrc32 = 1;
    private const ulong Lzma2Filter = 0x21;
    private const ulong NoFilter = ulong.MaxValue;

    private static readonly Lazy<string?> LoadedVersion = new(Load);

    /// <summary>The library's version, such as <c>5.2.5</c>; null when there is no library for this platform.</summary>
    public static string? Version => LoadedVersion.Value;

    /// <summary>Compresses bytes into one xz stream with a CRC-32.</summary>
    /// <param name="source">The bytes.</param>
    /// <param name="destination">The room for the stream.</param>
    /// <param name="level">xz's preset, 0 to 9.</param>
    /// <param name="dictionarySize">The dictionary's size in bytes, instead of the preset's.</param>
    /// <param name="filter">The number of the filter before LZMA2; 0 for none.</param>
    /// <returns>The stream's length; 0 when it does not fit.</returns>
    /// <exception cref="DllNotFoundException">There is no library for this platform.</exception>
    /// <exception cref="InsufficientMemoryException">The library got no memory.</exception>
    public static int Encode(ReadOnlySpan<byte> source, Span<byte> destination, int level, int dictionarySize, ulong filter)
    {
        RequireLibrary();
        if (destination.IsEmpty)
        {
            // The room for a block of one byte. The library takes an empty destination for a mistake.
            return 0;
        }

        LzmaOptions options = default;
        if (lzma_lzma_preset(&options, (uint)level) != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(level), level, "liblzma has no such preset.");
        }

        options.DictionarySize = (uint)dictionarySize;
        var filters = stackalloc LzmaFilter[3];
        var count = 0;
        if (filter != 0)
        {
            filters[count++] = new LzmaFilter(filter, null);
        }

        filters[count++] = new LzmaFilter(Lzma2Filter, &options);
        filters[count] = new LzmaFilter(NoFilter, null);

        nuint length = 0;
        fixed (byte* input = source, output = destination)
        {
            var result = lzma_stream_buffer_encode(
                filters, CheckCrc32, null, input, (nuint)source.Length, output, &length, (nuint)destination.Length);
            return result switch
            {
                Ok => (int)length,
                BufferTooSmall => 0,
                OutOfMemory => throw new InsufficientMemoryException("liblzma got no memory to compress with."),
                _ => throw new InvalidOperationException($"liblzma refused to compress: error {result}."),
            };
        }
    }

    /// <summary>Decompresses one xz stream. Hostile bytes are refused, and take no more memory than the limit.</summary>
    /// <param name="source">The stream, and nothing behind it.</param>
    /// <param name="destination">The room for the bytes.</param>
    /// <param name="memoryLimit">How much memory the library may use, in bytes.</param>
    /// <returns>The number of bytes; -1 when the stream is damaged, needs more room or more memory.</returns>
    /// <exception cref="DllNotFoundException">There is no library for this platform.</exception>
    /// <exception cref="InsufficientMemoryException">The library got no memory, within the limit.</exception>
    public static int Decode(ReadOnlySpan<byte> source, Span<byte> destination, long memoryLimit)
    {
        RequireLibrary();
        nuint consumed = 0;
        nuint produced = 0;
        var limit = (ulong)memoryLimit;
        fixed (byte* input = source, output = destination)
        {
            var result = lzma_stream_buffer_decode(
                &limit, 0, null, input, &consumed, (nuint)source.Length, output, &produced, (nuint)destination.Length);
            return result switch
            {
                Ok => consumed == (nuint)source.Length ? (int)produced : -1,
                OutOfMemory => throw new InsufficientMemoryException("liblzma got no memory to decompress with."),
                _ => -1,
            };
        }
    }

    /// <summary>
    /// Decompresses LZMA with its original header of 13 bytes, with the size in the header and with or without a mark at the
    /// end. Hostile bytes are refused, and take no more memory than the limit.
    /// </summary>
    /// <inheritdoc cref="Decode"/>
    public static int DecodeAlone(ReadOnlySpan<byte> source, Span<byte> destination, long memoryLimit)
    {
        const int PropertiesSize = 5;
        const int HeaderSize = PropertiesSize + sizeof(ulong);
        RequireLibrary();
        if (source.Length < HeaderSize
            || BinaryPrimitives.ReadUInt64LittleEndian(source[PropertiesSize..]) is var size && size > (ulong)destination.Length)
        {
            return -1;
        }

        // Some versions of the library refuse a mark behind as many bytes as were announced, so none are.
        Span<byte> header = stackalloc byte[HeaderSize];
        source[..PropertiesSize].CopyTo(header);
        header[PropertiesSize..].Fill(byte.MaxValue);

        LzmaStream stream = default;
        byte beyond = 0;
        try
        {
            fixed (byte* start = header, input = source, output = destination)
            {
                stream.Input = start;
                stream.InputSize = HeaderSize;
                stream.Output = output;
                stream.OutputSize = (nuint)size;
                var result = lzma_alone_decoder(&stream, (ulong)memoryLimit);
                result = result == Ok ? lzma_code(&stream, Run) : result;
                stream.Input = input + HeaderSize;
                stream.InputSize = (nuint)(source.Length - HeaderSize);
                result = result == Ok ? lzma_code(&stream, Run) : result;
                if (result == Ok && stream.OutputSize == 0)
                {
                    // All the room is filled; the mark may come yet. A byte more would be one too many.
                    stream.Output = &beyond;
                    stream.OutputSize = 1;
                    result = lzma_code(&stream, Run);
                }

                return result switch
                {
                    Ok or StreamEnd or BufferTooSmall when stream.TotalOutput == size && stream.InputSize == 0 => (int)size,
                    OutOfMemory => throw new InsufficientMemoryException("liblzma got no memory to decompress with."),
                    _ => -1,
                };
            }
        }
        finally
        {
            lzma_end(&stream);
        }
    }

    internal static void RequireLibrary()
    {
        if (Version is null)
        {
            throw new DllNotFoundException("There is no liblzma for this platform.");
        }
    }

    private static string? Load()
    {
        NativeLibrary.SetDllImportResolver(typeof(LzmaLibrary).Assembly, Resolve);
        try
        {
            return Marshal.PtrToStringUTF8((nint)lzma_version_string());
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    private static nint Resolve(string libraryName, Assembly assembly, DllImportSearchPath? searchPath) =>
        libraryName == Library ? NativeLibraryFile.Load(Library, assembly) : 0;

#pragma warning disable SA1300, IDE1006 // The library's own names.
    [LibraryImport(Library)]
    private static partial byte* lzma_version_string();

    [LibraryImport(Library)]
    private static partial byte lzma_lzma_preset(LzmaOptions* options, uint preset);

    [LibraryImport(Library)]
    private static partial int lzma_stream_buffer_encode(
        LzmaFilter* filters, int check, void* allocator, byte* input, nuint inputSize, byte* output, nuint* outputPosition, nuint outputSize);

    [LibraryImport(Library)]
    private static partial int lzma_stream_buffer_decode(
        ulong* memoryLimit, uint flags, void* allocator, byte* input, nuint* inputPosition, nuint inputSize, byte* output, nuint* outputPosition, nuint outputSize);

    [LibraryImport(Library)]
    private static partial int lzma_alone_decoder(LzmaStream* stream, ulong memoryLimit);

    [LibraryImport(Library)]
    internal static partial int lzma_stream_decoder(LzmaStream* stream, ulong memoryLimit, uint flags);

    [LibraryImport(Library)]
    internal static partial int lzma_code(LzmaStream* stream, int action);

    [LibraryImport(Library)]
    internal static partial void lzma_end(LzmaStream* stream);
#pragma warning restore SA1300, IDE1006

    /// <summary><c>lzma_filter</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct LzmaFilter(ulong id, void* options)
    {
        public readonly ulong Id = id;
        public readonly void* Options = options;
    }

    /// <summary><c>lzma_options_lzma</c>: the library fills in all but the dictionary's size. It has 112 bytes at most.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct LzmaOptions
    {
        public uint DictionarySize;
        private fixed ulong _rest[31];
    }

    /// <summary><c>lzma_stream</c>: the library's own state is at the end. It has 136 bytes at most.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct LzmaStream
    {
        public byte* Input;
        public nuint InputSize;
        public ulong TotalInput;
        public byte* Output;
        public nuint OutputSize;
        public ulong TotalOutput;
        private fixed ulong _rest[16];
    }
}
