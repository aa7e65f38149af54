using System.Text.RegularExpressions;

namespace Compose.Packages.Inputs;

/// <summary>Keeps what identifies a user out of messages and files.</summary>
public static partial class Credentials
{
    /// <summary>The address, or the path, without user and password.</summary>
    public static string Remove(string address) => UserInformation().Replace(address, "${scheme}");

    /// <inheritdoc cref="Remove(string)"/>
    public static string Remove(Uri address) => Remove(address.ToString());

    [GeneratedRegex("^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*://)[^/?#]*@", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex UserInformation();
}
