namespace Compose.Machines.Acceleration;

/// <summary>
/// A disk whose boot sector enters 64-bit mode, as every kernel does, and then tells QEMU to exit. A virtual machine
/// that gets so far has run real, protected and long mode, page tables, model-specific registers and port output.
/// </summary>
internal static class ProbeGuest
{
    /// <summary>Port of the <c>isa-debug-exit</c> device.</summary>
    public const int ExitPort = 0xf4;

    /// <summary>QEMU's exit code once the guest has written 0x2a to the port: twice that, plus one.</summary>
    public const int ExitCode = 85;

    // The BIOS does not boot from a disk of one sector.
    private const int DiskSize = 1024 * 1024;

    private static ReadOnlySpan<byte> Code =>
    [
        // 16 bits, loaded at 0x7c00
        0xfa,                                           // cli
        0x31, 0xc0,                                     // xor ax, ax
        0x8e, 0xd8,                                     // mov ds, ax
        0x8e, 0xc0,                                     // mov es, ax
        0xfc,                                           // cld
        0xbf, 0x00, 0x10,                               // mov di, 0x1000     three zeroed page tables,
        0xb9, 0x00, 0x18,                               // mov cx, 0x1800
        0xf3, 0xab,                                     // rep stosw
        0xc7, 0x06, 0x00, 0x10, 0x03, 0x20,             // mov word [0x1000], 0x2003
        0xc7, 0x06, 0x00, 0x20, 0x03, 0x30,             // mov word [0x2000], 0x3003
        0xc7, 0x06, 0x00, 0x30, 0x83, 0x00,             // mov word [0x3000], 0x0083     the first 2 MiB
        0x66, 0xb8, 0x00, 0x10, 0x00, 0x00,             // mov eax, 0x1000
        0x0f, 0x22, 0xd8,                               // mov cr3, eax
        0x0f, 0x20, 0xe0,                               // mov eax, cr4
        0x0c, 0x20,                                     // or al, 0x20        physical address extension
        0x0f, 0x22, 0xe0,                               // mov cr4, eax
        0x66, 0xb9, 0x80, 0x00, 0x00, 0xc0,             // mov ecx, 0xc0000080
        0x0f, 0x32,                                     // rdmsr
        0x80, 0xcc, 0x01,                               // or ah, 1           long mode enable
        0x0f, 0x30,                                     // wrmsr
        0x0f, 0x01, 0x16, 0x7a, 0x7c,                   // lgdt [0x7c7a]
        0x0f, 0x20, 0xc0,                               // mov eax, cr0
        0x66, 0x0d, 0x01, 0x00, 0x00, 0x80,             // or eax, 0x80000001 paging and protection
        0x0f, 0x22, 0xc0,                               // mov cr0, eax
        0xea, 0x56, 0x7c, 0x08, 0x00,                   // jmp 8:0x7c56
        // 64 bits, at 0x7c56
        0x31, 0xc0,                                     // xor eax, eax
        0x0f, 0xa2,                                     // cpuid              always leaves the guest
        0xb9, 0x00, 0x00, 0x10, 0x00,                   // mov ecx, 0x100000
        0xff, 0xc9,                                     // dec ecx
        0x75, 0xfc,                                     // jnz -4
        0xb0, 0x2a,                                     // mov al, 0x2a
        0xe6, ExitPort,                                 // out 0xf4, al
        0xf4,                                           // hlt
        0xeb, 0xfd,                                     // jmp -3
        // descriptors: none, 64-bit code
        0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
        0x00, 0x00, 0x00, 0x00, 0x00, 0x9a, 0x20, 0x00,
        // at 0x7c7a: their length less one, their address
        0x0f, 0x00, 0x6a, 0x7c, 0x00, 0x00,
    ];

    /// <summary>The disk's bytes.</summary>
    public static byte[] CreateDisk()
    {
        var disk = new byte[DiskSize];
        Code.CopyTo(disk);
        disk[510] = 0x55;
        disk[511] = 0xaa;
        return disk;
    }
}
