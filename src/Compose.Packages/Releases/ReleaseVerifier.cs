namespace Compose.Packages.Releases;

/// <summary>
/// Checks an <c>InRelease</c> file: a trusted key has signed it, its times are right, and it is the suite that was asked for.
/// </summary>
public sealed class ReleaseVerifier(TrustedKeys keys, TimeProvider clock)
{
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

    /// <returns>The fingerprints of the primary keys of good signatures.</returns>
    private IReadOnlyList<string> VerifySignatures(ClearSignedMessage message, string suite)
    {
        SignatureResult result;
        try
        {
            var signatures = SignaturePackets.Read(message.ArmoredSignatures);
            result = new SignatureCheck(keys, clock).Check(signatures, new MemoryStream(message.SignedBytes), isText: true);
        }
        catch (InvalidDataException e)
        {
            throw Fail(PackageDiagnostics.NotSigned, suite, $"{e.Message.TrimEnd('.')}.", e);
        }

        switch (result.Verdict)
        {
            case SignatureVerdict.Wrong:
                throw Fail(
                    PackageDiagnostics.BadSignature, suite,
                    $"does not fit the signature of the trusted key {result.Reason}: it was changed on its way.");
            case SignatureVerdict.NotValid:
                throw Fail(PackageDiagnostics.ExpiredKey, suite, $"has no valid signature: {result.Reason}.");
            case SignatureVerdict.Untrusted:
                throw Fail(
                    PackageDiagnostics.UntrustedSigner, suite, $"is signed by {result.Reason}, none of which is in the project's key files.");
            default:
                return result.Signers;
        }
    }

    private void VerifyTimes(ReleaseFile release, string suite)
    {
        var now = clock.GetUtcNow();
        if (release.Date > now + SignatureCheck.Tolerance)
        {
            throw Fail(PackageDiagnostics.ReleaseFromFuture, suite, $"is dated {release.Date:u}. Check this machine's clock.");
        }

        if (release.ValidUntil < now)
        {
            throw Fail(PackageDiagnostics.ReleaseExpired, suite, $"was valid until {release.ValidUntil:u}. The mirror is not kept up to date; use another.");
        }
    }
}
