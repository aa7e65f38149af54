using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;

namespace Compose.Packages.Registries;

/// <summary>
/// Sends requests to registries: answers their challenges, and follows their redirections without taking the permission to
/// another host.
/// </summary>
internal sealed class RegistryHandler : DelegatingHandler
{
    private const int MaximumRedirections = 5;

    private readonly RegistryAuthenticator _authenticator;
    private readonly ConcurrentDictionary<RegistryScope, AuthenticationHeaderValue> _permissions = new();
    private readonly SemaphoreSlim _asking = new(1);

    /// <summary>A handler over one that does not follow redirections.</summary>
    public RegistryHandler(DockerConfigFile config, HttpMessageHandler inner)
        : base(inner)
    {
        _authenticator = new RegistryAuthenticator(config, (request, token) => base.SendAsync(request, token));
    }

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var registry = request.RequestUri!;
        var scope = RegistryScope.Of(registry);
        var permission = _permissions.GetValueOrDefault(scope);
        var response = await FollowAsync(request, permission, cancellationToken).ConfigureAwait(false);
        if (!IsRefusal(response, registry))
        {
            return response;
        }

        var status = response.StatusCode;
        var challenge = AuthenticationChallenge.Best(response.Headers.WwwAuthenticate);
        response.Dispose();
        if (status == HttpStatusCode.Forbidden)
        {
            throw await _authenticator.RefusedAsync(scope, status, cancellationToken).ConfigureAwait(false);
        }

        permission = await AskAsync(scope, registry, challenge, permission, cancellationToken).ConfigureAwait(false);
        response = await FollowAsync(request, permission, cancellationToken).ConfigureAwait(false);
        if (!IsRefusal(response, registry))
        {
            return response;
        }

        status = response.StatusCode;
        response.Dispose();
        throw await _authenticator.RefusedAsync(scope, status, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _asking.Dispose();
        }

        base.Dispose(disposing);
    }

    private static bool IsSameOrigin(Uri left, Uri right) => left.Scheme == right.Scheme && left.Authority == right.Authority;

    /// <summary>Only the registry itself is shown who asks: a refusal of a host it redirects to is a failure like others.</summary>
    private static bool IsRefusal(HttpResponseMessage response, Uri registry) =>
        response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
        && IsSameOrigin(response.RequestMessage!.RequestUri!, registry);

    /// <summary>A permission for the repository: a new one, unless another request got one meanwhile.</summary>
    private async Task<AuthenticationHeaderValue> AskAsync(
        RegistryScope scope, Uri registry, AuthenticationChallenge? challenge, AuthenticationHeaderValue? refused, CancellationToken cancellationToken)
    {
        await _asking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_permissions.TryGetValue(scope, out var known) && !ReferenceEquals(known, refused))
            {
                return known;
            }

            return _permissions[scope] = await _authenticator.AuthorizeAsync(scope, registry, challenge, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _asking.Release();
        }
    }

    private async Task<HttpResponseMessage> FollowAsync(
        HttpRequestMessage request, AuthenticationHeaderValue? permission, CancellationToken cancellationToken)
    {
        var registry = request.RequestUri!;
        var address = registry;
        for (var redirections = 0; ; redirections++)
        {
            // The copies are not disposed: the response refers to the last one, and they hold nothing.
            var copy = Copy(request, address, IsSameOrigin(address, registry) ? permission : null);
            var response = await base.SendAsync(copy, cancellationToken).ConfigureAwait(false);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } location)
            {
                response.RequestMessage = copy;
                return response;
            }

            response.Dispose();
            address = redirections < MaximumRedirections
                ? Target(registry, address, location)
                : throw Failed(registry, $"it was redirected more than {MaximumRedirections} times");
        }
    }

    /// <summary>Where a redirection leads. Addresses on the way may be signed, which is as good as a password, and are not told.</summary>
    private static Uri Target(Uri registry, Uri from, Uri location)
    {
        if (!Uri.TryCreate(from, location, out var target))
        {
            throw Failed(registry, "it is redirected to what is no address");
        }

        var isAllowed = target.Scheme == Uri.UriSchemeHttps || (target.Scheme == Uri.UriSchemeHttp && from.Scheme == Uri.UriSchemeHttp);
        return isAllowed && target.UserInfo.Length == 0
            ? target
            : throw Failed(registry, $"it is redirected to {target.Authority} by {target.Scheme}");
    }

    private static HttpRequestMessage Copy(HttpRequestMessage request, Uri address, AuthenticationHeaderValue? permission)
    {
        var copy = new HttpRequestMessage(request.Method, address) { Version = request.Version, VersionPolicy = request.VersionPolicy };
        foreach (var (name, values) in request.Headers.NonValidated)
        {
            copy.Headers.TryAddWithoutValidation(name, values);
        }

        copy.Headers.Authorization = permission;
        return copy;
    }

    private static DiagnosticException Failed(Uri address, string reason) =>
        new(PackageDiagnostics.DownloadFailed.Create($"'{address}' cannot be downloaded: {reason}."));
}
