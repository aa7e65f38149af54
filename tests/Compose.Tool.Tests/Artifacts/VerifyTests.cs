using System.Text.Json;
using Compose.Tool.Tests.Pack;

namespace Compose.Tool.Tests.Artifacts;

public sealed class VerifyTests : IDisposable
{
    private readonly PackFolder _folder = new();

    public VerifyTests()
    {
        _folder.Shell("mkdir -p tree/usr; seq 300000 > tree/usr/numbers");
        _folder.MakeDiscoverableImage();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_systemd_repart_made_is_whole()
    {
        var result = ComposeCommand.Run("verify", _folder["ext.raw"], "--certificate", _folder["ours.pem"], "--root-hash", RootHash(), "--json");
        Assert.Empty(result.Error);
        var json = JsonDocument.Parse(result.EnsureSuccess()).RootElement;
        Assert.True(json.GetProperty("isWhole").GetBoolean());
        Assert.Equal(
            ["partition-table passed", "squashfs passed", "extension-release passed", "signature passed", "verity passed"],
            json.GetProperty("checks").EnumerateArray().Select(check => $"{check.GetProperty("check")} {check.GetProperty("result")}"));
        Assert.Equal(0, json.GetProperty("problems").GetArrayLength());
        Assert.EndsWith("is whole.\n", ComposeCommand.Run("verify", _folder["ext.raw"]).EnsureSuccess(), StringComparison.Ordinal);
        Assert.Empty(ComposeCommand.Run("verify", _folder["ext.raw"], "-q").EnsureSuccess());
    }

    [Theory]
    [InlineData("printf x | dd of=ext.raw bs=1 seek=520 conv=notrunc status=none", "COMPOSE4111")]
    [InlineData("printf xxxx | dd of=ext.raw bs=1 seek=$((1048576 + 20000)) conv=notrunc status=none", "COMPOSE4702")]
    [InlineData("printf xxxx | dd of=ext.raw bs=1 seek=$((1048576 + 20000)) conv=notrunc status=none", "COMPOSE4025")]
    [InlineData("printf '\\377' | dd of=ext.raw bs=1 seek=$((11534336 + 4096)) conv=notrunc status=none", "COMPOSE4702")]
    [InlineData("sgdisk --partition-guid=1:R ext.raw", "COMPOSE3022")]
    [InlineData("sgdisk --delete=2 ext.raw", "COMPOSE3021")]
    [InlineData("truncate -s 12M ext.raw", "COMPOSE4111")]
    [InlineData("printf yyyy | dd of=ext.raw bs=1 seek=$((12582912 + 2)) conv=notrunc status=none", "COMPOSE4710")]
    public void Each_damage_is_a_problem_with_a_code(string damage, string code)
    {
        _folder.Shell(damage);
        var result = ComposeCommand.Run("verify", _folder["ext.raw"]);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"error {code}: ", result.Error, StringComparison.Ordinal);
        Assert.Contains("failed", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_certificate_or_root_hash_is_a_problem()
    {
        var wrongHash = RootHash().Replace('0', '1').Replace('a', 'b');
        Assert.Contains("error COMPOSE4711: ", Failure("--certificate", _folder["theirs.pem"]), StringComparison.Ordinal);
        Assert.Contains("error COMPOSE3022: ", Failure("--root-hash", wrongHash), StringComparison.Ordinal);
        Assert.Contains("error COMPOSE4702: ", Failure("--root-hash", wrongHash), StringComparison.Ordinal);
        Assert.Contains("error COMPOSE9114: ", Failure("--certificate", _folder["ours.key"]), StringComparison.Ordinal);
        Assert.Contains("error COMPOSE9114: ", Failure("--certificate", _folder["missing"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_that_sgdisk_and_veritysetup_made_is_verified_by_a_given_root_hash()
    {
        _folder.Shell("""
            mksquashfs tree data -quiet -no-progress > /dev/null
            veritysetup format data hashes > veritysetup.log
            truncate -s 8M made.raw
            sgdisk -n 1:2048:+4M -t 1:4f68bce3-e8cd-4db1-96e7-fbcaf984b709 -n 2:12288:+1M -t 2:2c7357ed-ebd2-46d9-aec1-23d437ec2bf5 made.raw > sgdisk.log
            hash=$(sed -n 's/^Root hash:[[:space:]]*//p' veritysetup.log); echo -n $hash > hash
            id() { echo ${1:0:8}-${1:8:4}-${1:12:4}-${1:16:4}-${1:20:12}; }
            sgdisk -u 1:$(id ${hash:0:32}) -u 2:$(id ${hash:32:32}) made.raw >> sgdisk.log
            dd if=data of=made.raw bs=512 seek=2048 conv=notrunc status=none; dd if=hashes of=made.raw bs=512 seek=12288 conv=notrunc status=none
            mv made.raw ext.raw
            """);
        ComposeCommand.Run("verify", _folder["ext.raw"], "--root-hash", File.ReadAllText(_folder["hash"])).EnsureSuccess();
        ComposeCommand.Run("verify", _folder["ext.raw"]).EnsureSuccess();
    }

    [Fact]
    public void An_extension_is_compared_with_the_os_release_of_a_host()
    {
        _folder.Shell("""
            mkdir -p tools/usr/lib/extension-release.d; printf 'ID=os\nSYSEXT_LEVEL=1\n' > tools/usr/lib/extension-release.d/extension-release.tools
            printf 'NAME="One"\nID=os\nSYSEXT_LEVEL=1\n' > one; printf 'ID=os\nSYSEXT_LEVEL=2\n' > two; echo > none
            """);
        Assert.Contains("merge (os, systemd 252)", ComposeCommand.Run("verify", _folder["tools"], "--os-release", _folder["one"], "--systemd", "252").EnsureSuccess(), StringComparison.Ordinal);
        var refused = ComposeCommand.Run("verify", _folder["tools"], "--os-release", _folder["two"]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("error COMPOSE3005: The extension 'tools' would not be merged by the host: its SYSEXT_LEVEL is '1', the base's '2'", refused.Error, StringComparison.Ordinal);
        foreach (var file in (string[])["none", "missing"])
        {
            Assert.Contains("error COMPOSE9105: ", ComposeCommand.Run("verify", _folder["tools"], "--os-release", _folder[file]).Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void All_problems_are_in_the_JSON()
    {
        _folder.Shell("for place in 20000 60000; do printf xxxx | dd of=ext.raw bs=1 seek=$((1048576 + place)) conv=notrunc status=none; done; cp ext.raw other.raw");
        var result = ComposeCommand.Run("verify", _folder["other.raw"], "--json");
        Assert.Equal(1, result.ExitCode);
        var json = JsonDocument.Parse(result.Output).RootElement;
        Assert.False(json.GetProperty("isWhole").GetBoolean());
        var codes = json.GetProperty("problems").EnumerateArray().Select(problem => problem.GetProperty("code").GetString()).ToArray();
        Assert.Equal(2, codes.Count(code => code == "COMPOSE4702"));
        Assert.Contains("COMPOSE2020", codes);
        Assert.Equal(codes.Length, result.Error.TrimEnd().Split('\n').Length);
    }

    [Theory]
    [InlineData("--root-hash", "00")]
    [InlineData("--root-hash", "zz")]
    [InlineData("--systemd", "252")]
    [InlineData("--os-release", "one", "--systemd", "new")]
    public void A_wrong_command_line_ends_with_2(params string[] options) =>
        Assert.Equal(2, ComposeCommand.Run(["verify", _folder["ext.raw"], .. options]).ExitCode);

    private string Failure(params string[] options)
    {
        var result = ComposeCommand.Run(["verify", _folder["ext.raw"], .. options]);
        Assert.Equal(1, result.ExitCode);
        return result.Error;
    }

    /// <summary>The UUIDs of the two partitions.</summary>
    private string RootHash() => string.Concat(
        JsonDocument.Parse(ExternalTool.Run("sfdisk", "--json", _folder["ext.raw"])).RootElement.GetProperty("partitiontable").GetProperty("partitions").EnumerateArray()
            .Take(2).Select(partition => partition.GetProperty("uuid").GetString()!.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant()));
}
