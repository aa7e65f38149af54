using Compose.Formats.Elf;

namespace Compose.Images.Checks.Executables;

/// <summary>A kind of processor, as files and folders name it.</summary>
/// <param name="Name">systemd's name, that of ARCHITECTURE in release files.</param>
/// <param name="Machine">The number in ELF files (EM_*).</param>
/// <param name="Is64Bit">The word size of its ELF files.</param>
/// <param name="Multiarch">The name of Debian's folders of libraries.</param>
/// <param name="LibraryFolder">The name of such folders elsewhere, which is also what <c>$LIB</c> stands for.</param>
/// <param name="Platform">What <c>$PLATFORM</c> stands for.</param>
/// <param name="Also">The processor whose programs it runs too.</param>
internal sealed record Processor(
    string Name, int Machine, bool Is64Bit, string Multiarch, string LibraryFolder, string Platform, string? Also = null)
{
    private static readonly Processor[] Known =
    [
        new("x86-64", 62, true, "x86_64-linux-gnu", "lib64", "x86_64", "x86"),
        new("x86", 3, false, "i386-linux-gnu", "lib", "i686"),
        new("arm64", 183, true, "aarch64-linux-gnu", "lib64", "aarch64", "arm"),
        new("arm", 40, false, "arm-linux-gnueabihf", "lib", "v7l"),
        new("riscv64", 243, true, "riscv64-linux-gnu", "lib64", "riscv64"),
        new("ppc64-le", 21, true, "powerpc64le-linux-gnu", "lib64", "power8"),
        new("s390x", 22, true, "s390x-linux-gnu", "lib64", "z13"),
        new("loongarch64", 258, true, "loongarch64-linux-gnu", "lib64", "loongarch64"),
    ];

    /// <summary>The processor of a name; null for one that is not known, or for any.</summary>
    public static Processor? Named(string? name) => Array.Find(Known, processor => processor.Name == name);

    /// <summary>The processor that a file is for; null for one that is not known.</summary>
    public static Processor? Of(ElfDynamicLinking file) =>
        Array.Find(Known, processor => processor.Machine == file.Machine && processor.Is64Bit == file.Is64Bit);

    /// <summary>Whether it runs a file.</summary>
    public bool Runs(ElfDynamicLinking file) => Of(file) is { } other && (other == this || other.Name == Also);

    /// <summary>A name of the processor that a file is for, for people.</summary>
    public static string Describe(ElfDynamicLinking file) =>
        Of(file)?.Name ?? $"machine {file.Machine} with {(file.Is64Bit ? 64 : 32)} bits";
}
