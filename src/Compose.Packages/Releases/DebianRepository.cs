namespace Compose.Packages.Releases;

/// <summary>Which packages of a mirror are meant. It says nothing of where the mirror is.</summary>
/// <param name="Suite">The suite or code name, such as <c>trixie</c>.</param>
/// <param name="Components">The components in order of preference, such as <c>main</c>.</param>
/// <param name="Architecture">The architecture as Debian names it, such as <c>amd64</c>.</param>
public sealed record DebianRepository(string Suite, IReadOnlyList<string> Components, string Architecture)
{
    /// <inheritdoc/>
    public bool Equals(DebianRepository? other) =>
        other is not null && Suite == other.Suite && Architecture == other.Architecture && Components.SequenceEqual(other.Components);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Suite, Architecture, Components.Count);

    /// <summary>The repository for messages: <c>trixie main (amd64)</c>.</summary>
    public override string ToString() => $"{Suite} {string.Join(' ', Components)} ({Architecture})";

    /// <summary>What tells the repository from others: its suite, with its components where another has that suite too.</summary>
    public string NameAmong(IEnumerable<DebianRepository> all) =>
        all.Count(other => other.Suite == Suite) > 1 ? $"{Suite} {string.Join(' ', Components)}" : Suite;

    /// <summary>Whether all names are plain: they become parts of addresses.</summary>
    internal bool IsPlain => Components.Count > 0 && Components.Append(Suite).Append(Architecture).All(IsPlainName);

    /// <summary>The address of a file below a mirror's; the path's parts are escaped.</summary>
    internal static Uri Address(Uri mirror, string path) =>
        new(mirror, string.Join('/', path.Split('/').Select(Uri.EscapeDataString)));

    private static bool IsPlainName(string name) =>
        name.Length > 0 && name[0] is not ('.' or '/') && !name.Contains("..", StringComparison.Ordinal)
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '/' or '_');
}
