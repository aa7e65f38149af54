using System.Security.Cryptography;
using System.Text;

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

    [Theory]
    [InlineData("{0}  tool-1.tgz\n", null)]
    [InlineData("{0} *./dist/tool-1.tgz\r\n1111111111111111111111111111111111111111111111111111111111111111  other\n", null)]
    [InlineData("SHA256 (tool-1.tgz) = {0}\n", null)]
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

    private Inputs.Archives.ArchiveRequest Signed() =>
        _folder.Request("tool-{version}.tgz", "1") with { SignatureUrl = Url("tool-{version}.tgz.sig"), KeyFiles = [KeyFile] };

    private string Url(string name) => _folder.Server.Address.AbsoluteUri + name;
}
