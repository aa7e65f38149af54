using System.Net;
using System.Net.Http.Headers;

namespace Compose.Packages.Downloads;

/// <summary>A failure that may have passed when the request is made again.</summary>
internal sealed class TransientFailureException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>When the server wants to be asked again: in how many seconds, or at what time. Null when it does not say.</summary>
    public RetryConditionHeaderValue? RetryAfter { get; private init; }

    /// <summary>The failure that an answer is.</summary>
    /// <param name="who">Who answered, for messages: the mirror.</param>
    /// <param name="response">The answer.</param>
    public static TransientFailureException Of(string who, HttpResponseMessage response) =>
        new($"{who} answered {DownloadFailure.StatusOf(response)}") { RetryAfter = RetryAfterOf(response) };

    /// <summary>The header <c>Retry-After</c> (RFC 9110, 10.2.3) of a server that is overloaded or was asked too often.</summary>
    private static RetryConditionHeaderValue? RetryAfterOf(HttpResponseMessage response)
    {
        if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)
            || !response.Headers.NonValidated.TryGetValues("Retry-After", out var values))
        {
            return null;
        }

        // More seconds than are read as such are many, and not none.
        var text = values.ToString().Trim();
        return response.Headers.RetryAfter
            ?? (text.Length > 0 && text.All(char.IsAsciiDigit) ? new RetryConditionHeaderValue(TimeSpan.FromSeconds(int.MaxValue)) : null);
    }
}
