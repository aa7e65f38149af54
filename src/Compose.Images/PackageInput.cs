using Compose.FileTrees;

namespace Compose.Images;

/// <summary>A package that was unpacked: what it brings, and what it would have run.</summary>
/// <param name="Name">The package's name.</param>
/// <param name="Version">Its version, as its repository writes it.</param>
/// <param name="Tree">Its files.</param>
/// <param name="MaintainerScripts">The names of its maintainer scripts, which are never run.</param>
public sealed record PackageInput(string Name, string Version, FileTree Tree, IReadOnlyList<string> MaintainerScripts);
