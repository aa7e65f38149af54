using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Compose.Images.Signing;
using Compose.SquashFs;

namespace Compose.Images.ExtensionImages;

/// <summary>How an extension's image is written.</summary>
public sealed record ExtensionImageOptions
{
    /// <summary>The extension's name.</summary>
    public required string Name { get; init; }

    /// <summary>How its file system is packed.</summary>
    public required SquashFsOptions SquashFs { get; init; }

    /// <summary>The processor that partition types are for.</summary>
    public Architecture Architecture { get; init; } = Architecture.X64;

    /// <summary>What UUIDs and the salt of dm-verity are derived from; null for a seed made of the name.</summary>
    public Guid? Seed { get; init; }

    /// <summary>Signs the root hash; null for an image that is not signed.</summary>
    public RootHashSigner? Signer { get; init; }

    /// <summary>Images of one name have one seed from version to version: it says which extension, not which bytes.</summary>
    public Guid EffectiveSeed =>
        Seed ?? new(SHA256.HashData(Encoding.UTF8.GetBytes("compose extension image\n" + Name)).AsSpan(0, 16), bigEndian: true);
}
