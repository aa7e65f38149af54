using System.Security.Authentication;
using Compose.Packages.Inputs;

namespace Compose.Packages.Downloads;

/// <summary>What is told when a download did not succeed with its last attempt.</summary>
internal static class DownloadFailure
{
    private const int MaximumPhrase = 80;

    /// <summary>A status for messages: the number, and the server's words for it where they are some that a terminal can be shown.</summary>
    public static string StatusOf(HttpResponseMessage response)
    {
        var phrase = response.ReasonPhrase ?? "";
        return phrase.Length is > 0 and <= MaximumPhrase && phrase.All(character => character is >= ' ' and <= '~')
            ? $"{(int)response.StatusCode} {phrase}"
            : $"{(int)response.StatusCode}";
    }

    /// <summary>Whether another attempt would end the same way: a certificate that is not trusted now is not trusted in a moment.</summary>
    public static bool IsLasting(Exception cause) => cause is HttpRequestException { InnerException: AuthenticationException };

    /// <summary>The finding.</summary>
    /// <param name="server">What to call the server: a mirror or a server.</param>
    /// <param name="name">The file's name for messages.</param>
    /// <param name="cause">What the last attempt ended with.</param>
    public static DiagnosticException Of(string server, string name, Exception cause)
    {
        var reason = Credentials.RemoveFrom(Reason(cause)).TrimEnd('.');
        return cause is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.ProxyTunnelError }
            ? Downloader.Fail(PackageDiagnostics.Offline, $"The {server} of '{name}' cannot be reached: {reason}. Is this machine offline?", cause)
            : Downloader.Fail(PackageDiagnostics.DownloadFailed, $"'{name}' cannot be downloaded: {reason}.", cause);
    }

    /// <summary>Of a connection that is not secure, only the exception within says what is wrong, such as the certificate.</summary>
    private static string Reason(Exception cause) =>
        cause is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError, InnerException: { } inner }
            ? $"no secure connection could be made: {inner.Message}"
            : cause.Message;
}
