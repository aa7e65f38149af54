using Compose.Packages.Debian;

namespace Compose.Packages.Resolution;

/// <summary>A package that a project asks for.</summary>
/// <param name="Name">The package's name, or the name of a virtual package with one provider.</param>
/// <param name="Version">
/// A Debian version, meaning exactly that one, or a NuGet range in brackets (<c>[26.1,27)</c>) or with a star
/// (<c>26.*</c>) over the upstream version; null for any.
/// </param>
/// <param name="Architecture">The architecture; null for the repository's.</param>
public sealed record PackageRequest(string Name, string? Version = null, string? Architecture = null)
{
    /// <inheritdoc/>
    public override string ToString() =>
        (Architecture is null ? Name : $"{Name}:{Architecture}") + (Version is null ? string.Empty : $" {Version}");
}

/// <summary>A package that is in the base or in a referenced extension already.</summary>
/// <param name="Name">The name.</param>
/// <param name="Version">The version.</param>
/// <param name="Provides">Its virtual packages.</param>
/// <param name="IsMultiArchAllowed">Whether dependencies of the form <c>name:any</c> accept it.</param>
public sealed record InstalledPackage(string Name, DebianVersion Version, IReadOnlyList<Relation> Provides, bool IsMultiArchAllowed);
