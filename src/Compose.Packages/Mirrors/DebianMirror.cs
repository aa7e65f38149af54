namespace Compose.Packages.Mirrors;

/// <summary>Finds the address of the Debian mirror that this machine uses. No address is ever committed.</summary>
public static class DebianMirror
{
    /// <summary>The environment variable that names a mirror.</summary>
    public const string EnvironmentVariable = "COMPOSE_DEBIAN_MIRROR";

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
                $"The mirror '{address}' of {origin} is not an http, https or file address."));
    }
}
