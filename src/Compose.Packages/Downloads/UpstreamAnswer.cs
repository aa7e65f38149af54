using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Compose.Packages.Inputs;

namespace Compose.Packages.Downloads;

/// <summary>Sends requests to any server and follows redirects: never from https to http, and with the password for its own server only.</summary>
internal sealed class UpstreamAnswer(HttpClient client, TimeSpan stallTimeout)
{
    private const int MaximumRedirects = 10;

    /// <summary>Sends a request.</summary>
    /// <param name="address">An http or https address, with user and password or without.</param>
    /// <param name="prepare">Adds headers to each message.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The answer, which is no redirect; the body is not read yet.</returns>
    /// <exception cref="DiagnosticException">A redirect cannot be followed.</exception>
    /// <exception cref="TransientFailureException">The server did not answer in time.</exception>
    public async Task<HttpResponseMessage> SendAsync(Uri address, Action<HttpRequestMessage> prepare, CancellationToken cancellationToken)
    {
        var next = address;
        for (var redirects = 0; ; redirects++)
        {
            using var message = new HttpRequestMessage(HttpMethod.Get, WithoutUser(next));
            Authorize(message, address, next);
            prepare(message);
            var response = await SendOnceAsync(message, cancellationToken).ConfigureAwait(false);
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
            : Uri.TryCreate(WithoutUser(current), location, out var absolute) ? absolute : null;
        var reason = target is null ? "a redirect without a target"
            : redirects >= MaximumRedirects ? $"more than {MaximumRedirects} redirects"
            : target.Scheme is not ("http" or "https") ? $"a redirect to an address of the scheme '{target.Scheme}'"
            : current.Scheme == "https" && target.Scheme == "http" ? $"a redirect from https to http on {target.Host}, where anyone could change the file"
            : null;
        return reason is null
            ? target!
            : throw Downloader.Fail(PackageDiagnostics.DownloadFailed, $"'{Credentials.Remove(address)}' cannot be downloaded: the server answered with {reason}.");
    }

    private static Uri WithoutUser(Uri address) =>
        address.UserInfo.Length == 0 ? address : new UriBuilder(address) { UserName = "", Password = "" }.Uri;

    private static void Authorize(HttpRequestMessage message, Uri address, Uri current)
    {
        var isSameServer = Uri.Compare(address, current, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;
        if (address.UserInfo.Length > 0 && isSameServer)
        {
            // A user without a password has an empty one (RFC 7617, 2): tokens are written so.
            var user = address.UserInfo.Contains(':', StringComparison.Ordinal) ? address.UserInfo : address.UserInfo + ":";
            message.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(user))));
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage message, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(stallTimeout);
        try
        {
            return await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, stall.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransientFailureException("the server did not answer in time", e);
        }
    }
}
