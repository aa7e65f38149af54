using Compose.Packages.Registries;
using NuGet.Versioning;

namespace Compose.Packages.Inputs.ContainerImages;

/// <summary>Chooses among the tags of an image by the version that they hold.</summary>
internal static class ImageVersions
{
    /// <summary>The version that a request names; null when it is a range, or when no version is asked for.</summary>
    public static string? Exact(string? version) => version is null || IsRange(version) ? null : version;

    /// <summary>The highest version of a range that a tag has. Of versions that are equal as numbers the last by its text is taken.</summary>
    /// <param name="image">The image; its tag has a place for the version.</param>
    /// <param name="version">The range.</param>
    /// <param name="tags">The tags that there are.</param>
    /// <exception cref="DiagnosticException">It is no range, or no tag has such a version.</exception>
    public static string Best(ImageReference image, string version, IReadOnlyList<string> tags)
    {
        if (!VersionRange.TryParse(version, out var range))
        {
            throw new DiagnosticException(RegistryDiagnostics.BadReference.Create(
                $"The version '{version}' of '{image}' is neither a version nor a range like '[1.2,2)' or '1.*'.", image.ToString()));
        }

        var template = image.Tag!.Split(ImageReference.VersionPlaceholder);
        var withPreReleases = version.Contains('-', StringComparison.Ordinal);
        var candidates = new List<(NuGetVersion Number, string Text)>();
        foreach (var tag in tags)
        {
            if (tag.Length > template[0].Length + template[1].Length
                && tag.StartsWith(template[0], StringComparison.Ordinal) && tag.EndsWith(template[1], StringComparison.Ordinal)
                && tag[template[0].Length..^template[1].Length] is var text
                && NuGetVersion.TryParse(text, out var number) && (withPreReleases || !number.IsPrerelease))
            {
                candidates.Add((number, text));
            }
        }

        var best = candidates.Where(candidate => Accepts(range, candidate.Number))
            .OrderByDescending(candidate => candidate.Number).ThenByDescending(candidate => candidate.Text, StringComparer.Ordinal).FirstOrDefault();
        if (best.Text is not null)
        {
            return best.Text;
        }

        var newest = candidates.OrderByDescending(candidate => candidate.Number).Take(5).Select(candidate => candidate.Text);
        throw new DiagnosticException(RegistryDiagnostics.NoVersion.Create(
            $"No tag of '{image}' has a version of '{version}'. "
            + (candidates.Count == 0 ? "None of its tags has this form." : $"The newest versions are {string.Join(", ", newest)}."),
            image.ToString()));
    }

    private static bool IsRange(string version) => version[0] is '[' or '(' || version.Contains('*', StringComparison.Ordinal);

    private static bool Accepts(VersionRange range, NuGetVersion version) =>
        range.IsFloating && range.MaxVersion is null ? range.Float!.Satisfies(version) : range.Satisfies(version);
}
