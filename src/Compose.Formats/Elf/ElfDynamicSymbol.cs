namespace Compose.Formats.Elf;

/// <summary>A symbol that the dynamic linker sees.</summary>
/// <param name="Name">The name, each byte a character.</param>
/// <param name="Version">The version that the file defines it with; null when it has none.</param>
/// <param name="IsDefaultVersion">Whether who names no version gets this one.</param>
/// <param name="IsUndefined">Whether another file has to define it.</param>
/// <param name="Binding">The binding (STB_*): 0 local, 1 global, 2 weak, 10 unique.</param>
/// <param name="Visibility">The visibility (STV_*): 0 default, 1 internal, 2 hidden, 3 protected.</param>
public readonly record struct ElfDynamicSymbol(
    string Name, string? Version, bool IsDefaultVersion, bool IsUndefined, int Binding, int Visibility)
{
    /// <summary>Whether other files can use it.</summary>
    public bool IsExported => !IsUndefined && Binding != 0 && Visibility is 0 or 3;

    /// <summary>The name with its version as readelf(1) and linkers write it: <c>read@@LIB_1.0</c>, <c>read@LIB_0.9</c>.</summary>
    public override string ToString() => Version is null ? Name : $"{Name}{(IsDefaultVersion ? "@@" : "@")}{Version}";
}
