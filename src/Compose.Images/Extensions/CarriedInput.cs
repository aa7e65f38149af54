namespace Compose.Images.Extensions;

/// <summary>An input that an extension carries, as its lock file pins it.</summary>
/// <param name="Kind">What it is: <c>package</c>, <c>archive</c>, <c>image</c> or <c>nuget</c>.</param>
/// <param name="Name">What is the same for all its versions; of a package with the architecture, as in <c>libc6:amd64</c>.</param>
/// <param name="Version">Its version; the digest of an input that has none.</param>
public sealed record CarriedInput(string Kind, string Name, string Version)
{
    /// <summary>The kind of Debian packages, which are carried as a whole.</summary>
    public const string PackageKind = "package";
}
