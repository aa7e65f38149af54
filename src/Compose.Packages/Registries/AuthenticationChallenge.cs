using System.Net.Http.Headers;
using System.Text;

namespace Compose.Packages.Registries;

/// <summary>How a registry wants to be shown who asks: <c>WWW-Authenticate</c> (RFC 9110, 11.6.1).</summary>
/// <param name="IsBearer">By a token of a token server (RFC 6750); else by name and password (RFC 7617).</param>
/// <param name="Realm">For a token: the token server.</param>
/// <param name="Service">For a token: what the token server calls the registry.</param>
internal sealed record AuthenticationChallenge(bool IsBearer, string? Realm, string? Service)
{
    /// <summary>The best challenge of an answer that is understood; null when there is none.</summary>
    public static AuthenticationChallenge? Best(HttpHeaderValueCollection<AuthenticationHeaderValue> challenges)
    {
        AuthenticationChallenge? basic = null;
        foreach (var challenge in challenges)
        {
            if (challenge.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
            {
                var parameters = Parameters(challenge.Parameter ?? "");
                return new AuthenticationChallenge(true, parameters.GetValueOrDefault("realm"), parameters.GetValueOrDefault("service"));
            }

            if (challenge.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase))
            {
                basic = new AuthenticationChallenge(false, null, null);
            }
        }

        return basic;
    }

    /// <summary>Reads <c>name="value"</c> pairs with commas between them; a value may be a token without quotes.</summary>
    internal static Dictionary<string, string> Parameters(string text)
    {
        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var position = 0;
        while (position < text.Length)
        {
            var equals = text.IndexOf('=', position);
            if (equals < 0)
            {
                break;
            }

            var name = text[position..equals].Trim(' ', '\t', ',');
            position = equals + 1;
            parameters.TryAdd(name, position < text.Length && text[position] == '"' ? Quoted(text, ref position) : Token(text, ref position));
        }

        return parameters;
    }

    private static string Quoted(string text, ref int position)
    {
        var value = new StringBuilder();
        for (position++; position < text.Length && text[position] != '"'; position++)
        {
            if (text[position] == '\\' && position + 1 < text.Length)
            {
                position++;
            }

            value.Append(text[position]);
        }

        position++;
        return value.ToString();
    }

    private static string Token(string text, ref int position)
    {
        var comma = text.IndexOf(',', position);
        var end = comma < 0 ? text.Length : comma;
        var value = text[position..end].Trim();
        position = end + 1;
        return value;
    }
}
