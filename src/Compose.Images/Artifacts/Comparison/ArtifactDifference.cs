using Compose.Images.Artifacts.Inspection;

namespace Compose.Images.Artifacts.Comparison;

/// <summary>What is different between two artifacts. All texts are fit for a terminal.</summary>
/// <param name="Old">The old artifact's path as it was given.</param>
/// <param name="New">The new artifact's path.</param>
/// <param name="IsSame">Whether nothing is different.</param>
/// <param name="Sizes">The sizes of the artifacts.</param>
/// <param name="Contents">The sizes of all files, hard links once.</param>
/// <param name="Folders">The folders whose files have another size together: the first two levels.</param>
/// <param name="Files">The files that are different, by path.</param>
/// <param name="Packages">The packages that are different.</param>
/// <param name="Libraries">The libraries and programs that offer or need something else.</param>
/// <param name="SonamesGained">Names of libraries that only the new artifact has.</param>
/// <param name="SonamesLost">Names of libraries that only the old artifact has.</param>
/// <param name="Units">The units that are different.</param>
/// <param name="Releases">The variables of release files that are different.</param>
public sealed record ArtifactDifference(
    string Old,
    string New,
    bool IsSame,
    SizeChange Sizes,
    SizeChange Contents,
    IReadOnlyList<FolderChange> Folders,
    IReadOnlyList<FileChange> Files,
    IReadOnlyList<PackageChange> Packages,
    IReadOnlyList<LibraryChange> Libraries,
    IReadOnlyList<string> SonamesGained,
    IReadOnlyList<string> SonamesLost,
    IReadOnlyList<UnitChange> Units,
    IReadOnlyList<ReleaseChange> Releases);

/// <summary>A size before and after, in bytes.</summary>
/// <param name="Old">Before.</param>
/// <param name="New">After.</param>
public sealed record SizeChange(long Old, long New);

/// <summary>The size of all files below a folder, in bytes.</summary>
/// <param name="Path">The folder.</param>
/// <param name="Old">Before.</param>
/// <param name="New">After.</param>
public sealed record FolderChange(string Path, long Old, long New);

/// <summary>A file that is different.</summary>
/// <param name="Change"><c>added</c>, <c>removed</c>, <c>changed</c> or <c>moved</c>.</param>
/// <param name="Path">Its path.</param>
/// <param name="OldPath">Where it was; for what was moved.</param>
/// <param name="What">What is different of it: <c>kind</c>, <c>mode</c>, <c>owner</c>, <c>size</c>, <c>content</c>, <c>target</c>, <c>attributes</c>, <c>device</c>.</param>
/// <param name="Old">What it was; null for what was added.</param>
/// <param name="New">What it is; null for what was removed.</param>
public sealed record FileChange(
    string Change, string Path, string? OldPath, IReadOnlyList<string> What, EntryFacts? Old, EntryFacts? New);

/// <summary>What stands at a path.</summary>
/// <param name="Kind"><c>file</c>, <c>directory</c>, <c>symlink</c>, <c>device</c>, <c>pipe</c> or <c>socket</c>.</param>
/// <param name="Mode">The permissions in octal digits.</param>
/// <param name="User">The owner's number.</param>
/// <param name="Group">The group's number.</param>
/// <param name="Size">A file's size in bytes, else 0.</param>
/// <param name="Target">A symbolic link's text.</param>
/// <param name="Sha256">The digest of a file's content, where it was needed to compare.</param>
public sealed record EntryFacts(string Kind, string Mode, uint User, uint Group, long Size, string? Target, string? Sha256);

/// <summary>A package that is different.</summary>
/// <param name="Owner">The base or extension that brings it; empty when the list does not tell.</param>
/// <param name="Name">Its name.</param>
/// <param name="Architecture">Its architecture.</param>
/// <param name="Old">Its version before; null for what was added.</param>
/// <param name="New">Its version after; null for what was removed.</param>
public sealed record PackageChange(string Owner, string Name, string Architecture, string? Old, string? New);

/// <summary>A library or program that offers or needs something else.</summary>
/// <param name="Name">Its own name as a library (DT_SONAME); its path when it has none.</param>
/// <param name="ExportsGained">Symbols that it offers now.</param>
/// <param name="ExportsLost">Symbols that it offers no more.</param>
/// <param name="NeededGained">Libraries that it needs now.</param>
/// <param name="NeededLost">Libraries that it needs no more.</param>
public sealed record LibraryChange(
    string Name,
    IReadOnlyList<string> ExportsGained,
    IReadOnlyList<string> ExportsLost,
    IReadOnlyList<string> NeededGained,
    IReadOnlyList<string> NeededLost);

/// <summary>A unit that is different.</summary>
/// <param name="Change"><c>added</c>, <c>removed</c> or <c>changed</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="UpheldByGained">Units that uphold it now.</param>
/// <param name="UpheldByLost">Units that uphold it no more.</param>
public sealed record UnitChange(string Change, string Name, IReadOnlyList<string> UpheldByGained, IReadOnlyList<string> UpheldByLost);

/// <summary>A variable of a release file that is different.</summary>
/// <param name="File"><c>os-release</c>, or <c>extension-release.NAME</c>.</param>
/// <param name="Name">The variable.</param>
/// <param name="Old">Its value before; null when it was not there.</param>
/// <param name="New">Its value after; null when it is not there.</param>
public sealed record ReleaseChange(string File, string Name, string? Old, string? New);
