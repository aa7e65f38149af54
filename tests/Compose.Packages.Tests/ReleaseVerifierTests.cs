using System.Runtime.CompilerServices;
using System.Text;
using Compose.Packages.Releases;

namespace Compose.Packages.Tests;

public sealed class ReleaseVerifierTests : IDisposable
{
    private const string Digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private readonly TemporaryFolder _folder = new();
    private readonly GnuPg _gpg = new();
    private readonly FixedClock _clock = new(DateTimeOffset.UtcNow);

    public void Dispose()
    {
        _gpg.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("rsa2048", true)]
    [InlineData("ed25519", true)]
    [InlineData("ed25519", false)]
    public void A_signature_made_by_gpg_is_accepted(string algorithm, bool armored)
    {
        var key = _gpg.MakeKey(algorithm);

        var release = Verify(_gpg.Sign(Release(), null, key), Export(armored, key));

        Assert.Equal("trixie", release.Codename);
        Assert.True(release.AcquireByHash);
        Assert.True(release.TryGet("main/binary-amd64/Packages", out var entry));
        Assert.Equal((Digest, 17L), (entry.Sha256.ToString(), entry.Size));
    }

    [Fact]
    public void A_signing_subkey_is_accepted()
    {
        var key = _gpg.MakeKey();
        _gpg.AddSubkey(key, "rsa2048");

        Assert.Equal("trixie", Verify(_gpg.Sign(Release(), null, key), Export(true, key)).Codename);
    }

    [Fact]
    public void Several_keys_in_one_file_and_blanks_at_line_ends_are_accepted()
    {
        var first = _gpg.MakeKey();
        var second = _gpg.MakeKey();
        var file = _folder["both.asc"];
        File.WriteAllText(file, "Comment\n" + File.ReadAllText(Export(true, first)) + "\n" + File.ReadAllText(Export(true, second)));

        Assert.Contains("'- dashed'", Verify(_gpg.Sign(Release() + "- dashed\n", null, second), file, expectedCode: "COMPOSE1028"), StringComparison.Ordinal);
        Assert.Equal("trixie", Verify(_gpg.Sign(Release() + "Note: blanks \t\nOther: -----BEGIN\n", null, second), file).Codename);
    }

    [Fact]
    public void One_good_signature_of_a_trusted_key_is_enough()
    {
        var trusted = _gpg.MakeKey();
        var stranger = _gpg.MakeKey("rsa2048");

        Assert.Equal("trixie", Verify(_gpg.Sign(Release(), null, stranger, trusted), Export(true, trusted)).Codename);
    }

    [Fact]
    public void A_stranger_s_signature_is_refused()
    {
        var trusted = _gpg.MakeKey();
        var stranger = _gpg.MakeKey();

        Assert.NotNull(Verify(_gpg.Sign(Release(), null, stranger), Export(true, trusted), expectedCode: "COMPOSE1022"));
    }

    [Fact]
    public void A_changed_text_is_refused()
    {
        var key = _gpg.MakeKey();
        var signed = Encoding.UTF8.GetString(_gpg.Sign(Release(), null, key)).Replace(" 17 ", " 18 ", StringComparison.Ordinal);

        Assert.NotNull(Verify(Encoding.UTF8.GetBytes(signed), Export(true, key), expectedCode: "COMPOSE1023"));
    }

    [Fact]
    public void A_weak_digest_is_refused()
    {
        var key = _gpg.MakeKey("rsa2048");

        Assert.NotNull(Verify(
            _gpg.Sign(Release(), null, ["--digest-algo", "SHA1", "--allow-weak-digest-algos"], key), Export(true, key), expectedCode: "COMPOSE1023"));
    }

    [Fact]
    public void An_expired_key_is_refused()
    {
        var made = new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var key = _gpg.MakeKey(expires: "1y", made: made);
        var signed = _gpg.Sign(Release(), made.AddDays(10), key);
        var file = Export(true, key);

        Assert.NotNull(Verify(signed, file, expectedCode: "COMPOSE1024"));
    }

    [Fact]
    public void An_expired_signature_is_refused()
    {
        var key = _gpg.MakeKey(made: _clock.Now.AddDays(-30));
        var signed = _gpg.Sign(Release(), _clock.Now.AddDays(-20), ["--default-sig-expire", "5d"], key);

        Assert.NotNull(Verify(signed, Export(true, key), expectedCode: "COMPOSE1024"));
    }

    [Fact]
    public void A_revoked_key_is_refused()
    {
        var key = _gpg.MakeKey();
        var signed = _gpg.Sign(Release(), null, key);
        _gpg.Revoke(key);

        Assert.NotNull(Verify(signed, Export(true, key), expectedCode: "COMPOSE1024"));
    }

    [Fact]
    public void A_release_from_the_future_is_refused()
    {
        var key = _gpg.MakeKey();
        var signed = _gpg.Sign(Release(date: _clock.Now.AddDays(2)), null, key);

        Assert.NotNull(Verify(signed, Export(true, key), expectedCode: "COMPOSE1025"));
        _clock.Now = _clock.Now.AddDays(1.5);
        Assert.NotNull(Verify(signed, Export(true, key)));
    }

    [Fact]
    public void A_release_is_refused_after_its_time()
    {
        var key = _gpg.MakeKey();
        var signed = _gpg.Sign(Release($"Valid-Until: {_clock.Now.AddDays(7):R}\n".Replace("GMT", "UTC", StringComparison.Ordinal)), null, key);

        Assert.NotNull(Verify(signed, Export(true, key)));
        _clock.Now = _clock.Now.AddDays(8);
        Assert.NotNull(Verify(signed, Export(true, key), expectedCode: "COMPOSE1026"));
    }

    [Fact]
    public void The_suite_may_be_named_by_either_name_and_must_match()
    {
        var key = _gpg.MakeKey();
        var signed = _gpg.Sign(Release(), null, key);
        var file = Export(true, key);

        Assert.NotNull(Verify(signed, file, suite: "stable"));
        Assert.NotNull(Verify(signed, file, suite: "sid", expectedCode: "COMPOSE1027"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Origin: Debian\n")]
    [InlineData("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nSuite: x\n")]
    [InlineData("-----BEGIN PGP SIGNED MESSAGE-----\nEvil: yes\n\nSuite: x\n-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n")]
    [InlineData("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n-x\n-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n")]
    [InlineData("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nSuite: x\n-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n")]
    [InlineData("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nSuite: x\n-----BEGIN PGP SIGNATURE-----\n\n!!!\n-----END PGP SIGNATURE-----\n")]
    public void What_is_not_signed_is_refused(string text) =>
        Assert.NotNull(Verify(Encoding.UTF8.GetBytes(text), Export(true, _gpg.MakeKey()), expectedCode: "COMPOSE1021"));

    [Fact]
    public void Text_outside_of_the_signature_is_refused()
    {
        var key = _gpg.MakeKey();
        var signed = _gpg.Sign(Release(), null, key);
        var file = Export(true, key);

        Assert.NotNull(Verify([.. "Suite: trixie\n"u8, .. signed], file, expectedCode: "COMPOSE1021"));
        Assert.NotNull(Verify([.. signed, .. "Suite: trixie\n"u8], file, expectedCode: "COMPOSE1021"));
        Assert.NotNull(Verify(signed[..(signed.Length / 2)], file, expectedCode: "COMPOSE1021"));
    }

    [Fact]
    public void Damaged_messages_are_refused()
    {
        var key = _gpg.MakeKey();
        var signed = _gpg.Sign(Release(), null, key);
        var keys = TrustedKeys.Load([Export(true, key)]);
        var random = new Random(4);
        for (var i = 0; i < 300; i++)
        {
            var broken = signed.ToArray();
            var at = random.Next(broken.Length);
            broken[at] = (byte)random.Next(256);
            try
            {
                // Blanks at line ends, armor headers and line breaks are not covered by a signature.
                Assert.Equal("trixie", new ReleaseVerifier(keys, _clock).Verify(broken, "trixie").Codename);
            }
            catch (DiagnosticException e)
            {
                Assert.StartsWith("COMPOSE102", e.Diagnostic.Descriptor.Code, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void The_keys_of_the_recipes_can_be_read()
    {
        var folder = Path.Combine(RepositoryRoot(), "recipes", "keys");
        var files = Directory.GetFiles(folder, "debian-archive-trixie-*.asc");

        Assert.Equal(3, files.Length);
        Assert.All(files, file => Assert.NotNull(TrustedKeys.Load([file])));
    }

    [Theory]
    [InlineData("not a key")]
    [InlineData("")]
    [InlineData("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n")]
    public void A_file_without_keys_is_refused(string text)
    {
        var file = _folder.Write("bad.asc", text);

        Assert.Equal("COMPOSE1020", Assert.Throws<DiagnosticException>(() => TrustedKeys.Load([file])).Diagnostic.Descriptor.Code);
        Assert.Equal("COMPOSE1020", Assert.Throws<DiagnosticException>(() => TrustedKeys.Load([_folder["missing"]])).Diagnostic.Descriptor.Code);
        Assert.Equal("COMPOSE1020", Assert.Throws<DiagnosticException>(() => TrustedKeys.Load([])).Diagnostic.Descriptor.Code);
    }

    private static string RepositoryRoot([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", ".."));

    private string Release(string extra = "", DateTimeOffset? date = null) =>
        $"Origin: Test\nSuite: stable\nCodename: trixie\nDate: {(date ?? _clock.Now.AddHours(-1)).UtcDateTime:R}\nAcquire-By-Hash: yes\n{extra}SHA256:\n {Digest} 17 main/binary-amd64/Packages\n"
            .Replace("GMT", "UTC", StringComparison.Ordinal);

    private string Export(bool armored, params string[] keys) => _gpg.Export(_folder[$"{keys[0]}.key"], armored, keys);

    private ReleaseFile Verify(byte[] signed, string keyFile, string suite = "trixie")
    {
        return new ReleaseVerifier(TrustedKeys.Load([keyFile]), _clock).Verify(signed, suite);
    }

    private string Verify(byte[] signed, string keyFile, string expectedCode, string suite = "trixie")
    {
        var e = Assert.Throws<DiagnosticException>(() => Verify(signed, keyFile, suite));
        Assert.Equal(expectedCode, e.Diagnostic.Descriptor.Code);
        return e.Message;
    }
}
