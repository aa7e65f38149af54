using System.Text.RegularExpressions;

namespace Compose.Packages.Inputs;

/// <summary>Keeps what identifies a user out of messages and files.</summary>
public static partial class Credentials
{
    /// <summary>Parameters of addresses whose values are secrets: those of access tokens, and of links that are signed for one user.</summary>
    private const string SecretNames =
        "(access|auth|job|private)[-_]?token|token|api[-_]?key|password|secret|sig|signature|awsaccesskeyid|x-(amz|goog)-(credential|security-token|signature)";

    private const string Hidden = "***";

    /// <summary>The address, or the path, without user and password, and with stars for the values of parameters that are secrets.</summary>
    public static string Remove(string address) =>
        address.Contains("://", StringComparison.Ordinal)
            ? SecretParameter().Replace(UserInformation().Replace(address, "${scheme}"), Hidden)
            : address;

    /// <inheritdoc cref="Remove(string)"/>
    public static string Remove(Uri address) => Remove(address.ToString());

    /// <summary>The address without user and password. Parameters stay, whatever they say.</summary>
    internal static Uri WithoutUser(Uri address) =>
        address.UserInfo.Length == 0 ? address : new UriBuilder(address) { UserName = "", Password = "" }.Uri;

    /// <summary>A text that someone else wrote, such as an exception's message, with the same done to all addresses in it.</summary>
    public static string RemoveFrom(string text) =>
        SecretParameterInText().Replace(UserInformationInText().Replace(text, "${scheme}"), Hidden);

    [GeneratedRegex("^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*://)[^/?#]*@", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex UserInformation();

    // A scheme begins where a word does: then each character is looked at once, however long a server's words are.
    [GeneratedRegex("(?<![A-Za-z0-9+.-])(?<scheme>[A-Za-z][A-Za-z0-9+.-]*://)[^/?#\\s'\"<>]*@", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex UserInformationInText();

    [GeneratedRegex("(?<=[?&](" + SecretNames + ")=)[^&#]+", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex SecretParameter();

    [GeneratedRegex("(?<=[?&](" + SecretNames + ")=)[^&#\\s'\"<>]+", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex SecretParameterInText();
}
