using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Compose.Diagnostics;

namespace Compose.Formats.Verity;

/// <summary>
/// The content of a verity signature partition (Discoverable Partitions Specification, "Verity signature partition"): a
/// JSON object with a root hash and a detached PKCS#7 signature of its hexadecimal digits, filled up with zeros.
/// </summary>
public sealed class SignedRootHash
{
    /// <summary>Signatures have some KiB; systemd reads up to 4 MiB.</summary>
    private const int MaximumSize = 4 * 1024 * 1024;

    private readonly string _name;
    private readonly SignedCms _cms;

    private SignedRootHash(string name, byte[] rootHash, string? fingerprint, SignedCms cms)
    {
        _name = name;
        RootHash = rootHash;
        CertificateFingerprint = fingerprint;
        _cms = cms;
    }

    /// <summary>The root hash that is signed.</summary>
    public ReadOnlyMemory<byte> RootHash { get; }

    /// <summary>The SHA-256 of the signer's certificate, in lower-case hexadecimal digits; null when it is not told.</summary>
    public string? CertificateFingerprint { get; }

    /// <summary>The names of the signers, where the signature holds their certificates.</summary>
    public IEnumerable<string> Signers => _cms.Certificates.Select(certificate => certificate.Subject);

    /// <summary>Reads a signature partition.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="DiagnosticException">COMPOSE4710: it does not hold a signature.</exception>
    /// <exception cref="IOException">The partition cannot be read.</exception>
    public static SignedRootHash Read(DiskRegion partition, string name)
    {
        ArgumentNullException.ThrowIfNull(partition);
        var bytes = new byte[(int)Math.Min(partition.Length, MaximumSize)];
        var length = partition.ReadAvailable(0, bytes);
        var end = bytes.AsSpan(0, length).IndexOf((byte)0);
        try
        {
            using var document = JsonDocument.Parse(bytes.AsMemory(0, end < 0 ? length : end));
            var root = document.RootElement;
            var rootHash = Convert.FromHexString(Text(root, "rootHash") ?? throw Unusable(name, "it has no field 'rootHash'"));
            var signature = Convert.FromBase64String(Text(root, "signature") ?? throw Unusable(name, "it has no field 'signature'"));

            // What is signed are the digits, not the bytes.
            var cms = new SignedCms(new ContentInfo(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(rootHash))), detached: true);
            cms.Decode(signature);
            return new SignedRootHash(name, rootHash, Text(root, "certificateFingerprint")?.ToLowerInvariant(), cms);
        }
        catch (Exception e) when (e is JsonException or FormatException or CryptographicException or InvalidOperationException)
        {
            throw new DiagnosticException(Unusable(name, e.Message.TrimEnd('.')).Diagnostic, e);
        }
    }

    /// <summary>
    /// Checks the signature. Without a certificate of the caller's this tells only that it belongs to the root hash and to
    /// the certificate that came with it, which anybody could have made.
    /// </summary>
    /// <param name="certificate">The certificate to trust; null for the one in the signature.</param>
    /// <param name="reporter">Told of what is wrong.</param>
    /// <returns>Whether all is right.</returns>
    public bool Verify(X509Certificate2? certificate, IDiagnosticReporter reporter)
    {
        ArgumentNullException.ThrowIfNull(reporter);
        var reason = FindFault(certificate);
        if (reason is not null)
        {
            reporter.Report(FormatDiagnostics.WrongSignature.Create($"The signature in '{_name}' is wrong: {reason}.", _name));
        }

        return reason is null;
    }

    private string? FindFault(X509Certificate2? certificate)
    {
        if (_cms.SignerInfos.Count != 1)
        {
            return $"it has {_cms.SignerInfos.Count} signers, and one is expected";
        }

        var signer = _cms.SignerInfos[0];
        var expected = certificate ?? signer.Certificate;
        if (expected is null)
        {
            return "it does not hold the signer's certificate. Name the certificate by --certificate";
        }

        if (CertificateFingerprint is not null && CertificateFingerprint != Convert.ToHexStringLower(expected.GetCertHash(HashAlgorithmName.SHA256)))
        {
            return $"it says to be made with another certificate, of the SHA-256 {CertificateFingerprint}";
        }

        try
        {
            signer.CheckSignature([expected], verifySignatureOnly: true);
        }
        catch (CryptographicException e)
        {
            return e.Message.TrimEnd('.');
        }

        // The signature may bring a certificate of its own; the one to trust must be the one that was used.
        return signer.Certificate is { } used && !used.RawData.AsSpan().SequenceEqual(expected.RawData)
            ? $"it was made with the certificate '{used.Subject}', and not with '{expected.Subject}'"
            : null;
    }

    private static string? Text(JsonElement root, string field) =>
        root.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static DiagnosticException Unusable(string name, string reason) =>
        new(FormatDiagnostics.UnusableSignature.Create($"The verity signature in '{name}' cannot be read: {reason}.", name));
}
