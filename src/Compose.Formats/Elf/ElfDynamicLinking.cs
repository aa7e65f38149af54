namespace Compose.Formats.Elf;

/// <summary>What the kernel and the dynamic linker read from a program or a shared object. Names have a character for each byte.</summary>
public sealed record ElfDynamicLinking
{
    /// <summary>The file's type (ET_*): 1 relocatable, 2 program, 3 shared object or position-independent program.</summary>
    public required int Type { get; init; }

    /// <summary>The processor (EM_*): 62 x86-64, 183 arm64.</summary>
    public required int Machine { get; init; }

    /// <summary>Whether it is a 64-bit file.</summary>
    public required bool Is64Bit { get; init; }

    /// <summary>The path of the dynamic linker that the kernel starts (PT_INTERP); null for static programs and most libraries.</summary>
    public string? Interpreter { get; init; }

    /// <summary>The libraries that must be loaded, in their order (DT_NEEDED): names to search, or paths with a slash.</summary>
    public IReadOnlyList<string> Needed { get; init; } = [];

    /// <summary>The file's own name as a library (DT_SONAME).</summary>
    public string? SharedObjectName { get; init; }

    /// <summary>Folders for what the file needs itself, separated by colons (DT_RUNPATH).</summary>
    public string? RunPath { get; init; }

    /// <summary>Folders for the file and what it loads, separated by colons (DT_RPATH). Not used where there is a <see cref="RunPath"/>.</summary>
    public string? RPath { get; init; }

    /// <summary>Whether the default folders are not searched for what it needs (DF_1_NODEFLIB).</summary>
    public bool IgnoresDefaultFolders { get; init; }

    /// <summary>The versions that it needs of its libraries (DT_VERNEED).</summary>
    public IReadOnlyList<ElfNeededVersion> NeededVersions { get; init; } = [];

    /// <summary>The versions that it has symbols of (DT_VERDEF); none when it gives its symbols no versions.</summary>
    public IReadOnlyList<string> DefinedVersions { get; init; } = [];

    /// <summary>Whether its symbols refer to versions, needed or defined ones (DT_VERSYM).</summary>
    public bool HasSymbolVersions { get; init; }
}

/// <summary>A version of symbols that a file needs of a library.</summary>
/// <param name="Library">The library's name, one of <see cref="ElfDynamicLinking.Needed"/>.</param>
/// <param name="Name">The version's name, such as <c>GLIBC_2.38</c>.</param>
/// <param name="Index">The number by which the file's symbols refer to the version.</param>
/// <param name="IsWeak">Whether the file can be loaded without it (VER_FLG_WEAK).</param>
public sealed record ElfNeededVersion(string Library, string Name, int Index, bool IsWeak);
