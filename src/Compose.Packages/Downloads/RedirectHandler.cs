using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Compose.Packages.Inputs;

namespace Compose.Packages.Downloads;

/// <summary>
/// Sends requests to any server and follows redirects: never from https to http. User and password of a request's address are
/// sent as basic authentication (RFC 7617), and to the server of that address only.
/// </summary>
/// <param name="inner">A handler that does not follow redirects.</param>
internal sealed class RedirectHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const int MaximumRedirects = 10;

    /// <inheritdoc/>
    /// <exception cref="DiagnosticException">A redirect cannot be followed.</exception>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var address = request.RequestUri!;
        var next = address;
        for (var redirects = 0; ; redirects++)
        {
            request.RequestUri = Credentials.WithoutUser(next);
            request.Headers.Authorization = Login(address, next);
            var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect))
            {
                return response;
            }

            using (response)
            {
                next = Follow(address, next, response.Headers.Location, redirects);
            }
        }
    }

    private static Uri Follow(Uri address, Uri current, Uri? location, int redirects)
    {
        // The target may hold a secret of its own in its query: only its server is named.
        var target = location is null ? null
            : location.IsAbsoluteUri ? location
            : Uri.TryCreate(Credentials.WithoutUser(current), location, out var absolute) ? absolute : null;
        var reason = target is null ? "a redirect without a target"
            : redirects >= MaximumRedirects ? $"more than {MaximumRedirects} redirects"
            : target.Scheme is not ("http" or "https") ? $"a redirect to an address of the scheme '{target.Scheme}'"
            : current.Scheme == "https" && target.Scheme == "http" ? $"a redirect from https to http on {target.Host}, where anyone could change the file"
            : null;
        return reason is null
            ? target!
            : throw Downloader.Fail(PackageDiagnostics.DownloadFailed, $"'{Credentials.Remove(address)}' cannot be downloaded: the server answered with {reason}.");
    }

    private static AuthenticationHeaderValue? Login(Uri address, Uri current)
    {
        var isSameServer = Uri.Compare(address, current, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;
        if (address.UserInfo.Length == 0 || !isSameServer)
        {
            return null;
        }

        // A user without a password has an empty one (RFC 7617, 2): tokens are written so.
        var user = address.UserInfo.Contains(':', StringComparison.Ordinal) ? address.UserInfo : address.UserInfo + ":";
        return new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(user))));
    }
}
