using System.Text;
using System.Text.RegularExpressions;
using Compose.Packages.Downloads;
using NuGet.Versioning;

namespace Compose.Packages.Inputs.Archives;

/// <summary>
/// Finds which versions of an archive there are: in a page, a text or a folder, each word that is like the part of the
/// archive's address that holds the version.
/// </summary>
internal sealed class ArchiveVersionList(UpstreamDownloader downloader)
{
    private const int MaximumSize = 32 * 1024 * 1024;
    private const int MaximumVersion = 128;

    /// <summary>How long a text may be searched: one made for it could keep the search busy for minutes.</summary>
    private static readonly TimeSpan s_maximumTime = TimeSpan.FromSeconds(20);

    /// <summary>The highest version in the range.</summary>
    /// <exception cref="DiagnosticException">There is none, or nothing says which there are.</exception>
    public async Task<string> FindAsync(ArchiveRequest request, ArchiveVersion version, CancellationToken cancellationToken)
    {
        if (request.VersionsUrl is not { } source)
        {
            throw new DiagnosticException(PackageDiagnostics.NoVersionSource.Create(
                $"'{version.Text}' is a range, and nothing says which versions of '{request.Name}' there are. Name a page, a text or a folder that lists them in the metadatum VersionsUrl, or one version.",
                request.Source));
        }

        var address = ArchiveAddress.Of(request, source, null);
        var text = address.IsFile && Directory.Exists(address.LocalPath)
            ? string.Join('\n', Directory.EnumerateFileSystemEntries(address.LocalPath).Select(Path.GetFileName))
            : Encoding.UTF8.GetString(await downloader.GetSmallAsync(address, MaximumSize, cancellationToken).ConfigureAwait(false));
        var found = Read(request, source, text);
        var best = found.Where(candidate => version.Accepts(candidate.Version))
            .OrderByDescending(candidate => candidate.Version).ThenBy(candidate => candidate.Text, StringComparer.Ordinal)
            .FirstOrDefault();
        return best.Text ?? throw new DiagnosticException(PackageDiagnostics.NoSuchVersion.Create(
            found.Count == 0
                ? $"'{Credentials.Remove(source)}' has no word that is like '{Part(request.Source)}'."
                : $"No version of '{request.Name}' is in '{version.Text}'. The newest that '{Credentials.Remove(source)}' has are {Newest(found)}.",
            request.Source));
    }

    /// <summary>The versions in a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="address">The archive's address.</param>
    /// <param name="maximumTime">How long to search at most.</param>
    /// <exception cref="RegexMatchTimeoutException">It takes longer.</exception>
    internal static IReadOnlyList<(string Text, NuGetVersion Version)> Read(string text, string address, TimeSpan maximumTime)
    {
        var part = Part(address);
        var place = part.IndexOf(ArchiveAddress.Placeholder, StringComparison.Ordinal);
        var (before, after) = (part[..place], part[(place + ArchiveAddress.Placeholder.Length)..]);

        // A part may hold the version twice; what follows the first is enough to know it by.
        after = after.Split(ArchiveAddress.Placeholder)[0];
        var pattern = new Regex(
            $"(?<![A-Za-z0-9._~+-]){Regex.Escape(before)}(?<version>[0-9](?:[A-Za-z0-9.~+-]|%2[Bb]){{0,{MaximumVersion}}}?){Regex.Escape(after)}(?![A-Za-z0-9_~+-]|\\.[A-Za-z0-9])",
            RegexOptions.CultureInvariant,
            maximumTime);
        var versions = new Dictionary<string, NuGetVersion>(StringComparer.Ordinal);
        foreach (Match match in pattern.Matches(text))
        {
            var name = Uri.UnescapeDataString(match.Groups["version"].Value);
            if (NuGetVersion.TryParse(name, out var version))
            {
                versions.TryAdd(name, version);
            }
        }

        return [.. versions.Select(pair => (pair.Key, pair.Value))];
    }

    private static IReadOnlyList<(string Text, NuGetVersion Version)> Read(ArchiveRequest request, string source, string text)
    {
        try
        {
            return Read(text, request.Source, s_maximumTime);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new DiagnosticException(
                PackageDiagnostics.NoSuchVersion.Create(
                    $"'{Credentials.Remove(source)}' cannot be searched for versions in {s_maximumTime.TotalSeconds} seconds: it is no list of them.", request.Source),
                e);
        }
    }

    /// <summary>The last part of the address that holds the version.</summary>
    private static string Part(string address) =>
        Credentials.Remove(address).Split('/').Last(part => part.Contains(ArchiveAddress.Placeholder, StringComparison.Ordinal));

    private static string Newest(IReadOnlyList<(string Text, NuGetVersion Version)> versions) =>
        string.Join(", ", versions.OrderByDescending(version => version.Version).Take(5).Select(version => version.Text));
}
