using System.Security.Cryptography;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Utilities;

namespace Compose.Images.Signing;

/// <summary>
/// ECDSA whose random number is derived from the key and the hash (RFC 6979), so that the same image has the same signature.
/// .NET's takes another one each time.
/// </summary>
/// <param name="key">The key, with its private part exportable. It is owned from here on.</param>
internal sealed class DeterministicEcdsa(ECDsa key) : ECDsa
{
    public override int KeySize => key.KeySize;

    public override byte[] SignHash(byte[] hash)
    {
        var parameters = key.ExportParameters(includePrivateParameters: true);
        try
        {
            var curve = ECNamedCurveTable.GetByOid(new Org.BouncyCastle.Asn1.DerObjectIdentifier(
                parameters.Curve.Oid.Value ?? throw new CryptographicException("The key's curve has no name.")));
            var domain = new ECDomainParameters(curve);
            var signer = new ECDsaSigner(new HMacDsaKCalculator(new Sha256Digest()));
            signer.Init(forSigning: true, new ECPrivateKeyParameters(new BigInteger(1, parameters.D), domain));
            var size = (domain.N.BitLength + 7) / 8;
            return [.. signer.GenerateSignature(hash).SelectMany(number => BigIntegers.AsUnsignedByteArray(size, number))];
        }
        finally
        {
            CryptographicOperations.ZeroMemory(parameters.D);
        }
    }

    public override bool VerifyHash(byte[] hash, byte[] signature) => key.VerifyHash(hash, signature);

    public override ECParameters ExportParameters(bool includePrivateParameters) => key.ExportParameters(includePrivateParameters);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            key.Dispose();
        }

        base.Dispose(disposing);
    }
}
