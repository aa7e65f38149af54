using Compose.FileTrees;

namespace Compose.Packages.Locking;

/// <summary>A file that a lock file names by its digest.</summary>
/// <param name="Kind">What sort of input it is of: <c>package</c>, <c>archive</c> and so on.</param>
/// <param name="Name">Its name for messages.</param>
/// <param name="Sha256">The digest of its bytes.</param>
/// <param name="Size">The size in bytes.</param>
public sealed record LockedContent(string Kind, string Name, Sha256Digest Sha256, long Size)
{
    /// <summary>The kind of NuGet packages: those of <c>NuGetContent</c> items, and those of .NET applications.</summary>
    public const string NuGetPackageKind = "NuGet package";
}
