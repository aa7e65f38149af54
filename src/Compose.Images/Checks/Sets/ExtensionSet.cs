using Compose.Images.Extensions;

namespace Compose.Images.Checks.Sets;

/// <summary>Extensions that are merged together.</summary>
/// <param name="Members">All of them, in the order in which the project names them.</param>
/// <param name="Built">The member whose build this is; null in the build of an image.</param>
internal sealed record ExtensionSet(IReadOnlyList<ReferencedExtension> Members, ReferencedExtension? Built = null)
{
    /// <summary>
    /// The pairs that come together in this set first. Where one was built on the other, its own build has compared them, and
    /// what it said need not be said again.
    /// </summary>
    public IEnumerable<(ReferencedExtension First, ReferencedExtension Second)> NewPairs =>
        from i in Enumerable.Range(0, Members.Count)
        from j in Enumerable.Range(i + 1, Members.Count - i - 1)
        let first = Members[i]
        let second = Members[j]
        where !first.Needs.Contains(second.Name, StringComparer.Ordinal) && !second.Needs.Contains(first.Name, StringComparer.Ordinal)
        select (first, second);
}
