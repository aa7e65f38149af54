using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Formats.Verity;

namespace Compose.Images.Signing;

/// <summary>Signs root hashes of dm-verity, so that a system that trusts the certificate takes the image.</summary>
public abstract class RootHashSigner : IDisposable
{
    /// <summary>A signer by a certificate.</summary>
    /// <param name="certificate">What the signatures are checked with. The signer owns it.</param>
    protected RootHashSigner(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        Certificate = certificate;
    }

    /// <summary>The certificate that signatures are checked with.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Signs a root hash.</summary>
    /// <exception cref="DiagnosticException">COMPOSE3012: it cannot be signed, or the signature is not right.</exception>
    public VeritySignature Sign(Sha256Digest rootHash, CancellationToken cancellationToken = default)
    {
        var data = VeritySignature.SignedData(rootHash);
        var signature = SignDetached(data, cancellationToken);

        // An image with a wrong signature would only be refused when it is merged.
        DetachedSignature.Check(signature, data, Certificate);
        return new VeritySignature(rootHash, new Sha256Digest(SHA256.HashData(Certificate.RawData)), signature);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes a detached PKCS #7 signature in DER, without signed attributes.</summary>
    protected abstract byte[] SignDetached(byte[] data, CancellationToken cancellationToken);

    /// <summary>Gives back the certificate and the key.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            Certificate.Dispose();
        }
    }
}
