using Org.BouncyCastle.Bcpg;
using Org.BouncyCastle.Bcpg.OpenPgp;

namespace Compose.Packages.Releases;

/// <summary>
/// Checks an <c>InRelease</c> file: a trusted key has signed it, its times are right, and it is the suite that was asked for.
/// </summary>
public sealed class ReleaseVerifier(TrustedKeys keys, TimeProvider clock)
{
    /// <summary>How far a repository's clock may be ahead.</summary>
    private static readonly TimeSpan s_tolerance = TimeSpan.FromDays(1);

    /// <summary>Checks the file and gives what it says.</summary>
    /// <param name="inRelease">The file's bytes.</param>
    /// <param name="suite">The suite or code name that was asked for.</param>
    /// <exception cref="DiagnosticException">A check failed; each has its own code.</exception>
    public ReleaseFile Verify(ReadOnlySpan<byte> inRelease, string suite)
    {
        ClearSignedMessage message;
        try
        {
            message = ClearSignedMessage.Parse(inRelease);
        }
        catch (InvalidDataException e)
        {
            throw Fail(PackageDiagnostics.NotSigned, suite, $"is not a clear-signed message: {e.Message}.", e);
        }

        var signers = VerifySignatures(message, suite);
        ReleaseFile release;
        try
        {
            release = ReleaseFile.Parse(message.Text, signers);
        }
        catch (Exception e) when (e is InvalidDataException or FormatException)
        {
            throw Fail(PackageDiagnostics.BadRelease, suite, $"cannot be used: {e.Message}", e);
        }

        VerifyTimes(release, suite);
        if (release.Suite != suite && release.Codename != suite)
        {
            throw Fail(
                PackageDiagnostics.WrongSuite, suite, $"is that of suite '{release.Suite}', code name '{release.Codename}'. The mirror mixes suites up.");
        }

        return release;
    }

    private static DiagnosticException Fail(DiagnosticDescriptor descriptor, string suite, string what, Exception? inner = null) =>
        new(descriptor.Create($"The release file of '{suite}' {what}"), inner);

    private static PgpSignatureList ReadSignatures(ClearSignedMessage message, string suite)
    {
        try
        {
            using var armor = new ArmoredInputStream(new MemoryStream(message.ArmoredSignatures));
            if (new PgpObjectFactory(armor).NextPgpObject() is PgpSignatureList { Count: > 0 } signatures)
            {
                return signatures;
            }
        }
        catch (Exception e) when (e is IOException or PgpException or ArgumentException or InvalidOperationException)
        {
            throw Fail(PackageDiagnostics.NotSigned, suite, $"has signatures that cannot be read: {e.Message}", e);
        }

        throw Fail(PackageDiagnostics.NotSigned, suite, "holds no signature.");
    }

    /// <summary>One good signature of a trusted key is enough; a wrong one of a trusted key is one too many.</summary>
    /// <returns>The fingerprints of the primary keys of good signatures.</returns>
    private List<string> VerifySignatures(ClearSignedMessage message, string suite)
    {
        var signers = new List<string>();
        var strangers = new List<string>();
        string? objection = null;
        var signatures = ReadSignatures(message, suite);
        for (var i = 0; i < signatures.Count; i++)
        {
            var signature = signatures[i];
            if (keys.Find(signature.KeyId) is not { } key)
            {
                strangers.Add(signature.KeyId.ToString("X16", System.Globalization.CultureInfo.InvariantCulture));
                continue;
            }

            if (!IsRight(signature, key, message.SignedBytes))
            {
                throw Fail(
                    PackageDiagnostics.BadSignature, suite,
                    $"does not fit the signature of the trusted key {key.Fingerprint}: it was changed on its way.");
            }

            var reason = key.Objection(clock.GetUtcNow()) ?? Objection(signature);
            objection ??= reason;
            if (reason is null)
            {
                signers.Add(Convert.ToHexString(key.Primary.GetFingerprint()));
            }
        }

        if (signers.Count > 0)
        {
            return signers;
        }

        throw objection is not null
            ? Fail(PackageDiagnostics.ExpiredKey, suite, $"has no valid signature: {objection}.")
            : Fail(
                PackageDiagnostics.UntrustedSigner, suite,
                $"is signed by {string.Join(", ", strangers)}, none of which is in the project's key files.");
    }

    private static bool IsRight(PgpSignature signature, TrustedKey key, byte[] signed)
    {
        if (signature.SignatureType is not (PgpSignature.CanonicalTextDocument or PgpSignature.BinaryDocument)
            || signature.HashAlgorithm is not (HashAlgorithmTag.Sha256 or HashAlgorithmTag.Sha384 or HashAlgorithmTag.Sha512))
        {
            return false;
        }

        try
        {
            signature.InitVerify(key.Key);
            signature.Update(signed);
            return signature.Verify();
        }
        catch (PgpException)
        {
            return false;
        }
    }

    private string? Objection(PgpSignature signature)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        if (signature.CreationTime > now + s_tolerance)
        {
            return $"it was made on {signature.CreationTime:yyyy-MM-dd}, which is in the future";
        }

        var seconds = signature.GetHashedSubPackets()?.GetSignatureExpirationTime() ?? 0;
        var end = signature.CreationTime.AddSeconds(seconds);
        return seconds > 0 && end < now ? $"it expired on {end:yyyy-MM-dd}" : null;
    }

    private void VerifyTimes(ReleaseFile release, string suite)
    {
        var now = clock.GetUtcNow();
        if (release.Date > now + s_tolerance)
        {
            throw Fail(PackageDiagnostics.ReleaseFromFuture, suite, $"is dated {release.Date:u}. Check this machine's clock.");
        }

        if (release.ValidUntil < now)
        {
            throw Fail(PackageDiagnostics.ReleaseExpired, suite, $"was valid until {release.ValidUntil:u}. The mirror is not kept up to date; use another.");
        }
    }
}
