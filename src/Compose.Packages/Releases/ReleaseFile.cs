using System.Globalization;
using System.Text;
using Compose.FileTrees;
using Compose.Formats.Deb;

namespace Compose.Packages.Releases;

/// <summary>A file that a release lists.</summary>
/// <param name="Sha256">The digest of its bytes.</param>
/// <param name="Size">The size in bytes.</param>
public readonly record struct ReleaseEntry(Sha256Digest Sha256, long Size);

/// <summary>What a repository's release file says (Debian's repository format).</summary>
public sealed class ReleaseFile
{
    private readonly Dictionary<string, ReleaseEntry> _entries = [];

    private ReleaseFile()
    {
    }

    /// <summary>Who publishes it, such as <c>Debian</c>.</summary>
    public string? Origin { get; private init; }

    /// <summary>What it is of the publisher's, such as <c>Debian-Security</c>.</summary>
    public string? Label { get; private init; }

    /// <summary>The fingerprints of the trusted primary keys whose signature it has, in upper-case hexadecimal digits.</summary>
    public IReadOnlyList<string> Signers { get; private init; } = [];

    /// <summary>The suite, such as <c>stable</c>.</summary>
    public string? Suite { get; private init; }

    /// <summary>The code name, such as <c>trixie</c>.</summary>
    public string? Codename { get; private init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset Date { get; private init; }

    /// <summary>Until when it may be used; null when it does not say.</summary>
    public DateTimeOffset? ValidUntil { get; private init; }

    /// <summary>Whether files can be had under their digest, which stays right while the mirror changes.</summary>
    public bool AcquireByHash { get; private init; }

    /// <summary>Looks up a file by its path below the release file's folder.</summary>
    public bool TryGet(string path, out ReleaseEntry entry) => _entries.TryGetValue(path, out entry);

    /// <summary>Reads the text of a release file.</summary>
    /// <param name="text">What was signed.</param>
    /// <param name="signers">The fingerprints of the trusted keys that signed it.</param>
    /// <exception cref="InvalidDataException">A field is malformed or missing.</exception>
    internal static ReleaseFile Parse(string text, IReadOnlyList<string> signers)
    {
        var fields = ControlFields.Parse(Encoding.UTF8.GetBytes(text));
        var release = new ReleaseFile
        {
            Origin = fields["Origin"],
            Label = fields["Label"],
            Signers = signers,
            Suite = fields["Suite"],
            Codename = fields["Codename"],
            Date = ParseTime(fields["Date"]) ?? throw new InvalidDataException("It has no date."),
            ValidUntil = ParseTime(fields["Valid-Until"]),
            AcquireByHash = fields["Acquire-By-Hash"] == "yes",
        };
        var list = fields["SHA256"] ?? throw new InvalidDataException("It has no SHA-256 digests.");
        foreach (var line in list.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length != 3 || !Sha256Digest.TryParse(parts[0], out var digest)
                || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size))
            {
                throw new InvalidDataException($"The line '{line}' is malformed.");
            }

            release._entries[parts[2]] = new ReleaseEntry(digest, size);
        }

        return release;
    }

    /// <summary>Reads a time like <c>Sat, 12 Sep 2026 07:55:41 UTC</c>; the weekday is not looked at.</summary>
    private static DateTimeOffset? ParseTime(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var comma = text.IndexOf(',', StringComparison.Ordinal);
        var time = text[(comma + 1)..].Trim().Replace("UTC", "+00:00", StringComparison.Ordinal).Replace("GMT", "+00:00", StringComparison.Ordinal);
        return DateTimeOffset.TryParseExact(
            time, ["d MMM yyyy H:mm:ss zzz"], CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces, out var result)
            ? result
            : throw new InvalidDataException($"The time '{text}' is malformed.");
    }
}
