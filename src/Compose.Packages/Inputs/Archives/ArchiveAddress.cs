namespace Compose.Packages.Inputs.Archives;

/// <summary>Makes addresses of what projects write: addresses, or paths relative to the project.</summary>
internal static class ArchiveAddress
{
    /// <summary>What stands for the version in an address.</summary>
    public const string Placeholder = "{version}";

    /// <summary>The address with a version in it.</summary>
    /// <param name="request">The archive, for messages and for its project's folder.</param>
    /// <param name="text">An http, https or file address, or a path.</param>
    /// <param name="version">The version; null for none.</param>
    /// <exception cref="DiagnosticException">It is no such address.</exception>
    public static Uri Of(ArchiveRequest request, string text, string? version)
    {
        var full = Expand(text, version);
        if (full.Contains("://", StringComparison.Ordinal))
        {
            return Uri.TryCreate(full, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" or "file" && (address.IsFile ? address.IsLoopback : address.Host.Length > 0)
                ? address
                : throw Bad(request, $"'{Credentials.Remove(full)}' is not an http, https or file address.");
        }

        if (full.Contains('\0', StringComparison.Ordinal))
        {
            throw Bad(request, "A path has a NUL.");
        }

        // As text, a path could hold what has a meaning in addresses.
        var path = Path.GetFullPath(full, request.ProjectDirectory);
        return OperatingSystem.IsWindows()
            ? new Uri(path)
            : new Uri(Uri.UriSchemeFile + "://" + string.Join('/', path.Split('/').Select(Uri.EscapeDataString)));
    }

    /// <summary>The text with a version in it.</summary>
    public static string Expand(string text, string? version) =>
        version is null ? text : text.Replace(Placeholder, version, StringComparison.Ordinal);

    /// <summary>The last part of an address or a path, as it is on the server or on the disk.</summary>
    public static string FileName(Uri address) => Uri.UnescapeDataString(address.AbsolutePath[(address.AbsolutePath.LastIndexOf('/') + 1)..]);

    public static DiagnosticException Bad(ArchiveRequest request, string message) =>
        new(PackageDiagnostics.BadArchive.Create(message, request.Source));
}
