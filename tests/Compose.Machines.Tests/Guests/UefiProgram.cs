using System.Buffers.Binary;
using System.Text;

namespace Compose.Machines.Tests.Guests;

/// <summary>What a <see cref="UefiProgram"/> does after its text: the reset types of UEFI's ResetSystem, or nothing.</summary>
public enum AfterText
{
    ColdReset = 0,
    PowerOff = 2,
    Stay = 3,
}

/// <summary>
/// The smallest guest that firmware boots: a UEFI application in hand-made PE32+ that writes a text to the first
/// serial port and then resets, powers off or stays.
/// </summary>
internal static class UefiProgram
{
    private const int HeadersSize = 0x200;
    private const int SectionAddress = 0x1000;

    private static ReadOnlySpan<byte> Code =>
    [
        0x48, 0x89, 0xd3,                               // mov rbx, rdx        the system table
        0x48, 0x8d, 0x35, 0x39, 0x00, 0x00, 0x00,       // lea rsi, [text]
        0xac,                                           // lodsb
        0x84, 0xc0,                                     // test al, al
        0x74, 0x14,                                     // jz +20
        0x88, 0xc4,                                     // mov ah, al
        0x66, 0xba, 0xfd, 0x03,                         // mov dx, 0x3fd
        0xec,                                           // in al, dx
        0xa8, 0x20,                                     // test al, 0x20       ready to take a byte
        0x74, 0xfb,                                     // jz -5
        0x66, 0xba, 0xf8, 0x03,                         // mov dx, 0x3f8
        0x88, 0xe0,                                     // mov al, ah
        0xee,                                           // out dx, al
        0xeb, 0xe7,                                     // jmp to lodsb
        0xb9, 0x03, 0x00, 0x00, 0x00,                   // mov ecx, 3          replaced by what follows the text
        0x83, 0xf9, 0x02,                               // cmp ecx, 2
        0x77, 0x13,                                     // ja +19
        0x31, 0xd2,                                     // xor edx, edx
        0x45, 0x31, 0xc0,                               // xor r8d, r8d
        0x45, 0x31, 0xc9,                               // xor r9d, r9d
        0x48, 0x8b, 0x43, 0x58,                         // mov rax, [rbx + 0x58]   runtime services
        0x48, 0x83, 0xec, 0x28,                         // sub rsp, 40
        0xff, 0x50, 0x68,                               // call [rax + 0x68]       ResetSystem
        0xf4,                                           // hlt
        0xeb, 0xfd,                                     // jmp -3
    ];

    private const int AfterTextOffset = 0x24;

    public static byte[] Create(string text, AfterText after)
    {
        var body = new byte[(Code.Length + text.Length + 1 + 0x1ff) & ~0x1ff];
        Code.CopyTo(body);
        body[AfterTextOffset] = (byte)after;
        Encoding.ASCII.GetBytes(text, body.AsSpan(Code.Length));

        var image = new byte[HeadersSize + body.Length];
        body.CopyTo(image, HeadersSize);
        "MZ"u8.CopyTo(image);
        Write32(image, 0x3c, 0x40);
        "PE\0\0"u8.CopyTo(image.AsSpan(0x40));
        Write16(image, 0x44, 0x8664);                   // x86-64
        Write16(image, 0x46, 1);                        // sections
        Write16(image, 0x54, 0xf0);                     // size of the optional header
        Write16(image, 0x56, 0x22);                     // executable, large addresses
        Write16(image, 0x58, 0x20b);                    // PE32+
        Write32(image, 0x5c, body.Length);              // size of code
        Write32(image, 0x68, SectionAddress);           // entry point
        Write32(image, 0x6c, SectionAddress);           // base of code
        Write32(image, 0x78, 0x1000);                   // section alignment
        Write32(image, 0x7c, 0x200);                    // file alignment
        Write32(image, 0x90, SectionAddress + 0x1000);  // size of the image
        Write32(image, 0x94, HeadersSize);              // size of the headers
        Write16(image, 0x9c, 10);                       // a UEFI application
        Write32(image, 0xc4, 16);                       // data directories, all empty
        ".text"u8.CopyTo(image.AsSpan(0x148));
        Write32(image, 0x150, body.Length);             // size in memory
        Write32(image, 0x154, SectionAddress);          // address
        Write32(image, 0x158, body.Length);             // size in the file
        Write32(image, 0x15c, HeadersSize);             // offset in the file
        Write32(image, 0x16c, 0x60000020);              // code, executable, readable
        return image;
    }

    private static void Write16(byte[] image, int offset, ushort value) =>
        BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(offset), value);

    private static void Write32(byte[] image, int offset, int value) =>
        BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(offset), value);
}
