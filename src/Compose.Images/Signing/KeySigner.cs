using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Compose.Diagnostics;

namespace Compose.Images.Signing;

/// <summary>Signs with a private key that is in a file.</summary>
public sealed class KeySigner : RootHashSigner
{
    private readonly AsymmetricAlgorithm _key;

    private KeySigner(X509Certificate2 certificate, AsymmetricAlgorithm key)
        : base(certificate)
    {
        _key = key;
    }

    /// <summary>Reads a key and its certificate.</summary>
    /// <param name="keyFile">A private key in PEM (PKCS #8, PKCS #1 or SEC 1), or both key and certificate in PKCS #12.</param>
    /// <param name="certificateFile">The certificate in PEM or DER; null when the key's file has it.</param>
    /// <param name="passphrase">What the key is encrypted with; null when it is not.</param>
    /// <exception cref="DiagnosticException">COMPOSE3010: a file cannot be used. COMPOSE3011: they do not belong together.</exception>
    public static KeySigner Load(string keyFile, string? certificateFile, string? passphrase)
    {
        var bytes = SigningFile.Read(keyFile);
        try
        {
            return SigningFile.IsPem(bytes)
                ? FromPem(SigningFile.Text(bytes), keyFile, certificateFile, passphrase)
                : FromPkcs12(bytes, keyFile, certificateFile, passphrase);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            var hint = passphrase is null ? " If it is encrypted, a passphrase is needed." : " Is the passphrase right?";
            throw SigningFile.Bad(keyFile, $"no private key can be read from it: {e.Message}{hint}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <inheritdoc/>
    protected override byte[] SignDetached(byte[] data, CancellationToken cancellationToken) =>
        DetachedSignature.Create(data, Certificate, _key);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _key.Dispose();
        }

        base.Dispose(disposing);
    }

    private static KeySigner FromPem(string text, string keyFile, string? certificateFile, string? passphrase)
    {
        var certificate = certificateFile is null
            ? X509Certificate2.CreateFromPem(text)
            : SigningFile.ReadCertificate(certificateFile);
        return certificate.GetKeyAlgorithm() switch
        {
            "1.2.840.113549.1.1.1" => FromKey(certificate, Import(RSA.Create(), text, passphrase), keyFile),
            "1.2.840.10045.2.1" => FromKey(certificate, Import(ECDsa.Create(), text, passphrase), keyFile),
            _ => throw SigningFile.Bad(certificateFile ?? keyFile, "its key is neither RSA nor on an elliptic curve"),
        };
    }

    private static KeySigner FromPkcs12(byte[] bytes, string keyFile, string? certificateFile, string? passphrase)
    {
        var loaded = X509CertificateLoader.LoadPkcs12(bytes, passphrase, X509KeyStorageFlags.EphemeralKeySet | X509KeyStorageFlags.Exportable);
        var key = (AsymmetricAlgorithm?)loaded.GetRSAPrivateKey() ?? loaded.GetECDsaPrivateKey()
            ?? throw SigningFile.Bad(keyFile, "it holds no private key that is RSA or on an elliptic curve");
        return FromKey(certificateFile is null ? loaded : SigningFile.ReadCertificate(certificateFile), key, keyFile);
    }

    private static T Import<T>(T key, string text, string? passphrase)
        where T : AsymmetricAlgorithm
    {
        if (passphrase is null)
        {
            key.ImportFromPem(text);
        }
        else
        {
            key.ImportFromEncryptedPem(text, passphrase);
        }

        return key;
    }

    private static KeySigner FromKey(X509Certificate2 certificate, AsymmetricAlgorithm key, string keyFile)
    {
        var isPair = key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo());
        return isPair
            ? new KeySigner(certificate, key is ECDsa curve ? new DeterministicEcdsa(curve) : key)
            : throw new DiagnosticException(ImageDiagnostics.KeyAndCertificateDiffer.Create(
                $"The certificate '{certificate.Subject}' does not belong to the key in '{keyFile}'."));
    }
}
