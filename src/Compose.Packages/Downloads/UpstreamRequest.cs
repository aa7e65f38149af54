using System.Text;
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

    /// <summary>The size in bytes; null when it is not known. A server that has another is not read to the end.</summary>
    public long? Size { get; init; }

    /// <summary>The entity tag of the file that is there already: it is downloaded only when the server's has another.</summary>
    public string? KnownEntityTag { get; init; }

    /// <summary>The address for messages.</summary>
    public string Name => Credentials.Remove(Address);
}

/// <summary>A file that was downloaded.</summary>
/// <param name="Content">Its bytes, in the store.</param>
/// <param name="EntityTag">The entity tag that the server gave; null for none.</param>
public sealed record UpstreamFile(BlobContent Content, string? EntityTag)
{
    private const int DigestLength = 2 * Sha256Digest.Size;

    /// <summary>What an answer was, for other projects of a session: the digest, then the entity tag; nothing for no file.</summary>
    internal static byte[] Describe(UpstreamFile? file) =>
        file is null ? [] : Encoding.UTF8.GetBytes($"{file.Content.Digest}{file.EntityTag}");

    /// <summary>Finds in a store what an answer was.</summary>
    /// <returns>False when the store does not have it any more.</returns>
    internal static bool TryFind(byte[] description, ContentStore store, out UpstreamFile? file)
    {
        file = null;
        if (description.Length == 0)
        {
            return true;
        }

        var text = Encoding.UTF8.GetString(description);
        if (text.Length < DigestLength || !Sha256Digest.TryParse(text[..DigestLength], out var digest) || !store.TryGetBlob(digest, out var content))
        {
            return false;
        }

        file = new UpstreamFile(content, text.Length == DigestLength ? null : text[DigestLength..]);
        return true;
    }
}
