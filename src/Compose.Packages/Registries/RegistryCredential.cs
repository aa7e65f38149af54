namespace Compose.Packages.Registries;

/// <summary>What proves to a registry who asks. It is no record: no text of it ever shows a secret.</summary>
internal sealed class RegistryCredential
{
    /// <summary>The user's name; empty with a token.</summary>
    public string UserName { get; init; } = "";

    /// <summary>The user's password.</summary>
    public string Password { get; init; } = "";

    /// <summary>A token that the registry's token server gives access tokens for (OAuth 2.0's refresh token).</summary>
    public string? IdentityToken { get; init; }

    /// <summary>A token that goes to the registry as it is.</summary>
    public string? RegistryToken { get; init; }
}
