using System.Buffers.Binary;
using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Formats.UnifiedKernel;

/// <summary>
/// Assembles unified kernel images (UAPI.5): a boot stub to which kernel, initrd and command line are appended as PE sections.
/// The image is not signed; a signature of the stub is dropped, as it would not hold.
/// </summary>
public static class UnifiedKernelImage
{
    private const uint ContentCode = 0x20;
    private const uint ContentInitializedData = 0x40;
    private const uint MemoryRead = 0x4000_0000;

    /// <summary>Stubs have about 100 KiB.</summary>
    private const int MaximumStubSize = 16 * 1024 * 1024;

    /// <summary>The headers of a kernel lie in its first pages.</summary>
    private const int KernelHeadSize = 64 * 1024;

    /// <summary>Where the data directories start in the optional header.</summary>
    private const int DirectoriesOffset = 112;

    private const int CertificateDirectory = 4;

    /// <summary>
    /// Assembles an image. The stub and the head of the kernel are read now; everything else is read whenever the image is.
    /// </summary>
    /// <exception cref="DiagnosticException">
    /// COMPOSE4301: stub or kernel is not a usable PE file. COMPOSE4302: the parts do not fit together.
    /// </exception>
    public static FileContent Assemble(UnifiedKernelParts parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Stub.Length > MaximumStubSize)
        {
            throw PortableExecutable.Refuse("boot stub", $"it is larger than {MaximumStubSize >> 20} MiB");
        }

        var stub = ReadHead(parts.Stub, MaximumStubSize);
        var stubHeaders = PortableExecutable.Read(stub, "boot stub");
        var kernelHeaders = PortableExecutable.Read(ReadHead(parts.Kernel, KernelHeadSize), "kernel");
        if (stubHeaders.Machine != kernelHeaders.Machine)
        {
            throw Refuse($"the boot stub is for {Name(stubHeaders.Machine)}, the kernel for {Name(kernelHeaders.Machine)}");
        }

        return Append(stub, stubHeaders, [.. Sections(parts).Where(section => section.Content.Length > 0)]);
    }

    /// <summary>The sections in the order in which ukify writes them.</summary>
    private static IEnumerable<NewSection> Sections(UnifiedKernelParts parts)
    {
        yield return Data(".osrel", parts.OsRelease);
        yield return Data(".cmdline", Text(parts.CommandLine));
        yield return Data(".dtb", parts.DeviceTree);
        yield return Data(".uname", Text(parts.KernelRelease));
        yield return Data(".splash", parts.Splash);
        yield return Data(".pcrpkey", parts.PcrPublicKey);
        yield return new NewSection(".linux", parts.Kernel, ContentCode | MemoryRead);
        yield return Data(".initrd", Join(parts.Initrds));
        yield return Data(".ucode", parts.Microcode);

        static NewSection Data(string name, FileContent? content) =>
            new(name, content ?? Zeros(0), ContentInitializedData | MemoryRead);

        static FileContent? Text(string? text) => text is null ? null : new BytesContent(text);
    }

    /// <summary>Joins initrds; the kernel looks for the next one at a multiple of four bytes.</summary>
    private static ConcatenatedContent Join(IReadOnlyList<FileContent> initrds)
    {
        var parts = new List<FileContent>();
        for (var i = 0; i < initrds.Count; i++)
        {
            parts.Add(initrds[i]);
            if (i + 1 < initrds.Count)
            {
                parts.Add(Zeros(RoundUp(initrds[i].Length, 4) - initrds[i].Length));
            }
        }

        return new ConcatenatedContent(parts);
    }

    private static ConcatenatedContent Append(byte[] stub, PortableExecutable headers, NewSection[] newSections)
    {
        var sections = headers.ReadSections(stub, "boot stub");
        CheckNames(sections, newSections);
        var optional = stub.AsSpan(headers.OptionalHeaderOffset, headers.SectionTableOffset - headers.OptionalHeaderOffset);
        var sectionAlignment = Alignment(optional[32..]);
        var fileAlignment = Alignment(optional[36..]);
        var sizeOfHeaders = RoundUp(BinaryPrimitives.ReadUInt32LittleEndian(optional[60..]), fileAlignment);
        var tableEnd = headers.SectionTableOffset + (sections.Length * PortableExecutable.SectionHeaderSize);
        CheckRoom(stub, sections, tableEnd, newSections.Length, sizeOfHeaders);

        // What lies behind the sections (a symbol table, a signature) is left out.
        var stubEnd = sections.Max(section => section.RawSize == 0 ? 0 : section.RawOffset + (long)section.RawSize);
        var rawOffset = RoundUp(stubEnd, fileAlignment);
        var body = new List<FileContent> { new BytesContent(stub.AsMemory(0, (int)stubEnd)), Zeros(rawOffset - stubEnd) };
        var virtualAddress = RoundUp(sections[^1].VirtualAddress + (long)sections[^1].VirtualSize, sectionAlignment);
        var virtualEnd = virtualAddress;
        var table = stub.AsSpan(tableEnd);
        foreach (var section in newSections)
        {
            var length = section.Content.Length;
            var rawSize = RoundUp(length, fileAlignment);
            virtualEnd = RoundUp(virtualAddress + length, sectionAlignment);
            if (virtualEnd > uint.MaxValue || rawOffset + rawSize > uint.MaxValue)
            {
                throw Refuse($"with '{section.Name}' it would be larger than the 4 GiB that a PE file can have");
            }

            WriteSectionHeader(ref table, section, virtualAddress, rawSize, rawOffset);
            var sizeField = optional[((section.Characteristics & ContentCode) != 0 ? 4 : 8)..];
            BinaryPrimitives.WriteUInt32LittleEndian(sizeField, BinaryPrimitives.ReadUInt32LittleEndian(sizeField) + (uint)rawSize);
            body.Add(section.Content);
            body.Add(Zeros(rawSize - length));
            rawOffset += rawSize;
            virtualAddress = virtualEnd;
        }

        var coff = stub.AsSpan(headers.CoffOffset);
        BinaryPrimitives.WriteUInt16LittleEndian(coff[6..], (ushort)(sections.Length + newSections.Length));
        coff.Slice(12, 8).Clear(); // The symbol table's place and length.
        BinaryPrimitives.WriteUInt32LittleEndian(optional[56..], (uint)virtualEnd);
        BinaryPrimitives.WriteUInt32LittleEndian(optional[60..], (uint)sizeOfHeaders);
        optional.Slice(64, 4).Clear(); // The check sum: UEFI does not look at it.
        var directory = DirectoriesOffset + (CertificateDirectory * 8);
        if (BinaryPrimitives.ReadUInt32LittleEndian(optional[108..]) > CertificateDirectory && optional.Length >= directory + 8)
        {
            optional.Slice(directory, 8).Clear();
        }

        return new ConcatenatedContent(body);
    }

    private static void CheckNames(PeSection[] sections, NewSection[] newSections)
    {
        foreach (var section in newSections)
        {
            if (sections.Any(existing => existing.Name == section.Name))
            {
                throw Refuse($"the boot stub has a section '{section.Name}' already");
            }
        }
    }

    private static void CheckRoom(ReadOnlySpan<byte> stub, PeSection[] sections, int tableEnd, int count, long sizeOfHeaders)
    {
        var firstData = sections.Where(section => section.RawSize > 0).Select(section => (long)section.RawOffset)
            .Append(stub.Length).Min();
        var limit = Math.Min(Math.Min(sizeOfHeaders, firstData), sections[0].VirtualAddress);
        var newEnd = tableEnd + ((long)count * PortableExecutable.SectionHeaderSize);
        if (sizeOfHeaders > firstData || sizeOfHeaders > sections[0].VirtualAddress)
        {
            throw PortableExecutable.Refuse("boot stub", "its headers overlap its first section");
        }

        if (newEnd > limit || stub[tableEnd..(int)newEnd].ContainsAnyExcept((byte)0))
        {
            throw Refuse($"the boot stub has no room for {count} more section headers");
        }
    }

    private static void WriteSectionHeader(ref Span<byte> table, NewSection section, long virtualAddress, long rawSize, long rawOffset)
    {
        Encoding.ASCII.GetBytes(section.Name, table);
        BinaryPrimitives.WriteUInt32LittleEndian(table[8..], (uint)section.Content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(table[12..], (uint)virtualAddress);
        BinaryPrimitives.WriteUInt32LittleEndian(table[16..], (uint)rawSize);
        BinaryPrimitives.WriteUInt32LittleEndian(table[20..], (uint)rawOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(table[36..], section.Characteristics);
        table = table[PortableExecutable.SectionHeaderSize..];
    }

    private static uint Alignment(ReadOnlySpan<byte> field)
    {
        var value = BinaryPrimitives.ReadUInt32LittleEndian(field);
        return uint.IsPow2(value) && value is >= 512 and <= 1 << 20
            ? value
            : throw PortableExecutable.Refuse("boot stub", $"its alignment of {value} bytes is not allowed");
    }

    private static byte[] ReadHead(FileContent content, int maximum)
    {
        var bytes = new byte[(int)Math.Min(content.Length, maximum)];
        using var stream = content.OpenRead();
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static BytesContent Zeros(long count) => new(new byte[count]);

    private static long RoundUp(long value, long grain) => (value + grain - 1) / grain * grain;

    private static string Name(PeMachine machine) => machine == PeMachine.X64 ? "x86-64" : "arm64";

    private static DiagnosticException Refuse(string reason) =>
        new(FormatDiagnostics.InvalidUnifiedKernel.Create($"The unified kernel image cannot be assembled: {reason}."));

    private readonly record struct NewSection(string Name, FileContent Content, uint Characteristics);
}
