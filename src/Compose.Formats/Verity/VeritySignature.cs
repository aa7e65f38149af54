using System.Text;
using System.Text.Json;
using Compose.FileTrees;

namespace Compose.Formats.Verity;

/// <summary>
/// The content of a verity signature partition (Discoverable Partitions Specification, UAPI.2): a root hash, and a
/// signature of it.
/// </summary>
/// <param name="RootHash">The root hash of the data partition.</param>
/// <param name="CertificateFingerprint">The SHA-256 of the signing certificate in DER.</param>
/// <param name="Signature">
/// A detached PKCS #7 signature in DER. What is signed is <see cref="SignedData"/>.
/// </param>
public sealed record VeritySignature(Sha256Digest RootHash, Sha256Digest CertificateFingerprint, ReadOnlyMemory<byte> Signature)
{
    /// <summary>The size of a signature partition in bytes: what systemd-repart gives it, too.</summary>
    public const int PartitionSize = 16 * 1024;

    /// <summary>What is signed: the root hash as hexadecimal digits, without a line end.</summary>
    public static byte[] SignedData(Sha256Digest rootHash) => Encoding.ASCII.GetBytes(rootHash.ToString());

    /// <summary>The JSON object, without padding.</summary>
    public byte[] ToJson()
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteString("rootHash", RootHash.ToString());
            writer.WriteString("certificateFingerprint", CertificateFingerprint.ToString());
            writer.WriteBase64String("signature", Signature.Span);
            writer.WriteEndObject();
        }

        return json.ToArray();
    }

    /// <summary>Writes the partition's content: the JSON object, and NULs up to <see cref="PartitionSize"/>.</summary>
    /// <exception cref="ArgumentException">The signature is too large for the partition.</exception>
    public void WriteTo(Stream partition)
    {
        ArgumentNullException.ThrowIfNull(partition);
        var json = ToJson();
        if (json.Length >= PartitionSize)
        {
            throw new ArgumentException($"A signature partition has {PartitionSize} bytes, the signature needs {json.Length}.");
        }

        var content = new byte[PartitionSize];
        json.CopyTo(content, 0);
        partition.Write(content);
    }
}
