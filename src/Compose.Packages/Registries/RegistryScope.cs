namespace Compose.Packages.Registries;

/// <summary>What one permission is for: a repository at a registry.</summary>
/// <param name="Authority">The registry's host, with the port if it has one.</param>
/// <param name="Repository">The repository's name.</param>
internal readonly record struct RegistryScope(string Authority, string Repository)
{
    private const string Root = "/v2/";

    /// <summary>The permission as token servers write it.</summary>
    public string Text => $"repository:{Repository}:pull";

    /// <summary>The scope of an address of the registry's API: <c>/v2/NAME/manifests/…</c>, <c>/blobs/…</c>, <c>/tags/…</c>.</summary>
    /// <exception cref="ArgumentException">It is no such address.</exception>
    public static RegistryScope Of(Uri address)
    {
        var path = address.AbsolutePath;
        string[] parts = ["/manifests/", "/blobs/", "/tags/list"];
        var end = parts.Max(part => path.LastIndexOf(part, StringComparison.Ordinal));
        return path.StartsWith(Root, StringComparison.Ordinal) && end > Root.Length
            ? new RegistryScope(address.Authority, path[Root.Length..end])
            : throw new ArgumentException($"'{address}' is not an address of a registry's API.", nameof(address));
    }
}
