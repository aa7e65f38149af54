using NuGet.Versioning;

namespace Compose.Packages.Inputs.Archives;

/// <summary>What a project accepts as an archive's version: one version as it is written, or a NuGet range.</summary>
internal sealed class ArchiveVersion
{
    private readonly VersionRange? _range;

    private ArchiveVersion(string text, VersionRange? range)
    {
        Text = text;
        _range = range;
    }

    /// <summary>What was asked for.</summary>
    public string Text { get; }

    /// <summary>The only version; null when it is a range.</summary>
    public string? Exact => _range is null ? Text : null;

    /// <summary>Reads the version of a request; null when it has none.</summary>
    /// <exception cref="DiagnosticException">It is no version, or the address has no place for it.</exception>
    public static ArchiveVersion? Of(ArchiveRequest request)
    {
        var hasPlace = request.Source.Contains(ArchiveAddress.Placeholder, StringComparison.Ordinal);
        if (request.Version is not { } text)
        {
            return hasPlace
                ? throw ArchiveAddress.Bad(request, $"'{request.Name}' has the place {ArchiveAddress.Placeholder} for a version. Name one, or a range, in the metadatum Version.")
                : null;
        }

        if (text[0] is not ('[' or '(') && !text.Contains('*', StringComparison.Ordinal))
        {
            return text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '+' or '~' or '_') && !text.Contains("..", StringComparison.Ordinal)
                ? new ArchiveVersion(text, null)
                : throw ArchiveAddress.Bad(request, $"'{text}' is not a version.");
        }

        if (!VersionRange.TryParse(text, out var range))
        {
            throw ArchiveAddress.Bad(request, $"'{text}' is not a version and no range such as '1.2.*' or '[1.2,2)'.");
        }

        return hasPlace
            ? new ArchiveVersion(text, range)
            : throw ArchiveAddress.Bad(request, $"'{text}' is a range, and '{request.Name}' has no place {ArchiveAddress.Placeholder} for the version that is found.");
    }

    /// <summary>Whether a version is in the range. Prereleases are when the range names one.</summary>
    public bool Accepts(NuGetVersion version)
    {
        var range = _range!;
        var namesPrerelease = range.MinVersion?.IsPrerelease == true || range.MaxVersion?.IsPrerelease == true
            || range.Float?.FloatBehavior is NuGetVersionFloatBehavior.Prerelease or NuGetVersionFloatBehavior.PrereleaseRevision
                or NuGetVersionFloatBehavior.PrereleasePatch or NuGetVersionFloatBehavior.PrereleaseMinor
                or NuGetVersionFloatBehavior.PrereleaseMajor or NuGetVersionFloatBehavior.AbsoluteLatest;
        return (namesPrerelease || !version.IsPrerelease)
            && (range.IsFloating && range.MaxVersion is null ? range.Float!.Satisfies(version) : range.Satisfies(version));
    }
}
