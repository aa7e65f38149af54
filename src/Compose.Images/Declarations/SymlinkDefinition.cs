namespace Compose.Images.Declarations;

/// <summary>A symbolic link to add to a tree.</summary>
/// <param name="Path">Where it stands.</param>
/// <param name="Target">What it points to.</param>
public sealed record SymlinkDefinition(string Path, string Target);
