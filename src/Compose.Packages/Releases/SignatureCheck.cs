using Org.BouncyCastle.Bcpg;
using Org.BouncyCastle.Bcpg.OpenPgp;

namespace Compose.Packages.Releases;

/// <summary>What a check of signatures came to.</summary>
internal enum SignatureVerdict
{
    /// <summary>A trusted key's signature is right, and none is wrong.</summary>
    Good,

    /// <summary>No trusted key has signed.</summary>
    Untrusted,

    /// <summary>A trusted key's signature does not fit.</summary>
    Wrong,

    /// <summary>The signature, or its key, is no longer valid, or not yet.</summary>
    NotValid,
}

/// <summary>The outcome of a check.</summary>
/// <param name="Verdict">What it came to.</param>
/// <param name="Reason">The keys that are not trusted, the fingerprint of the key whose signature is wrong, or why it is not valid.</param>
internal readonly record struct SignatureResult(SignatureVerdict Verdict, string Reason = "")
{
    /// <summary>The fingerprints of the trusted primary keys whose signature is good, in upper-case hexadecimal digits.</summary>
    public IReadOnlyList<string> Signers { get; init; } = [];
}

/// <summary>Checks OpenPGP signatures (RFC 9580) against trusted keys.</summary>
internal sealed class SignatureCheck(TrustedKeys keys, TimeProvider clock)
{
    /// <summary>How far a signer's clock may be ahead.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromDays(1);

    private const int BufferSize = 128 * 1024;

    /// <summary>
    /// Reads what was signed, once, and checks the signatures. One good signature of a trusted key is enough; a wrong one of a
    /// trusted key is one too many.
    /// </summary>
    /// <param name="signatures">The signatures.</param>
    /// <param name="signed">What they are to fit; of a text, with its line ends as CR LF.</param>
    /// <param name="isText">Whether it is a text.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public SignatureResult Check(IEnumerable<PgpSignature> signatures, Stream signed, bool isText, CancellationToken cancellationToken = default)
    {
        var strangers = new List<string>();
        var known = new List<(PgpSignature Signature, TrustedKey Key)>();
        foreach (var signature in signatures)
        {
            if (keys.Find(signature.KeyId) is { } key)
            {
                known.Add((signature, key));
            }
            else
            {
                strangers.Add(signature.KeyId.ToString("X16", System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        foreach (var (signature, key) in known)
        {
            if (!TryBegin(signature, key, isText))
            {
                return new SignatureResult(SignatureVerdict.Wrong, key.Fingerprint);
            }
        }

        Update(known, signed, cancellationToken);
        string? objection = null;
        var signers = new List<string>();
        foreach (var (signature, key) in known)
        {
            if (!IsRight(signature))
            {
                return new SignatureResult(SignatureVerdict.Wrong, key.Fingerprint);
            }

            var reason = key.Objection(clock.GetUtcNow()) ?? Objection(signature);
            objection ??= reason;
            if (reason is null)
            {
                signers.Add(Convert.ToHexString(key.Primary.GetFingerprint()));
            }
        }

        return signers.Count > 0 ? new SignatureResult(SignatureVerdict.Good) { Signers = signers }
            : objection is not null ? new SignatureResult(SignatureVerdict.NotValid, objection)
            : new SignatureResult(SignatureVerdict.Untrusted, string.Join(", ", strangers));
    }

    private static void Update(List<(PgpSignature Signature, TrustedKey Key)> known, Stream signed, CancellationToken cancellationToken)
    {
        if (known.Count == 0)
        {
            return;
        }

        var buffer = new byte[BufferSize];
        int read;
        while ((read = signed.Read(buffer, 0, buffer.Length)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var (signature, _) in known)
            {
                signature.Update(buffer, 0, read);
            }
        }
    }

    private static bool TryBegin(PgpSignature signature, TrustedKey key, bool isText)
    {
        if ((signature.SignatureType != PgpSignature.BinaryDocument && !(isText && signature.SignatureType == PgpSignature.CanonicalTextDocument))
            || signature.HashAlgorithm is not (HashAlgorithmTag.Sha256 or HashAlgorithmTag.Sha384 or HashAlgorithmTag.Sha512))
        {
            return false;
        }

        try
        {
            signature.InitVerify(key.Key);
            return true;
        }
        catch (Exception e) when (SignaturePackets.IsMalformed(e))
        {
            return false;
        }
    }

    private static bool IsRight(PgpSignature signature)
    {
        try
        {
            return signature.Verify();
        }
        catch (Exception e) when (SignaturePackets.IsMalformed(e))
        {
            return false;
        }
    }

    private string? Objection(PgpSignature signature)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        if (signature.CreationTime > now + Tolerance)
        {
            return $"it was made on {signature.CreationTime:yyyy-MM-dd}, which is in the future";
        }

        var seconds = signature.GetHashedSubPackets()?.GetSignatureExpirationTime() ?? 0;
        var end = signature.CreationTime.AddSeconds(seconds);
        return seconds > 0 && end < now ? $"it expired on {end:yyyy-MM-dd}" : null;
    }
}
