using System.Security.Cryptography;
using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Formats.Verity;
using Compose.Images.Signing;

namespace Compose.Images.Tests.Signing;

public sealed class RootHashSignerTests : IDisposable
{
    private static readonly Sha256Digest RootHash = new(SHA256.HashData("a root hash"u8));
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private readonly TemporaryDirectory _folder = new();

    public static TheoryData<string> Kinds => ["rsa", "curve"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Openssl_accepts_the_signature_and_it_is_the_same_each_time(string kind)
    {
        var (key, certificate) = SigningKeys.Create(_folder, kind: KindOf(kind));
        var signature = Sign(key, certificate);

        SigningKeys.Verify(_folder, signature.Signature.ToArray(), RootHash.ToString(), certificate).EnsureSuccess();
        Assert.NotEqual(0, SigningKeys.Verify(_folder, signature.Signature.ToArray(), RootHash + "\n", certificate).ExitCode);
        Assert.Equal(signature.Signature.ToArray(), Sign(key, certificate).Signature.ToArray());

        // Attributes could hold the time, and the kernel's check of dm-verity has no use for them.
        var structure = ExternalTool.Run("openssl", "pkcs7", "-inform", "DER", "-in", _folder["signature.p7s"], "-print", "-noout");
        Assert.Contains("auth_attr:\n          <ABSENT>", structure, StringComparison.Ordinal);
        Assert.Contains("d.data: <ABSENT>", structure, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_fingerprint_is_that_of_openssl(string kind)
    {
        var (key, certificate) = SigningKeys.Create(_folder, kind: KindOf(kind));
        var expected = ExternalTool.Run("openssl", "x509", "-in", certificate, "-noout", "-fingerprint", "-sha256").Trim().Split('=')[1].Replace(":", "", StringComparison.Ordinal);

        Assert.Equal(expected, Sign(key, certificate).CertificateFingerprint.ToString(), ignoreCase: true);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_key_may_be_encrypted_or_lie_in_pkcs12(string kind)
    {
        var (key, certificate) = SigningKeys.Create(_folder, kind: KindOf(kind), passphrase: "secret");
        var expected = Sign(key, certificate, "secret").Signature.ToArray();
        ExternalTool.Run(
            "openssl", "pkcs12", "-export", "-inkey", key, "-in", certificate, "-out", _folder["signer.p12"], "-passin", "pass:secret", "-passout", "pass:other");

        Assert.Equal(expected, Sign(_folder["signer.p12"], null, "other").Signature.ToArray());
        AssertFails("COMPOSE3010", () => Sign(key, certificate, "wrong"));
        AssertFails("COMPOSE3010", () => Sign(key, certificate));
        AssertFails("COMPOSE3010", () => Sign(_folder["signer.p12"], null, "wrong"));
    }

    [Fact]
    public void A_key_and_its_certificate_may_be_one_file()
    {
        var (key, certificate) = SigningKeys.Create(_folder);
        File.WriteAllText(_folder["both.pem"], File.ReadAllText(key) + File.ReadAllText(certificate));

        Assert.Equal(Sign(key, certificate).Signature.ToArray(), Sign(_folder["both.pem"], null).Signature.ToArray());
    }

    [Fact]
    public void A_certificate_of_another_key_is_refused()
    {
        var (key, _) = SigningKeys.Create(_folder);
        var (_, otherCertificate) = SigningKeys.Create(_folder, "other");

        AssertFails("COMPOSE3011", () => Sign(key, otherCertificate));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no key at all")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    public void A_file_that_is_no_key_is_refused(string text)
    {
        var (_, certificate) = SigningKeys.Create(_folder);
        File.WriteAllText(_folder["bad.key"], text);

        AssertFails("COMPOSE3010", () => Sign(_folder["bad.key"], certificate));
        AssertFails("COMPOSE3010", () => Sign(_folder["missing.key"], certificate));
        AssertFails("COMPOSE3010", () => Sign(_folder["signer.key"], _folder["bad.key"]));
    }

    [Fact]
    public void A_program_may_sign()
    {
        var (key, certificate) = SigningKeys.Create(_folder);
        var command = $"openssl smime -sign -binary -noattr -nocerts -md sha256 -outform DER -signer '{certificate}' -inkey '{key}'";
        using var signer = new CommandSigner(command, _folder.Path, certificate);
        var signature = signer.Sign(RootHash, Cancel).Signature.ToArray();

        SigningKeys.Verify(_folder, signature, RootHash.ToString(), certificate).EnsureSuccess();
    }

    [Theory]
    [InlineData("echo no key >&2; exit 3", "3")]
    [InlineData("true", "0 bytes")]
    [InlineData("echo not a signature", "not valid")]
    [InlineData("head -c 10000000 /dev/zero", "65537 bytes")]
    public void A_program_that_does_not_sign_is_an_error_that_says_why(string command, string expected)
    {
        var (_, certificate) = SigningKeys.Create(_folder);
        using var signer = new CommandSigner(command, _folder.Path, certificate);

        Assert.Contains(expected, AssertFails("COMPOSE3012", () => signer.Sign(RootHash, Cancel)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_signs_something_else_is_an_error()
    {
        var (key, certificate) = SigningKeys.Create(_folder);
        var (otherKey, otherCertificate) = SigningKeys.Create(_folder, "other");
        const string Sign = "openssl smime -sign -binary -noattr -md sha256 -outform DER";
        using var otherText = new CommandSigner($"echo text | {Sign} -signer '{certificate}' -inkey '{key}'", _folder.Path, certificate);
        using var otherSigner = new CommandSigner($"{Sign} -signer '{otherCertificate}' -inkey '{otherKey}'", _folder.Path, certificate);

        AssertFails("COMPOSE3012", () => otherText.Sign(RootHash, Cancel));
        AssertFails("COMPOSE3012", () => otherSigner.Sign(RootHash, Cancel));
    }

    private static string[] KindOf(string kind) => kind == "rsa" ? SigningKeys.Rsa : SigningKeys.Curve;

    private static VeritySignature Sign(string key, string? certificate, string? passphrase = null)
    {
        using var signer = KeySigner.Load(key, certificate, passphrase);
        return signer.Sign(RootHash, Cancel);
    }

    private static string AssertFails(string code, Action action)
    {
        var diagnostic = Assert.Throws<DiagnosticException>(action).Diagnostic;
        Assert.Equal(code, diagnostic.Descriptor.Code);
        Assert.DoesNotContain("secret", diagnostic.Message, StringComparison.Ordinal);
        return diagnostic.Message;
    }
}
