using Compose.FileTrees;

namespace Compose.Packages.Inputs;

/// <summary>What an input other than a Debian package brings.</summary>
/// <param name="Name">The input's name for messages.</param>
/// <param name="Version">Its version; null when it has none.</param>
/// <param name="Tree">Its files, at the paths that they shall have.</param>
public sealed record InputTree(string Name, string? Version, FileTree Tree)
{
    /// <summary>The include of the project's item that names it; by default the name.</summary>
    public string Item { get; init; } = Name;
}
