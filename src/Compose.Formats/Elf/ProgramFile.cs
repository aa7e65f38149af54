namespace Compose.Formats.Elf;

/// <summary>
/// Tells programs from libraries and data by how a file starts, where its mode says nothing: archives made on other systems
/// have none, and tools that unpack them make one up.
/// </summary>
public static class ProgramFile
{
    /// <summary>How many bytes of a file are enough: an ELF file has its program headers right behind its header.</summary>
    public const int StartSize = 4096;

    private const int SmallestHeader = 52;
    private const ushort TypeExecutable = 2;
    private const ushort TypeSharedObject = 3;
    private const uint SegmentTypeInterpreter = 3;

    /// <summary>
    /// Whether Linux would run it: a script that names its interpreter, or an ELF file that is a program (ET_EXEC) or that
    /// names a dynamic linker (PT_INTERP), as libraries do not.
    /// </summary>
    /// <param name="start">The first <see cref="StartSize"/> bytes, or all of a smaller file.</param>
    public static bool IsProgram(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("#!"u8))
        {
            return true;
        }

        if (!ElfFile.IsElf(start) || start.Length < SmallestHeader)
        {
            return false;
        }

        var encoding = new ElfEncoding(Is64Bit: start[4] == 2, IsBigEndian: start[5] == 2);
        return start.Length >= encoding.HeaderSize && encoding.Half(start[16..]) switch
        {
            TypeExecutable => true,
            TypeSharedObject => HasInterpreter(start, encoding),
            _ => false,
        };
    }

    private static bool HasInterpreter(ReadOnlySpan<byte> start, ElfEncoding encoding)
    {
        var is64 = encoding.Is64Bit;
        var offset = encoding.Address(start[(is64 ? 32 : 28)..]);
        int size = encoding.Half(start[(is64 ? 54 : 42)..]);
        int count = encoding.Half(start[(is64 ? 56 : 44)..]);
        for (var i = 0; i < count && size >= sizeof(uint); i++, offset += (ulong)size)
        {
            if (offset > (ulong)(start.Length - sizeof(uint)))
            {
                return false;
            }

            if (encoding.Word(start[(int)offset..]) == SegmentTypeInterpreter)
            {
                return true;
            }
        }

        return false;
    }
}
