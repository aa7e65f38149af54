using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using Compose.Diagnostics;

namespace Compose.Images.Signing;

/// <summary>
/// Detached PKCS #7 signatures (RFC 5652) as the kernel and systemd take them for dm-verity: in DER, by SHA-256, without
/// signed attributes, which could hold the time.
/// </summary>
public static class DetachedSignature
{
    private const string Sha256Oid = "2.16.840.1.101.3.4.2.1";

    /// <summary>Signs.</summary>
    /// <param name="data">What is signed.</param>
    /// <param name="certificate">The signer's certificate. It is put into the signature.</param>
    /// <param name="key">Its private key.</param>
    /// <exception cref="CryptographicException">The key cannot be used.</exception>
    public static byte[] Create(byte[] data, X509Certificate2 certificate, AsymmetricAlgorithm key)
    {
        var message = new SignedCms(new ContentInfo(data), detached: true);
        message.ComputeSignature(new CmsSigner(SubjectIdentifierType.IssuerAndSerialNumber, certificate, key)
        {
            DigestAlgorithm = new Oid(Sha256Oid),
            IncludeOption = X509IncludeOption.EndCertOnly,
        });
        return message.Encode();
    }

    /// <summary>Checks that a signature is of this data and by this certificate.</summary>
    /// <exception cref="DiagnosticException">COMPOSE3012: it is not.</exception>
    public static void Check(byte[] signature, byte[] data, X509Certificate2 certificate)
    {
        try
        {
            var message = new SignedCms(new ContentInfo(data), detached: true);
            message.Decode(signature);
            var certificates = new X509Certificate2Collection(certificate);
            foreach (var signer in message.SignerInfos)
            {
                signer.CheckSignature(certificates, verifySignatureOnly: true);

                // A signature that brings no certificate was checked with the only one that there is.
                if (signer.Certificate is null || signer.Certificate.RawData.AsSpan().SequenceEqual(certificate.RawData))
                {
                    return;
                }
            }
        }
        catch (CryptographicException e)
        {
            throw new DiagnosticException(ImageDiagnostics.NotSigned.Create($"The root hash's signature is not valid: {e.Message}"), e);
        }

        throw new DiagnosticException(ImageDiagnostics.NotSigned.Create(
            $"The root hash's signature is not by the certificate '{certificate.Subject}'. Name the certificate that belongs to the key."));
    }
}
