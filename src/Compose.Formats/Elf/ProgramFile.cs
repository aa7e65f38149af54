using System.Buffers.Binary;

namespace Compose.Formats.Elf;

/// <summary>
/// Tells programs from libraries and data by how a file starts, where its mode says nothing: archives made on other systems
/// have none, and tools that unpack them make one up.
/// </summary>
public static class ProgramFile
{
    /// <summary>How many bytes of a file are enough: an ELF file has its program headers right behind its header.</summary>
    public const int StartSize = 4096;

    private const int HeaderSize32 = 52;
    private const int HeaderSize64 = 64;
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

        if (!ElfFile.IsElf(start) || start.Length < HeaderSize32)
        {
            return false;
        }

        var is64 = start[4] == 2;
        var bigEndian = start[5] == 2;
        if (is64 && start.Length < HeaderSize64)
        {
            return false;
        }

        return Half(start[16..], bigEndian) switch
        {
            TypeExecutable => true,
            TypeSharedObject => HasInterpreter(start, is64, bigEndian),
            _ => false,
        };
    }

    private static bool HasInterpreter(ReadOnlySpan<byte> start, bool is64, bool bigEndian)
    {
        var offset = is64 ? Long(start[32..], bigEndian) : Word(start[28..], bigEndian);
        int size = Half(start[(is64 ? 54 : 42)..], bigEndian);
        int count = Half(start[(is64 ? 56 : 44)..], bigEndian);
        for (var i = 0; i < count && size >= sizeof(uint); i++, offset += (ulong)size)
        {
            if (offset > (ulong)(start.Length - sizeof(uint)))
            {
                return false;
            }

            if (Word(start[(int)offset..], bigEndian) == SegmentTypeInterpreter)
            {
                return true;
            }
        }

        return false;
    }

    private static ushort Half(ReadOnlySpan<byte> bytes, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint Word(ReadOnlySpan<byte> bytes, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static ulong Long(ReadOnlySpan<byte> bytes, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
}
