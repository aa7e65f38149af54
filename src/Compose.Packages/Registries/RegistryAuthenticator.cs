using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Compose.Packages.Registries;

/// <summary>
/// Answers a registry's challenge (Distribution, "Token Authentication Specification" and "OAuth2"). Credentials go to the
/// registry they are for and to the token server that it names, and nowhere else.
/// </summary>
/// <param name="config">Where the credentials are.</param>
/// <param name="send">Sends a request without following redirections.</param>
internal sealed class RegistryAuthenticator(
    DockerConfigFile config, Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send)
{
    private const int MaximumAnswer = 1024 * 1024;

    /// <summary>What to send with requests for a repository.</summary>
    /// <param name="scope">The repository.</param>
    /// <param name="registry">The address that was refused.</param>
    /// <param name="challenge">What the registry wants.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">The registry gives no access.</exception>
    public async Task<AuthenticationHeaderValue> AuthorizeAsync(
        RegistryScope scope, Uri registry, AuthenticationChallenge? challenge, CancellationToken cancellationToken)
    {
        if (challenge is null)
        {
            throw Refused(scope, "it does not say in a known way how to log in");
        }

        var credential = await config.FindAsync(scope.Authority, cancellationToken).ConfigureAwait(false);
        if (challenge.IsBearer)
        {
            return credential?.RegistryToken is { } given
                ? new AuthenticationHeaderValue("Bearer", given)
                : await GetTokenAsync(scope, registry, challenge, credential, cancellationToken).ConfigureAwait(false);
        }

        return credential is { UserName.Length: > 0 }
            ? Basic(credential)
            : throw Refused(scope, $"'{config.FilePath}' has no name and password for it. Log in with 'docker login' or 'skopeo login --authfile'");
    }

    /// <summary>The finding after credentials did not help.</summary>
    public async Task<DiagnosticException> RefusedAsync(RegistryScope scope, HttpStatusCode status, CancellationToken cancellationToken)
    {
        var credential = await config.FindAsync(scope.Authority, cancellationToken).ConfigureAwait(false);
        return Refused(scope, credential is null
            ? $"it answers {(int)status} without credentials, and '{config.FilePath}' has none for it. Log in with 'docker login' or 'skopeo login --authfile'"
            : $"it answers {(int)status} to the credentials of '{config.FilePath}'");
    }

    private static AuthenticationHeaderValue Basic(RegistryCredential credential) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.UserName}:{credential.Password}")));

    private static DiagnosticException Refused(RegistryScope scope, string reason, Exception? inner = null) =>
        new(RegistryDiagnostics.AccessRefused.Create($"The registry {scope.Authority} gives no access to '{scope.Repository}': {reason}."), inner);

    private async Task<AuthenticationHeaderValue> GetTokenAsync(
        RegistryScope scope, Uri registry, AuthenticationChallenge challenge, RegistryCredential? credential, CancellationToken cancellationToken)
    {
        var realm = TokenServer(scope, registry, challenge.Realm);
        using var request = Request(realm, scope, challenge.Service, credential);
        using var response = await send(request, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.BadRequest)
        {
            throw Refused(scope, credential is null
                ? $"its token server {realm.Authority} answers {(int)response.StatusCode} without credentials, and '{config.FilePath}' has none. Log in with 'docker login' or 'skopeo login --authfile'"
                : $"its token server {realm.Authority} answers {(int)response.StatusCode} to the credentials of '{config.FilePath}'");
        }

        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw (int)response.StatusCode >= 500 || response.StatusCode == HttpStatusCode.TooManyRequests
                ? Downloads.TransientFailureException.Of($"the token server {realm.Authority}", response)
                : Refused(scope, $"its token server {realm.Authority} answers {(int)response.StatusCode}");
        }

        var token = await ReadTokenAsync(response, cancellationToken).ConfigureAwait(false);
        return token is { Length: > 0 } && token.All(c => c is > ' ' and < '\x7F')
            ? new AuthenticationHeaderValue("Bearer", token)
            : throw Refused(scope, $"its token server {realm.Authority} answers without a token");
    }

    /// <summary>
    /// The token server's address. It gets the credentials, so it is reached by https, unless the registry is not either and
    /// both are on one host or on this machine.
    /// </summary>
    private static Uri TokenServer(RegistryScope scope, Uri registry, string? realm)
    {
        if (!Uri.TryCreate(realm, UriKind.Absolute, out var address) || address.UserInfo.Length > 0)
        {
            throw Refused(scope, "it does not name its token server");
        }

        var isAllowed = address.Scheme == Uri.UriSchemeHttps
            || (address.Scheme == Uri.UriSchemeHttp && registry.Scheme == Uri.UriSchemeHttp
                && (address.Host == registry.Host || (registry.IsLoopback && address.IsLoopback)));
        return isAllowed ? address : throw Refused(scope, $"its token server {address.Authority} would get credentials by {address.Scheme}");
    }

    private static HttpRequestMessage Request(Uri realm, RegistryScope scope, string? service, RegistryCredential? credential)
    {
        if (credential?.IdentityToken is { } identity)
        {
            var fields = new Dictionary<string, string>
            {
                ["grant_type"] = "refresh_token",
                ["service"] = service ?? "",
                ["scope"] = scope.Text,
                ["client_id"] = "compose",
                ["refresh_token"] = identity,
            };
            return new HttpRequestMessage(HttpMethod.Post, realm) { Content = new FormUrlEncodedContent(fields) };
        }

        var query = $"scope={Uri.EscapeDataString(scope.Text)}" + (service is null ? "" : $"&service={Uri.EscapeDataString(service)}");
        var address = new UriBuilder(realm) { Query = realm.Query.Length > 1 ? $"{realm.Query[1..]}&{query}" : query }.Uri;
        return new HttpRequestMessage(HttpMethod.Get, address)
        {
            Headers = { Authorization = credential is { UserName.Length: > 0 } ? Basic(credential) : null },
        };
    }

    private static async Task<string?> ReadTokenAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var bytes = new byte[MaximumAnswer];
        var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        try
        {
            var answer = JsonSerializer.Deserialize(bytes.AsSpan(0, length), DockerJson.Default.TokenJson);
            return answer?.Token ?? answer?.AccessToken;
        }
        catch (JsonException)
        {
            // Its message may quote the token.
            return null;
        }
    }
}
