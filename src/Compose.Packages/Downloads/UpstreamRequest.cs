using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Packages.Inputs;

namespace Compose.Packages.Downloads;

/// <summary>A file to download from any server, whose bytes need not be known.</summary>
/// <param name="Address">An http, https or file address; user and password are sent as basic authentication.</param>
/// <param name="MaximumSize">The most bytes that are accepted.</param>
public sealed record UpstreamRequest(Uri Address, long MaximumSize)
{
    /// <summary>The digest of the bytes; null when it is not known.</summary>
    public Sha256Digest? Sha256 { get; init; }

    /// <summary>The entity tag of the file that is there already: it is downloaded only when the server's has another.</summary>
    public string? KnownEntityTag { get; init; }

    /// <summary>The address for messages.</summary>
    public string Name => Credentials.Remove(Address);
}

/// <summary>A file that was downloaded.</summary>
/// <param name="Content">Its bytes, in the store.</param>
/// <param name="EntityTag">The entity tag that the server gave; null for none.</param>
public sealed record UpstreamFile(BlobContent Content, string? EntityTag);
