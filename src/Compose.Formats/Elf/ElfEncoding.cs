using System.Buffers.Binary;

namespace Compose.Formats.Elf;

/// <summary>How an ELF file writes its numbers: the word size and the byte order of its identification.</summary>
/// <param name="Is64Bit">ELFCLASS64: addresses and offsets have 8 bytes instead of 4.</param>
/// <param name="IsBigEndian">ELFDATA2MSB.</param>
internal readonly record struct ElfEncoding(bool Is64Bit, bool IsBigEndian)
{
    private const int IdentitySize = 16;

    /// <summary>The size of the file's header in bytes.</summary>
    public int HeaderSize => Is64Bit ? 64 : 52;

    /// <summary>The size of an address or an offset in bytes.</summary>
    public int AddressSize => Is64Bit ? 8 : 4;

    /// <summary>Reads the identification at the start of a file.</summary>
    /// <exception cref="InvalidDataException">It is not an ELF file, or of no known kind, or its header is cut off.</exception>
    public static ElfEncoding Read(ReadOnlySpan<byte> start)
    {
        if (start.Length < IdentitySize || !ElfFile.IsElf(start))
        {
            throw new InvalidDataException("It is not an ELF file.");
        }

        if (start[4] is not (1 or 2) || start[5] is not (1 or 2))
        {
            throw new InvalidDataException("Its word size or its byte order is unknown.");
        }

        var encoding = new ElfEncoding(Is64Bit: start[4] == 2, IsBigEndian: start[5] == 2);
        return start.Length >= encoding.HeaderSize ? encoding : throw new InvalidDataException("Its header is truncated.");
    }

    /// <summary>A number of 2 bytes.</summary>
    public ushort Half(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    /// <summary>A number of 4 bytes.</summary>
    public uint Word(ReadOnlySpan<byte> bytes) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    /// <summary>An address, an offset, or another number of the file's word size.</summary>
    public ulong Address(ReadOnlySpan<byte> bytes) =>
        !Is64Bit ? Word(bytes)
        : IsBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(bytes)
        : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
}
