using System.Text.RegularExpressions;
using NuGet.Versioning;

namespace Compose.Packages.Inputs.NuGetPackages;

/// <summary>A NuGet package that a project asks for.</summary>
public sealed partial record NuGetRequest
{
    private NuGetRequest(string name, string version, NuGetVersion? exact)
    {
        Name = name;
        Version = version;
        Exact = exact;
    }

    /// <summary>The package's identifier as the project writes it.</summary>
    public string Name { get; }

    /// <summary>The version or range as the project writes it.</summary>
    public string Version { get; }

    /// <summary>The only version that will do; null for a range, of which NuGet chooses.</summary>
    public NuGetVersion? Exact { get; }

    /// <summary>Reads a request. A version alone means that version, and no later one; ranges are NuGet's: <c>[10.0,11)</c>, <c>10.0.*</c>.</summary>
    /// <exception cref="DiagnosticException">The name or the version is none.</exception>
    public static NuGetRequest Parse(string name, string version)
    {
        if (!Identifier().IsMatch(name))
        {
            throw Bad(name, $"'{name}' is not the identifier of a NuGet package");
        }

        if (version.Length == 0)
        {
            throw Bad(name, "it has no Version");
        }

        if (NuGetVersion.TryParse(version, out var exact))
        {
            return new NuGetRequest(name, version, exact);
        }

        if (!VersionRange.TryParse(version, allowFloating: true, out var range))
        {
            throw Bad(name, $"'{version}' is neither a version nor a range of versions");
        }

        var isExact = !range.IsFloating && range is { IsMinInclusive: true, IsMaxInclusive: true } && range.MinVersion is not null && range.MinVersion == range.MaxVersion;
        return new NuGetRequest(name, version, isExact ? range.MinVersion : null);
    }

    private static DiagnosticException Bad(string name, string reason) =>
        new(PackageDiagnostics.BadNuGetItem.Create($"The NuGetContent '{name}' cannot be restored: {reason}.", name, new ItemTraits("NuGetContent")));

    [GeneratedRegex(@"^\w+([_.-]\w+)*$", RegexOptions.CultureInvariant)]
    private static partial Regex Identifier();
}
