using System.Net;
using System.Text.RegularExpressions;
using Compose.FileTrees;

namespace Compose.Packages.Registries;

/// <summary>
/// The name of an image in a registry: <c>registry.example/tools/app:1.2</c> or <c>…@sha256:…</c> (Docker Registry HTTP API
/// V2, "Overview"). The registry's host is always named.
/// </summary>
/// <param name="Registry">The host, with a port where it is not the usual one.</param>
/// <param name="Repository">The repository's name.</param>
/// <param name="Tag">The tag; null when only the digest counts. It may hold <see cref="VersionPlaceholder"/>.</param>
/// <param name="Digest">The manifest's digest, if it is pinned.</param>
public sealed partial record ImageReference(string Registry, string Repository, string? Tag, Sha256Digest? Digest)
{
    /// <summary>Stands in a tag where a version goes.</summary>
    public const string VersionPlaceholder = "{version}";

    /// <summary>The name without tag and digest.</summary>
    public string Name => $"{Registry}/{Repository}";

    /// <summary>Whether the tag has a place for a version.</summary>
    public bool HasVersionPlaceholder => Tag?.Contains(VersionPlaceholder, StringComparison.Ordinal) == true;

    /// <summary>Whether the registry is on this machine.</summary>
    public bool IsLoopback => IsLoopbackHost(HostOf(Registry));

    /// <summary>
    /// Whether a text names an image in a registry rather than a path: its first part has a dot or a colon or is
    /// <c>localhost</c>, and there is a second part.
    /// </summary>
    public static bool IsReference(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var host = slash <= 0 ? "" : text[..slash];
        return !Path.IsPathRooted(text) && host.Length > 0 && host is not ("." or "..")
            && (host == "localhost" || host.AsSpan().IndexOfAny('.', ':') >= 0);
    }

    /// <summary>Reads a reference. Without a tag and a digest the tag is <c>latest</c>.</summary>
    /// <exception cref="DiagnosticException">The text is none.</exception>
    public static ImageReference Parse(string text)
    {
        var match = IsReference(text) ? Pattern().Match(text.Replace(VersionPlaceholder, "__version__", StringComparison.Ordinal)) : Match.Empty;
        if (!match.Success || !Uri.TryCreate($"https://{match.Groups["host"].Value}/", UriKind.Absolute, out _) || match.Groups["name"].Length > 255 || CountOf(text, VersionPlaceholder) > 1)
        {
            throw new DiagnosticException(RegistryDiagnostics.BadReference.Create(
                $"'{WithoutUser(text)}' is not the name of a container image. Write registry.example/name:tag or registry.example/name@sha256:…, "
                + "with the registry's host, or the path of an OCI layout.", text));
        }

        Sha256Digest? digest = match.Groups["digest"] is { Success: true } hex ? Sha256Digest.Parse(hex.Value) : null;
        var tag = match.Groups["tag"] is { Success: true } group
            ? group.Value.Replace("__version__", VersionPlaceholder, StringComparison.Ordinal)
            : digest is null ? "latest" : null;
        return new ImageReference(match.Groups["host"].Value, match.Groups["name"].Value, tag, digest);
    }

    /// <summary>The same image with a version in its tag.</summary>
    public ImageReference WithVersion(string version) => this with { Tag = Tag?.Replace(VersionPlaceholder, version, StringComparison.Ordinal) };

    /// <inheritdoc/>
    public override string ToString() =>
        Name + (Tag is null ? "" : $":{Tag}") + (Digest is { } digest ? $"@sha256:{digest}" : "");

    internal static bool IsLoopbackHost(string host) =>
        host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    /// <summary>A text that is no name, for a message: what stands before the host may be a user with a password.</summary>
    private static string WithoutUser(string text)
    {
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        var start = scheme < 0 ? 0 : scheme + "://".Length;
        var slash = text.IndexOf('/', start);
        var at = slash < 0 ? -1 : text.LastIndexOf('@', slash);
        return at < start ? text : text[(at + 1)..];
    }

    private static string HostOf(string registry) => new Uri("https://" + registry).Host;

    private static int CountOf(string text, string part) => (text.Length - text.Replace(part, "", StringComparison.Ordinal).Length) / part.Length;

    [GeneratedRegex(
        """
        ^(?<host>(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?)
        /(?<name>[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*)
        (?::(?<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?
        (?:@sha256:(?<digest>[0-9a-f]{64}))?\z
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Pattern();
}
