using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Compose.Packages.Registries;

/// <summary>
/// The credentials that <c>docker login</c> and its like leave: <c>config.json</c> in the folder that the environment's
/// <c>DOCKER_CONFIG</c> names, else in <c>~/.docker</c>. Secrets are kept in the file, or by a program that it names.
/// </summary>
internal sealed class DockerConfigFile
{
    /// <summary>The environment variable that names the folder.</summary>
    public const string EnvironmentVariable = "DOCKER_CONFIG";

    private const int MaximumSize = 4 * 1024 * 1024;

    private readonly DockerConfigJson _config;
    private readonly CredentialHelper _helper;

    private DockerConfigFile(string path, DockerConfigJson config, CredentialHelper helper)
    {
        FilePath = path;
        _config = config;
        _helper = helper;
    }

    /// <summary>Where the file is, or would be.</summary>
    public string FilePath { get; }

    /// <summary>The path of the file.</summary>
    /// <param name="folder">The value of <see cref="EnvironmentVariable"/>.</param>
    public static string PathIn(string? folder) => Path.Combine(
        string.IsNullOrEmpty(folder) ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".docker") : Path.GetFullPath(folder),
        "config.json");

    /// <summary>Reads the file; where there is none, no credentials are known.</summary>
    /// <exception cref="DiagnosticException">It cannot be read.</exception>
    public static DockerConfigFile Load(string path, CredentialHelper helper)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            if (file.Length > MaximumSize)
            {
                throw Bad(path, $"it is larger than {MaximumSize} bytes", null);
            }

            var config = JsonSerializer.Deserialize(file, DockerJson.Default.DockerConfigJson);
            return new DockerConfigFile(path, config ?? new DockerConfigJson(), helper);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new DockerConfigFile(path, new DockerConfigJson(), helper);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Bad(path, e.Message, e);
        }
        catch (JsonException e)
        {
            // The serializer's own message may quote the file.
            throw Bad(path, $"line {e.LineNumber + 1} is malformed", null);
        }
    }

    /// <summary>The credentials for a registry; null for none.</summary>
    /// <param name="registry">The host, with the port if it has one.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">They cannot be read.</exception>
    public async Task<RegistryCredential?> FindAsync(string registry, CancellationToken cancellationToken)
    {
        var program = _config.CredHelpers?.GetValueOrDefault(registry) ?? _config.CredsStore;
        if (!string.IsNullOrEmpty(program)
            && await _helper.GetAsync(program, registry, cancellationToken).ConfigureAwait(false) is { } kept)
        {
            return kept;
        }

        foreach (var (address, entry) in _config.Auths ?? [])
        {
            if (entry is not null && HostOf(address) == registry)
            {
                return Read(registry, entry);
            }
        }

        return null;
    }

    /// <summary>Entries are named by the host, or, as before, by an address such as <c>https://host/v1/</c>.</summary>
    private static string HostOf(string address)
    {
        var start = address.IndexOf("://", StringComparison.Ordinal);
        var rest = start < 0 ? address : address[(start + 3)..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? rest : rest[..slash];
    }

    private RegistryCredential? Read(string registry, DockerAuthJson entry)
    {
        var (user, password) = (entry.Username ?? "", entry.Password ?? "");
        if (!string.IsNullOrEmpty(entry.Auth))
        {
            var bytes = new byte[entry.Auth.Length];
            if (!Convert.TryFromBase64String(entry.Auth, bytes, out var length)
                || Encoding.UTF8.GetString(bytes, 0, length).TrimEnd('\0').Split(':', 2) is not [{ Length: > 0 } first, { } second])
            {
                throw Bad(FilePath, $"the entry of {registry} is not base64 of user:password", null);
            }

            (user, password) = (first, second);
        }

        return user.Length == 0 && entry.IdentityToken is null or "" && entry.RegistryToken is null or ""
            ? null
            : new RegistryCredential
            {
                UserName = user,
                Password = password,
                IdentityToken = entry.IdentityToken is "" ? null : entry.IdentityToken,
                RegistryToken = entry.RegistryToken is "" ? null : entry.RegistryToken,
            };
    }

    private static DiagnosticException Bad(string path, string reason, Exception? inner) =>
        new(RegistryDiagnostics.BadCredentials.Create($"'{path}' cannot be used: {reason.TrimEnd('.')}."), inner);
}

/// <summary>The fields of <c>config.json</c> that matter.</summary>
internal sealed class DockerConfigJson
{
    public Dictionary<string, DockerAuthJson?>? Auths { get; init; }

    public string? CredsStore { get; init; }

    public Dictionary<string, string?>? CredHelpers { get; init; }
}

/// <summary>One registry's entry.</summary>
internal sealed class DockerAuthJson
{
    public string? Auth { get; init; }

    public string? Username { get; init; }

    public string? Password { get; init; }

    [JsonPropertyName("identitytoken")]
    public string? IdentityToken { get; init; }

    [JsonPropertyName("registrytoken")]
    public string? RegistryToken { get; init; }
}

/// <summary>What a credential helper answers.</summary>
internal sealed class CredentialJson
{
    [JsonPropertyName("Username")]
    public string? UserName { get; init; }

    [JsonPropertyName("Secret")]
    public string? Secret { get; init; }
}

/// <summary>What a token server answers.</summary>
internal sealed class TokenJson
{
    public string? Token { get; init; }

    [JsonPropertyName("access_token")]
    public string? AccessToken { get; init; }
}

/// <summary>A page of a repository's tags.</summary>
internal sealed class TagsJson
{
    public string?[]? Tags { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 32)]
[JsonSerializable(typeof(DockerConfigJson))]
[JsonSerializable(typeof(CredentialJson))]
[JsonSerializable(typeof(TokenJson))]
[JsonSerializable(typeof(TagsJson))]
internal sealed partial class DockerJson : JsonSerializerContext;
