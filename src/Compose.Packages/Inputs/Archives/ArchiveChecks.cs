using System.Text;
using Compose.FileTrees;
using Compose.Packages.Downloads;
using Compose.Packages.Releases;
using Compose.Packages.Restoring;
using Org.BouncyCastle.Bcpg.OpenPgp;

namespace Compose.Packages.Inputs.Archives;

/// <summary>Checks an archive before its digest goes into the lock file: by a signature, or by a list of checksums.</summary>
internal sealed class ArchiveChecks(UpstreamDownloader downloader, TimeProvider clock, RestoreInput input)
{
    private const int MaximumSignature = 1024 * 1024;
    private const int MaximumChecksums = 16 * 1024 * 1024;

    /// <summary>Makes the checks that the project names.</summary>
    /// <param name="request">The archive.</param>
    /// <param name="version">Its version; null for none.</param>
    /// <param name="digest">The digest of its bytes.</param>
    /// <param name="open">Opens its bytes.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">A check failed; each has its own code.</exception>
    public async Task CheckAsync(ArchiveRequest request, string? version, Sha256Digest digest, Func<Stream> open, CancellationToken cancellationToken)
    {
        if (request.SignatureUrl is { } signatureUrl)
        {
            var address = ArchiveAddress.Of(request, signatureUrl, version);
            var signature = await GetAsync(address, MaximumSignature, cancellationToken).ConfigureAwait(false);
            using var archive = open();
            CheckSignature(request, address, signature, archive, cancellationToken);
        }

        if (request.ChecksumsUrl is { } checksumsUrl)
        {
            await CheckChecksumsAsync(request, checksumsUrl, version, digest, cancellationToken).ConfigureAwait(false);
        }
        else if (request.ChecksumsSignatureUrl is not null)
        {
            throw ArchiveAddress.Bad(request, $"'{request.Name}' names a ChecksumsSignatureUrl and no ChecksumsUrl.");
        }
    }

    private Task<byte[]> GetAsync(Uri address, int maximumSize, CancellationToken cancellationToken)
    {
        if (!address.IsFile)
        {
            input.RequireNetwork(Credentials.Remove(address));
        }

        return downloader.GetSmallAsync(address, maximumSize, cancellationToken);
    }

    private async Task CheckChecksumsAsync(
        ArchiveRequest request, string checksumsUrl, string? version, Sha256Digest digest, CancellationToken cancellationToken)
    {
        var address = ArchiveAddress.Of(request, checksumsUrl, version);
        var list = await GetAsync(address, MaximumChecksums, cancellationToken).ConfigureAwait(false);
        if (request.ChecksumsSignatureUrl is { } signatureUrl)
        {
            var signatureAddress = ArchiveAddress.Of(request, signatureUrl, version);
            var signature = await GetAsync(signatureAddress, MaximumSignature, cancellationToken).ConfigureAwait(false);
            CheckSignature(request, signatureAddress, signature, new MemoryStream(list), cancellationToken);
        }

        var text = ReadText(request, address, list);
        var name = ArchiveAddress.FileName(ArchiveAddress.Of(request, request.Source, version));
        var expected = Checksums.Find(text, name);
        if (expected.Count != 1 || expected[0] != digest)
        {
            var reason = expected.Count switch
            {
                0 => $"does not name '{name}'",
                1 => $"says that '{name}' has the SHA-256 {expected[0]}, and it has {digest}",
                _ => $"names '{name}' with several digests",
            };
            throw new DiagnosticException(PackageDiagnostics.BadArchiveChecksum.Create($"'{Credentials.Remove(address)}' {reason}.", request.Source));
        }
    }

    /// <summary>The text of a list; of one that is signed in itself, what was signed.</summary>
    private string ReadText(ArchiveRequest request, Uri address, byte[] list)
    {
        if (!ClearSignedMessage.IsOne(list))
        {
            return Encoding.UTF8.GetString(list);
        }

        try
        {
            var message = ClearSignedMessage.Parse(list);
            if (request.ChecksumsSignatureUrl is null)
            {
                Judge(request, address, SignaturePackets.Read(message.ArmoredSignatures), new MemoryStream(message.SignedBytes), isText: true, CancellationToken.None);
            }

            return message.Text;
        }
        catch (InvalidDataException e)
        {
            throw new DiagnosticException(PackageDiagnostics.BadArchiveSignature.Create(
                $"'{Credentials.Remove(address)}' cannot be used: {e.Message.TrimEnd('.')}.", request.Source), e);
        }
    }

    private void CheckSignature(ArchiveRequest request, Uri address, byte[] signature, Stream signed, CancellationToken cancellationToken)
    {
        IReadOnlyList<PgpSignature> signatures;
        try
        {
            signatures = SignaturePackets.Read(signature);
        }
        catch (InvalidDataException e)
        {
            throw new DiagnosticException(PackageDiagnostics.BadArchiveSignature.Create(
                $"'{Credentials.Remove(address)}' {e.Message.TrimEnd('.')}.", request.Source), e);
        }

        Judge(request, address, signatures, signed, isText: false, cancellationToken);
    }

    private void Judge(
        ArchiveRequest request, Uri address, IEnumerable<PgpSignature> signatures, Stream signed, bool isText, CancellationToken cancellationToken)
    {
        var name = Credentials.Remove(address);
        var result = new SignatureCheck(TrustedKeys.Load(request.KeyFiles), clock).Check(signatures, signed, isText, cancellationToken);
        switch (result.Verdict)
        {
            case SignatureVerdict.Wrong:
                throw Fail(PackageDiagnostics.BadArchiveSignature, $"does not fit what the trusted key {result.Reason} signed: it was changed on its way");
            case SignatureVerdict.NotValid:
                throw Fail(PackageDiagnostics.ExpiredArchiveKey, $"is not valid: {result.Reason}");
            case SignatureVerdict.Untrusted:
                throw Fail(PackageDiagnostics.UntrustedArchiveSigner, $"is by {result.Reason}, none of which is in the key files of the metadatum Keys");
            default:
                break;
        }

        DiagnosticException Fail(DiagnosticDescriptor descriptor, string what) =>
            new(descriptor.Create($"The signature '{name}' of '{request.Name}' {what}.", request.Source));
    }
}
