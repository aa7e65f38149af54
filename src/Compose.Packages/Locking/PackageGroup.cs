using Compose.Packages.Resolution;

namespace Compose.Packages.Locking;

/// <summary>A group of another project's lock file: its packages are there already.</summary>
/// <param name="LockFile">The lock file's absolute path.</param>
/// <param name="Group">The group's name.</param>
public sealed record LockReference(string LockFile, string Group);

/// <summary>What a project asks for in one group.</summary>
public sealed record PackageGroup
{
    /// <summary>The group's name: <c>system</c> and <c>initrd</c> of a base, <c>extension</c> of an extension.</summary>
    public required string Name { get; init; }

    /// <summary>The packages that the project names.</summary>
    public required IReadOnlyList<PackageRequest> Requests { get; init; }

    /// <summary>The groups of the base and of referenced extensions whose packages are there already.</summary>
    public IReadOnlyList<LockReference> References { get; init; } = [];

    /// <summary>Whether recommended packages are taken too.</summary>
    public bool Recommends { get; init; }

    internal IReadOnlyList<PackageRequest> SortedRequests =>
    [
        .. Requests.Distinct().OrderBy(request => request.Name, StringComparer.Ordinal)
            .ThenBy(request => request.Version, StringComparer.Ordinal),
    ];

    /// <summary>The packages that are there already.</summary>
    /// <exception cref="DiagnosticException">A referenced lock file is missing or cannot be read.</exception>
    internal IReadOnlyList<InstalledPackage> ReadInstalled() =>
    [
        .. References.SelectMany(reference =>
            (LockFile.TryRead(reference.LockFile) ?? throw new DiagnosticException(PackageDiagnostics.NoLockFile.Create(
                $"The referenced lock file '{reference.LockFile}' is missing. Run 'dotnet restore' on its project first.")))
            .PackagesOf(reference.Group).Select(package => package.ToInstalled())),
    ];
}
