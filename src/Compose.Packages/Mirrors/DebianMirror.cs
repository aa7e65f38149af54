using Compose.Packages.Inputs;

namespace Compose.Packages.Mirrors;

/// <summary>Finds the address of the Debian mirror that this machine uses. No address is ever committed.</summary>
public static class DebianMirror
{
    /// <summary>The environment variable that names a mirror.</summary>
    public const string EnvironmentVariable = "COMPOSE_DEBIAN_MIRROR";

    private const string SecuritySuffix = "-security";

    private static readonly string[] s_suites =
    [
        "stable", "oldstable", "oldoldstable", "testing", "unstable", "sid", "experimental",
        "buster", "bullseye", "bookworm", "trixie", "forky", "duke",
    ];

    /// <summary>
    /// The mirror's address, ended by a slash: the project's, else the environment's, else that of Debian's main archive in
    /// the host's apt sources.
    /// </summary>
    /// <param name="property">The project's property <c>DebianMirror</c>: an address or an absolute path; null or empty when not set.</param>
    /// <param name="environment">The value of <see cref="EnvironmentVariable"/>.</param>
    /// <param name="root">The folder that holds the host's <c>etc/apt</c>; <c>/</c> but for tests.</param>
    /// <exception cref="DiagnosticException">No mirror is known, or its address cannot be used.</exception>
    public static Uri Find(string? property, string? environment, string root = "/")
    {
        if (!string.IsNullOrWhiteSpace(property))
        {
            return Parse(property, "the property DebianMirror");
        }

        if (!string.IsNullOrWhiteSpace(environment))
        {
            return Parse(environment, $"the environment variable {EnvironmentVariable}");
        }

        // Entries that name Debian's own keys come first; a mirror of a third party may end in /debian too.
        var source = AptSource.ReadAll(root)
            .Where(IsDebian)
            .OrderBy(entry => entry.SignedBy.Contains("debian-archive", StringComparison.Ordinal) ? 0 : 1)
            .ThenBy(entry => entry.Suites.Any(suite => s_suites.Contains(suite)) ? 0 : 1)
            .FirstOrDefault();
        return source is not null
            ? Parse(source.Address, "the host's apt sources")
            : throw new DiagnosticException(PackageDiagnostics.NoMirror.Create(
                $"No Debian mirror is known: this machine's apt sources name none. Set the property DebianMirror or the environment variable {EnvironmentVariable} to the address of a mirror, such as http://HOST/debian."));
    }

    /// <summary>
    /// The address of a repository's mirror, ended by a slash: the item's own, else the environment's, else, where the suite is
    /// one of the main archive, what <see cref="Find(string?, string?, string)"/> gives, and for others that of the host's apt
    /// sources. It is never made up from another repository's address.
    /// </summary>
    /// <param name="name">The include of the <c>DebianRepository</c> item.</param>
    /// <param name="suite">Its suite.</param>
    /// <param name="isFirst">Whether it is the project's first repository, which is in the main mirror whatever its suite.</param>
    /// <param name="mirror">Its metadatum <c>Mirror</c>; null or empty when not set.</param>
    /// <param name="property">The project's property <c>DebianMirror</c>; null or empty when not set.</param>
    /// <param name="environment">Gives the value of an environment variable.</param>
    /// <param name="root">The folder that holds the host's <c>etc/apt</c>; <c>/</c> but for tests.</param>
    /// <exception cref="DiagnosticException">No mirror is known, or its address cannot be used.</exception>
    public static Uri Find(
        string name, string suite, bool isFirst, string? mirror, string? property, Func<string, string?> environment, string root = "/")
    {
        if (!string.IsNullOrWhiteSpace(mirror))
        {
            return Parse(mirror, $"the metadatum Mirror of the DebianRepository '{name}'");
        }

        var variable = VariableOf(name);
        if (environment(variable) is { } value && !string.IsNullOrWhiteSpace(value))
        {
            return Parse(value, $"the environment variable {variable}");
        }

        if (isFirst || IsMainSuite(suite))
        {
            return Find(property, environment(EnvironmentVariable), root);
        }

        // The host is of another release, perhaps, but its security archive has the other suites too.
        var source = AptSource.ReadAll(root).FirstOrDefault(entry =>
            entry.Suites.Contains(suite)
            || (suite.EndsWith(SecuritySuffix, StringComparison.Ordinal) && entry.Components.Contains("main") && entry.Suites.Any(IsSecuritySuite)));
        return source is not null
            ? Parse(source.Address, "the host's apt sources")
            : throw new DiagnosticException(PackageDiagnostics.NoMirror.Create(
                $"No mirror of '{suite}' is known: this machine's apt sources name none. Set the environment variable {variable}, or the metadatum Mirror of the DebianRepository '{name}', to its address, such as http://HOST/{(suite.EndsWith(SecuritySuffix, StringComparison.Ordinal) ? "debian-security" : "debian")}.", name));
    }

    /// <summary>The environment variable that names a repository's mirror: the item's name in capitals behind <see cref="EnvironmentVariable"/>.</summary>
    public static string VariableOf(string name) =>
        $"{EnvironmentVariable}_{string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_'))}";

    private static bool IsSecuritySuite(string suite) =>
        suite.EndsWith(SecuritySuffix, StringComparison.Ordinal) && s_suites.Contains(suite[..^SecuritySuffix.Length]);

    private static bool IsDebian(AptSource source) =>
        source.Components.Contains("main")
        && Uri.TryCreate(source.Address, UriKind.Absolute, out var address)
        && address.Scheme is "http" or "https" or "file"
        && address.AbsolutePath.TrimEnd('/').EndsWith("/debian", StringComparison.Ordinal)
        && (source.Suites.Any(IsMainSuite)
            || (source.SignedBy.Contains("debian-archive", StringComparison.Ordinal)
                && !source.Suites.Any(suite => suite.EndsWith("-security", StringComparison.Ordinal))));

    private static bool IsMainSuite(string suite)
    {
        var dash = suite.IndexOf('-', StringComparison.Ordinal);
        return s_suites.Contains(dash < 0 ? suite : suite[..dash])
            && (dash < 0 || suite[dash..] is "-updates" or "-backports" or "-proposed-updates");
    }

    private static Uri Parse(string address, string origin)
    {
        var text = address.Trim();
        var isUsable = Uri.TryCreate(text.EndsWith('/') ? text : text + "/", UriKind.Absolute, out var uri)
            && uri.Scheme is "http" or "https" or "file"
            && uri.Query.Length == 0 && uri.Fragment.Length == 0;
        return isUsable
            ? uri!
            : throw new DiagnosticException(PackageDiagnostics.BadMirror.Create(
                $"The mirror '{Shown(text)}' of {origin} is not an http, https or file address."));
    }

    /// <summary>An address that is none, for messages: what is before the last at sign may be a password all the same.</summary>
    private static string Shown(string address)
    {
        var shown = Credentials.Remove(address);
        var at = shown.LastIndexOf('@');
        return at < 0 ? shown : $"***{shown[at..]}";
    }
}
