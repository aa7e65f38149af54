using System.Globalization;
using Compose.Packages.Debian;
using NuGet.Versioning;

namespace Compose.Packages.Resolution;

/// <summary>What a request accepts as version: one Debian version, or a NuGet range over the upstream version.</summary>
internal sealed class VersionRequirement
{
    private static readonly System.Buffers.SearchValues<char> s_numeric = System.Buffers.SearchValues.Create("0123456789.");

    private readonly DebianVersion? _exact;
    private readonly VersionRange? _range;

    private VersionRequirement(DebianVersion? exact, VersionRange? range)
    {
        _exact = exact;
        _range = range;
    }

    /// <summary>Reads a request's version.</summary>
    /// <exception cref="DiagnosticException">It is neither a Debian version nor a range.</exception>
    public static VersionRequirement Of(PackageRequest request)
    {
        if (string.IsNullOrWhiteSpace(request.Version))
        {
            return new VersionRequirement(null, null);
        }

        var text = request.Version.Trim();
        if (text[0] is '[' or '(' || text.Contains('*', StringComparison.Ordinal))
        {
            if (VersionRange.TryParse(text, out var range))
            {
                return new VersionRequirement(null, range);
            }
        }
        else if (DebianVersion.TryParse(text, out var exact))
        {
            return new VersionRequirement(exact, null);
        }

        throw new DiagnosticException(PackageDiagnostics.BadRequest.Create(
            $"The version '{text}' of the package '{request.Name}' is neither a Debian version nor a range like '[1.2,2)' or '1.*'.", request.Name));
    }

    /// <summary>Whether the version fits.</summary>
    public bool Accepts(DebianVersion version) =>
        _exact is not null ? version == _exact
        : _range is null
        || (UpstreamVersion(version) is { } upstream
            && (_range.IsFloating && _range.MaxVersion is null ? _range.Float!.Satisfies(upstream) : _range.Satisfies(upstream)));

    /// <summary>
    /// The upstream version as NuGet orders it: the leading numbers (at most four), what follows a tilde as pre-release.
    /// What Debian appends, such as <c>+dfsg1</c>, does not count.
    /// </summary>
    /// <returns>Null when it does not begin with a number.</returns>
    internal static NuGetVersion? UpstreamVersion(DebianVersion version)
    {
        var upstream = version.Upstream;
        var end = upstream.AsSpan().IndexOfAnyExcept(s_numeric);
        var numbers = (end < 0 ? upstream : upstream[..end]).Split('.', StringSplitOptions.RemoveEmptyEntries);
        var parts = new int[4];
        for (var i = 0; i < Math.Min(numbers.Length, parts.Length); i++)
        {
            if (!int.TryParse(numbers[i], NumberStyles.None, CultureInfo.InvariantCulture, out parts[i]))
            {
                return null;
            }
        }

        if (numbers.Length == 0)
        {
            return null;
        }

        var label = end >= 0 && upstream[end] == '~' ? Label(upstream[(end + 1)..]) : null;
        return new NuGetVersion(parts[0], parts[1], parts[2], parts[3], label ?? string.Empty, string.Empty);
    }

    private static string? Label(string text)
    {
        var end = text.AsSpan().IndexOfAny("+~");
        var identifiers = (end < 0 ? text : text[..end]).Split('.', StringSplitOptions.RemoveEmptyEntries).Where(part => part.All(char.IsAsciiLetterOrDigit));
        var label = string.Join('.', identifiers);
        return label.Length == 0 ? null : label;
    }
}
