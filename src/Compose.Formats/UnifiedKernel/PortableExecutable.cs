using System.Buffers.Binary;
using Compose.Diagnostics;

namespace Compose.Formats.UnifiedKernel;

/// <summary>The processor that a PE file is for (PE format, "Machine Types").</summary>
internal enum PeMachine : ushort
{
    X64 = 0x8664,
    Arm64 = 0xAA64,
}

/// <summary>A row of the section table.</summary>
internal readonly record struct PeSection(string Name, uint VirtualSize, uint VirtualAddress, uint RawSize, uint RawOffset);

/// <summary>
/// The headers of a PE32+ file (Microsoft, "PE Format"), as far as a unified kernel image needs them. Every number is checked
/// against the file before it is used.
/// </summary>
internal sealed class PortableExecutable
{
    public const int SectionHeaderSize = 40;

    private const int DosHeaderSize = 64;
    private const int CoffHeaderSize = 24;
    private const int MinimumOptionalHeaderSize = 112;
    private const ushort Pe32PlusMagic = 0x20B;
    private const int MaximumSections = 96;

    private PortableExecutable(int coffOffset, int optionalHeaderSize)
    {
        CoffOffset = coffOffset;
        SectionTableOffset = OptionalHeaderOffset + optionalHeaderSize;
    }

    public int CoffOffset { get; }

    public int OptionalHeaderOffset => CoffOffset + CoffHeaderSize;

    public int SectionTableOffset { get; }

    public required PeMachine Machine { get; init; }

    public required int SectionCount { get; init; }

    /// <summary>Reads the headers that say what the file is.</summary>
    /// <param name="file">The start of the file.</param>
    /// <param name="what">What the file is, for the message.</param>
    /// <exception cref="DiagnosticException">COMPOSE4301: it is not such a file.</exception>
    public static PortableExecutable Read(ReadOnlySpan<byte> file, string what)
    {
        if (file.Length < DosHeaderSize || !file.StartsWith("MZ"u8))
        {
            throw Refuse(what, "it does not start with the signature 'MZ'");
        }

        var coffOffset = BinaryPrimitives.ReadUInt32LittleEndian(file[60..]);
        if (coffOffset > file.Length - CoffHeaderSize - MinimumOptionalHeaderSize)
        {
            throw Refuse(what, "it is truncated, or its PE header lies too far behind");
        }

        var coff = file[(int)coffOffset..];
        if (!coff.StartsWith("PE\0\0"u8))
        {
            throw Refuse(what, "its PE signature is missing");
        }

        var optionalHeaderSize = BinaryPrimitives.ReadUInt16LittleEndian(coff[20..]);
        if (optionalHeaderSize < MinimumOptionalHeaderSize
            || BinaryPrimitives.ReadUInt16LittleEndian(coff[CoffHeaderSize..]) != Pe32PlusMagic)
        {
            throw Refuse(what, "it is not in the 64-bit format (PE32+)");
        }

        var machine = (PeMachine)BinaryPrimitives.ReadUInt16LittleEndian(coff[4..]);
        if (machine is not (PeMachine.X64 or PeMachine.Arm64))
        {
            throw Refuse(what, $"it is for a processor other than x86-64 and arm64 (machine 0x{(ushort)machine:x4})");
        }

        return new PortableExecutable((int)coffOffset, optionalHeaderSize)
        {
            Machine = machine,
            SectionCount = BinaryPrimitives.ReadUInt16LittleEndian(coff[6..]),
        };
    }

    /// <summary>Reads the section table of a whole file.</summary>
    /// <exception cref="DiagnosticException">COMPOSE4301: it points outside of the file, or sections overlap.</exception>
    public PeSection[] ReadSections(ReadOnlySpan<byte> file, string what) => ReadSections(file, file.Length, what);

    /// <inheritdoc cref="ReadSections(ReadOnlySpan{byte}, string)"/>
    /// <param name="file">The start of the file, with the section table.</param>
    /// <param name="fileLength">The size of the whole file in bytes.</param>
    /// <param name="what">What the file is, for the message.</param>
    public PeSection[] ReadSections(ReadOnlySpan<byte> file, long fileLength, string what)
    {
        if (SectionCount is 0 or > MaximumSections || file.Length - SectionTableOffset < SectionCount * SectionHeaderSize)
        {
            throw Refuse(what, "its section table is empty or truncated");
        }

        var sections = new PeSection[SectionCount];
        long virtualEnd = 0;
        for (var i = 0; i < sections.Length; i++)
        {
            var row = file.Slice(SectionTableOffset + (i * SectionHeaderSize), SectionHeaderSize);
            var section = sections[i] = new PeSection(
                System.Text.Encoding.Latin1.GetString(row[..8]).TrimEnd('\0'),
                BinaryPrimitives.ReadUInt32LittleEndian(row[8..]),
                BinaryPrimitives.ReadUInt32LittleEndian(row[12..]),
                BinaryPrimitives.ReadUInt32LittleEndian(row[16..]),
                BinaryPrimitives.ReadUInt32LittleEndian(row[20..]));
            if (section.RawSize > 0 && section.RawOffset + (long)section.RawSize > fileLength)
            {
                throw Refuse(what, $"its section '{section.Name}' lies outside of the file");
            }

            if (section.VirtualAddress < virtualEnd)
            {
                throw Refuse(what, $"its section '{section.Name}' overlaps the one before it");
            }

            virtualEnd = section.VirtualAddress + (long)section.VirtualSize;
        }

        return sections;
    }

    internal static DiagnosticException Refuse(string what, string reason) =>
        new(FormatDiagnostics.InvalidPortableExecutable.Create($"The {what} is not usable: {reason}.", what));
}
