namespace Compose.Images.Licenses;

/// <summary>The licences of a package, as its copyright file names them.</summary>
/// <param name="Names">
/// The short names of the machine-readable format (DEP 5), each once, in ordinal order; empty when the file is not in that
/// format or is missing.
/// </param>
/// <param name="CopyrightFile">The path of the copyright file in the package; null when it has none.</param>
public sealed record PackageLicense(IReadOnlyList<string> Names, string? CopyrightFile)
{
    /// <summary>A package that says nothing.</summary>
    public static PackageLicense Unknown { get; } = new([], null);
}
