using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Compose.Diagnostics;
using Compose.Formats.Verity;
using CsCheck;

namespace Compose.Formats.Tests.Verity;

/// <summary>Signatures that openssl made as systemd-repart does.</summary>
public sealed class SignedRootHashTests : IDisposable
{
    private static readonly string RootHash = string.Concat(Enumerable.Range(0, 32).Select(i => $"{i:x2}"));

    private readonly TemporaryDirectory _folder = new();

    public SignedRootHashTests()
    {
        foreach (var name in new[] { "ours", "theirs" })
        {
            ExternalTool.Run(
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", $"/CN={name}", "-keyout", _folder[$"{name}.key"], "-out", _folder[$"{name}.pem"]);
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("-noattr")]
    [InlineData("")]
    [InlineData("-nocerts")]
    public void A_right_signature_is_right_with_its_certificate_and_with_no_other(string option)
    {
        Write(Sign("ours", RootHash, option), RootHash);
        var reporter = new RecordingReporter();
        Assert.True(Read().Verify(Certificate("ours"), reporter));
        Assert.Empty(reporter.Messages);
        Assert.Equal(RootHash, Convert.ToHexStringLower(Read().RootHash.Span));

        Assert.False(Read().Verify(Certificate("theirs"), reporter));
        Assert.Equal(["COMPOSE4711"], reporter.Codes);
    }

    [Fact]
    public void Without_a_certificate_the_one_in_the_signature_counts()
    {
        Write(Sign("ours", RootHash, "-noattr"), RootHash);
        Assert.True(Read().Verify(null, new RecordingReporter()));
        Assert.Equal(["CN=ours"], Read().Signers);

        Write(Sign("ours", RootHash, "-nocerts"), RootHash);
        var reporter = new RecordingReporter();
        Assert.False(Read().Verify(null, reporter));
        Assert.Contains("does not hold the signer's certificate", reporter.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void A_signature_of_another_root_hash_is_wrong()
    {
        Write(Sign("ours", RootHash.Replace('0', '1'), "-noattr"), RootHash);
        var reporter = new RecordingReporter();
        Assert.False(Read().Verify(Certificate("ours"), reporter));
        Assert.Equal(["COMPOSE4711"], reporter.Codes);
    }

    [Fact]
    public void A_fingerprint_of_another_certificate_is_told()
    {
        Write(Sign("ours", RootHash, "-noattr"), RootHash, fingerprint: Certificate("theirs").GetCertHashString(HashAlgorithmName.SHA256));
        var reporter = new RecordingReporter();
        Assert.False(Read().Verify(Certificate("ours"), reporter));
        Assert.Contains("made with another certificate", reporter.Messages, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"rootHash\":\"00\"}")]
    [InlineData("{\"rootHash\":\"zz\",\"signature\":\"\"}")]
    [InlineData("{\"rootHash\":\"00\",\"signature\":\"AAAA\"}")]
    [InlineData("{\"rootHash\":\"00\",\"signature\":\"*\"}")]
    [InlineData("{\"rootHash\":1,\"signature\":2}")]
    [InlineData("{\"rootHash\":\"00\",\"signature\":\"AAAA\"")]
    public void What_is_no_signature_is_refused(string json)
    {
        File.WriteAllText(_folder["signature"], json);
        Assert.Equal("COMPOSE4710", Assert.Throws<DiagnosticException>(Read).Diagnostic.Descriptor.Code);
    }

    [Fact]
    public void Changed_signatures_are_wrong_or_refused_and_nothing_else()
    {
        var signature = Sign("ours", RootHash, "-noattr");
        var certificate = Certificate("ours");
        Gen.Select(Gen.Int[0, signature.Length - 1], Gen.Byte).Array[1, 3].Sample(
            changes =>
            {
                var bytes = (byte[])signature.Clone();
                foreach (var (place, value) in changes)
                {
                    bytes[place] = value;
                }

                Write(bytes, RootHash);
                try
                {
                    // Not every byte matters: a certificate in it may be changed, and another is trusted.
                    var read = Read();
                    var isRight = read.Verify(certificate, new RecordingReporter());
                    return !isRight || bytes.AsSpan(^256..).SequenceEqual(signature.AsSpan(^256..));
                }
                catch (DiagnosticException e)
                {
                    return e.Diagnostic.Descriptor.Code == "COMPOSE4710";
                }
            },
            seed: "0000KeRvtYs4", iter: 1000, threads: 1);
    }

    private X509Certificate2 Certificate(string name) => X509CertificateLoader.LoadCertificateFromFile(_folder[$"{name}.pem"]);

    private byte[] Sign(string name, string text, string option)
    {
        File.WriteAllText(_folder["text"], text);
        string[] options = option.Length == 0 ? [] : [option];
        ExternalTool.Run(
            "openssl",
            ["smime", "-sign", "-binary", "-outform", "DER", .. options, "-in", _folder["text"], "-signer", _folder[$"{name}.pem"], "-inkey", _folder[$"{name}.key"], "-out", _folder["p7"]]);
        return File.ReadAllBytes(_folder["p7"]);
    }

    private void Write(byte[] signature, string rootHash, string? fingerprint = null)
    {
        fingerprint ??= Certificate("ours").GetCertHashString(HashAlgorithmName.SHA256);
        var json = $$"""{"rootHash":"{{rootHash}}","certificateFingerprint":"{{fingerprint.ToLowerInvariant()}}","signature":"{{Convert.ToBase64String(signature)}}"}""";
        var bytes = new byte[16384];
        System.Text.Encoding.ASCII.GetBytes(json, bytes);
        File.WriteAllBytes(_folder["signature"], bytes);
    }

    private SignedRootHash Read()
    {
        using var file = File.OpenHandle(_folder["signature"]);
        return SignedRootHash.Read(DiskRegion.Of(file), "signature");
    }
}
