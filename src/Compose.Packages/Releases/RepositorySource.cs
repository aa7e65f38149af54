namespace Compose.Packages.Releases;

/// <summary>Where a repository of a project is, and who may sign it.</summary>
/// <param name="Repository">Which one.</param>
/// <param name="KeyFiles">The absolute paths of the files of keys that may sign it.</param>
/// <param name="Mirror">Finds its mirror; called only when one is needed.</param>
/// <param name="IsOptional">Whether the repository is left out where no mirror of it is known.</param>
public sealed record RepositorySource(DebianRepository Repository, IReadOnlyList<string> KeyFiles, Func<Uri> Mirror, bool IsOptional = false);
