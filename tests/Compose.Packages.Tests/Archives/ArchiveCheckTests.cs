using System.Security.Cryptography;
using System.Text;
using Compose.Packages.Releases;

namespace Compose.Packages.Tests.Archives;

public sealed class ArchiveCheckTests : IDisposable
{
    private readonly ArchiveFolder _folder = new();
    private readonly GnuPg _gpg = new();
    private readonly string _key;
    private readonly byte[] _archive;

    public ArchiveCheckTests()
    {
        _archive = _folder.MakeTar("gzip", ("tool", "x"));
        _folder.Server.Files["tool-1.tgz"] = _archive;
        _key = _gpg.MakeKey();
        _gpg.Export(KeyFile, armored: true, _key);
    }

    private string KeyFile => _folder["key.asc"];

    private string Sum => Convert.ToHexStringLower(SHA256.HashData(_archive));

    public void Dispose()
    {
        _gpg.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_detached_signature_of_a_trusted_key_is_enough(bool armored)
    {
        _folder.Server.Files["tool-1.tgz.sig"] = _gpg.SignDetached(_archive, armored, null, _key);
        var request = Signed();

        var result = await _folder.Restore(request);

        Assert.Empty(_folder.Reports.Codes);
        Assert.EndsWith("tool-{version}.tgz.sig", Assert.Single(result.LockFile.Archives!).Signature, StringComparison.Ordinal);
        await _folder.Fails("COMPOSE1041", input => input with { LockedMode = true }, request with { SignatureUrl = null });
    }

    [Fact]
    public async Task Each_fault_of_a_signature_has_its_code()
    {
        var stranger = _gpg.MakeKey();
        var expired = _gpg.MakeKey(expires: "1y", made: DateTimeOffset.UtcNow.AddYears(-3));
        _gpg.Export(_folder["expired.asc"], armored: false, expired);
        var cases = new (byte[] Signature, string[] Keys, string Code)[]
        {
            (_gpg.SignDetached([1, 2, 3], true, null, _key), [KeyFile], "COMPOSE1065"),
            (_gpg.SignDetached(_archive, true, null, stranger), [KeyFile], "COMPOSE1066"),
            (_gpg.SignDetached(_archive, false, DateTimeOffset.UtcNow.AddYears(-3).AddDays(1), expired), [_folder["expired.asc"]], "COMPOSE1067"),
            ("no signature"u8.ToArray(), [KeyFile], "COMPOSE1065"),
            (_gpg.SignDetached(_archive, false, null, _key)[..40], [KeyFile], "COMPOSE1065"),
            ([], [KeyFile], "COMPOSE1065"),
            ([.. Enumerable.Repeat(_gpg.SignDetached(_archive, false, null, _key), 33).SelectMany(bytes => bytes)], [KeyFile], "COMPOSE1065"),
            (_gpg.SignDetached(_archive, true, null, _key), [], "COMPOSE1020"),
        };
        foreach (var (signature, keys, code) in cases)
        {
            _folder.Server.Files["tool-1.tgz.sig"] = signature;
            await _folder.Fails(code, Signed() with { KeyFiles = keys });
        }

        _folder.Server.Files.TryRemove("tool-1.tgz.sig", out _);
        await _folder.Fails("COMPOSE1052", Signed());
        Assert.False(File.Exists(_folder.LockPath));
    }

    [Fact]
    public async Task A_signature_or_a_list_of_any_size_is_not_read_to_its_end()
    {
        _folder.Server.Files["tool-1.tgz.sig"] = new byte[(1024 * 1024) + 1];
        _folder.Write("tool-1.tgz.sig", new byte[(1024 * 1024) + 1]);
        _folder.Server.Files["SHA256SUMS"] = new byte[(16 * 1024 * 1024) + 1];
        var sums = _folder.Request("tool-{version}.tgz", "1") with { ChecksumsUrl = Url("SHA256SUMS") };

        Assert.Contains("larger than the 1048576 bytes", await _folder.Fails("COMPOSE1051", Signed()), StringComparison.Ordinal);
        Assert.Contains("larger than", await _folder.Fails("COMPOSE1051", Signed() with { SignatureUrl = "tool-{version}.tgz.sig" }), StringComparison.Ordinal);
        Assert.Contains("larger than the 16777216 bytes", await _folder.Fails("COMPOSE1051", sums), StringComparison.Ordinal);
    }

    /// <summary>Whoever names a trusted key's number in a signature gets far into a library that trusts lengths.</summary>
    [Fact]
    public void A_changed_signature_is_wrong_or_none()
    {
        var keys = TrustedKeys.Load([KeyFile]);
        var signature = _gpg.SignDetached(_archive, armored: false, null, _key);
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var changed = signature.ToArray();
            for (var count = random.Next(1, 4); count > 0; count--)
            {
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            }

            try
            {
                var signatures = SignaturePackets.Read(changed[..random.Next(changed.Length / 2, changed.Length + 1)]);
                new SignatureCheck(keys, TimeProvider.System).Check(signatures, new MemoryStream(_archive), isText: false);
            }
            catch (InvalidDataException)
            {
                // What is no signature.
            }
        }
    }

    [Theory]
    [InlineData("c20b06000008" + "ffffffff" + "00000000")]
    [InlineData("c20b06000008" + "7fffffff" + "00000000")]
    [InlineData("c20a0400160800ff" + "ffffff")]
    public void A_signature_whose_lengths_lie_is_none(string digits) =>
        Assert.Throws<InvalidDataException>(() => SignaturePackets.Read(Convert.FromHexString(digits)));

    [Theory]
    [InlineData("{0}  tool-1.tgz\n", null)]
    [InlineData("{0} *./dist/tool-1.tgz\r\n1111111111111111111111111111111111111111111111111111111111111111  other\n", null)]
    [InlineData("SHA256 (tool-1.tgz) = {0}\n", null)]
    [InlineData("\uFEFF{0}  tool-1.tgz\r\n", null)]
    [InlineData("{0}\n", null)]
    [InlineData("{0}  tool-1.tgz.asc\n", "does not name")]
    [InlineData("1111111111111111111111111111111111111111111111111111111111111111  tool-1.tgz\n", "has the SHA-256 1111")]
    [InlineData("{0}  tool-1.tgz\n1111111111111111111111111111111111111111111111111111111111111111  tool-1.tgz\n", "several")]
    [InlineData("", "does not name")]
    public async Task A_list_of_checksums_is_kept_to(string list, string? fault)
    {
        _folder.Server.Files["SHA256SUMS"] = Encoding.UTF8.GetBytes(list.Replace("{0}", Sum, StringComparison.Ordinal));
        var request = _folder.Request("tool-{version}.tgz", "1") with { ChecksumsUrl = Url("SHA256SUMS") };

        if (fault is null)
        {
            await _folder.Restore(request);
            Assert.Empty(_folder.Reports.Codes);
        }
        else
        {
            Assert.Contains(fault, await _folder.Fails("COMPOSE1068", request), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_list_may_be_signed_beside_it_or_in_itself()
    {
        var list = $"{Sum}  tool-1.tgz\n";
        _folder.Server.Files["SHA256SUMS"] = Encoding.UTF8.GetBytes(list);
        _folder.Server.Files["SHA256SUMS.gpg"] = _gpg.SignDetached(Encoding.UTF8.GetBytes(list), false, null, _key);
        _folder.Server.Files["SHA256SUMS.asc"] = _gpg.Sign(list, null, _key);
        var request = _folder.Request("tool-{version}.tgz", "1") with { KeyFiles = [KeyFile] };
        var beside = request with { ChecksumsUrl = Url("SHA256SUMS"), ChecksumsSignatureUrl = Url("SHA256SUMS.gpg") };
        var inItself = request with { ChecksumsUrl = Url("SHA256SUMS.asc") };

        await _folder.Restore(beside);
        await _folder.Restore(inItself);
        await _folder.Fails("COMPOSE1020", input => input with { LockFile = input.LockFile + "2" }, inItself with { KeyFiles = [] });

        _folder.Server.Files["SHA256SUMS"] = Encoding.UTF8.GetBytes(list + "\n");
        await _folder.Fails("COMPOSE1065", beside);
        _folder.Server.Files["SHA256SUMS.asc"] = _gpg.Sign(list, null, _gpg.MakeKey());
        await _folder.Fails("COMPOSE1066", input => input with { LockFile = input.LockFile + "2" }, inItself);
        await _folder.Fails("COMPOSE1060", request with { ChecksumsSignatureUrl = Url("SHA256SUMS.gpg") });
    }

    [Fact]
    public async Task A_password_for_what_is_checked_is_in_no_file_and_no_message()
    {
        var url = Url("tool-{version}.tgz.sig").Replace("http://", "http://user:secret@", StringComparison.Ordinal);
        _folder.Server.Files["tool-1.tgz.sig"] = _gpg.SignDetached(_archive, true, null, _key);

        await _folder.Restore(Signed() with { SignatureUrl = url });

        Assert.StartsWith("Basic ", _folder.Server.Requests.Last().Authorization, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", await File.ReadAllTextAsync(_folder.LockPath, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        foreach (var (bytes, code) in new (byte[]?, string)[] { (null, "COMPOSE1052"), ([1], "COMPOSE1065"), (new byte[2 << 20], "COMPOSE1051") })
        {
            _folder.Server.Files.TryRemove("tool-1.tgz.sig", out _);
            if (bytes is not null)
            {
                _folder.Server.Files["tool-1.tgz.sig"] = bytes;
            }

            var message = await _folder.Fails(code, input => input with { LockFile = input.LockFile + "2" }, Signed() with { SignatureUrl = url });
            Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_checks_a_file_of_this_machine_is_not_asked_for_where_the_network_may_not_be_used()
    {
        _folder.Write("tool-1.tgz", _archive);
        _folder.Server.Files["SHA256SUMS"] = Encoding.UTF8.GetBytes($"{Sum}  tool-1.tgz\n");
        var request = _folder.Request("./tool-{version}.tgz", "1");

        await _folder.Fails("COMPOSE1050", input => input with { AllowNetwork = false }, request with { ChecksumsUrl = Url("SHA256SUMS") });
        await _folder.Fails("COMPOSE1050", input => input with { AllowNetwork = false }, request with { SignatureUrl = Url("tool-1.tgz.sig"), KeyFiles = [KeyFile] });
        Assert.Empty(_folder.Server.Requests);

        _folder.Write("SHA256SUMS", _folder.Server.Files["SHA256SUMS"]);
        await _folder.Restore(input => input with { AllowNetwork = false }, request with { ChecksumsUrl = "SHA256SUMS" });
    }

    private Inputs.Archives.ArchiveRequest Signed() =>
        _folder.Request("tool-{version}.tgz", "1") with { SignatureUrl = Url("tool-{version}.tgz.sig"), KeyFiles = [KeyFile] };

    private string Url(string name) => _folder.Server.Address.AbsoluteUri + name;
}
