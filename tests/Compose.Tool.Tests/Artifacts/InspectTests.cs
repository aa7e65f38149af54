using System.Text.Json;
using Compose.Tool.Tests.Pack;

namespace Compose.Tool.Tests.Artifacts;

public sealed class InspectTests : IDisposable
{
    private readonly PackFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_squashfs_image_is_as_unsquashfs_shows_it()
    {
        _folder.MakeTree();
        _folder.Pack("tree", "--compression", "zstd", "--level", "7", "--block-size", "64K");
        var squashFs = Inspect(_folder.Image).GetProperty("parts")[0].GetProperty("squashFs");
        var expected = ExternalTool.Run("unsquashfs", "-s", _folder.Image);
        Assert.Equal("zstd", squashFs.GetProperty("compression").GetString());
        Assert.Equal(7, squashFs.GetProperty("settings").GetProperty("level").GetInt32());
        Assert.Contains($"Block size {squashFs.GetProperty("blockSize")}", expected, StringComparison.Ordinal);
        Assert.Contains($"Number of inodes {squashFs.GetProperty("inodes")}", expected, StringComparison.Ordinal);
        Assert.Contains($"Number of fragments {squashFs.GetProperty("fragments")}", expected, StringComparison.Ordinal);
        Assert.Contains($"Filesystem size {squashFs.GetProperty("bytes")} bytes", expected, StringComparison.Ordinal);

        var tree = Inspect(_folder.Image).GetProperty("parts")[0].GetProperty("tree");
        Assert.Equal(Count("f"), tree.GetProperty("files").GetInt32());
        Assert.Equal(Count("d"), tree.GetProperty("directories").GetInt32());
        Assert.Equal(Count("l"), tree.GetProperty("symlinks").GetInt32());
        Assert.Contains(tree.GetProperty("privileged").EnumerateArray(), file => file.GetProperty("path").GetString() == "/bin/tool");
    }

    [Fact]
    public void A_discoverable_image_is_as_sfdisk_shows_it()
    {
        _folder.Shell("mkdir -p tree/usr/lib/systemd/system/multi-user.target.d; echo > tree/usr/lib/systemd/system/a.service; printf '[Unit]\nUpholds=a.service\n' > tree/usr/lib/systemd/system/multi-user.target.d/a.conf");
        _folder.MakeDiscoverableImage();
        var facts = Inspect(_folder["ext.raw"]);
        var expected = JsonDocument.Parse(ExternalTool.Run("sfdisk", "--json", _folder["ext.raw"])).RootElement.GetProperty("partitiontable");
        Assert.Equal(expected.GetProperty("id").GetGuid(), facts.GetProperty("disk").GetProperty("id").GetGuid());
        Assert.Equal(
            expected.GetProperty("partitions").EnumerateArray().Select(partition => (partition.GetProperty("uuid").GetGuid(), partition.GetProperty("name").GetString(), partition.GetProperty("size").GetInt64() * 512)),
            facts.GetProperty("parts").EnumerateArray().Select(part => part.GetProperty("partition")).Select(partition => (partition.GetProperty("id").GetGuid(), partition.GetProperty("label").GetString(), partition.GetProperty("size").GetInt64())));
        Assert.Equal(["squashfs", "verity", "verity-signature"], facts.GetProperty("parts").EnumerateArray().Select(part => part.GetProperty("content").GetString()));
        Assert.Equal("CN=ours", facts.GetProperty("parts")[2].GetProperty("signature").GetProperty("signers")[0].GetString());

        var text = ComposeCommand.Run("inspect", _folder["ext.raw"]);
        Assert.Equal(0, text.ExitCode);
        Assert.Empty(text.Error);
        Assert.Contains("root-x86-64-verity-sig", text.Output, StringComparison.Ordinal);
        Assert.Contains("sysext ext", text.Output, StringComparison.Ordinal);
        Assert.Contains("upheld by multi-user.target", text.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", text.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_cut_off_on_a_narrow_terminal()
    {
        _folder.MakeDiscoverableImage();
        var command = $"stty cols 40; dotnet exec '{ComposeCommand.Assembly}' inspect '{_folder["ext.raw"]}'";
        var shown = ExternalTool.Run("script", "-qec", command, "/dev/null");
        var id = Inspect(_folder["ext.raw"]).GetProperty("parts")[0].GetProperty("partition").GetProperty("id").GetString()!;
        Assert.Contains("root-x86-64  ", shown, StringComparison.Ordinal);
        Assert.Contains(id, shown, StringComparison.Ordinal);
        Assert.Contains("\u001b[1m", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_that_would_change_a_terminal_are_made_visible()
    {
        _folder.Shell("mkdir tree; echo > tree/$'evil\\e[31m\\nname'; chmod 4755 tree/*");
        _folder.Pack("tree");
        var text = ComposeCommand.Run("inspect", _folder.Image).Output;
        Assert.Contains(@"evil\x1b[31m\x0aname", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_damaged_is_told_and_the_rest_is_shown()
    {
        _folder.MakeDiscoverableImage();
        _folder.Shell("printf 'xxxx' | dd of=ext.raw bs=1 seek=$((1048576 + 32)) conv=notrunc status=none");
        var result = ComposeCommand.Run("inspect", _folder["ext.raw"]);
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("error COMPOSE402", result.Error, StringComparison.Ordinal);
        Assert.Contains("sha256, salt", result.Output, StringComparison.Ordinal);
    }

    private static JsonElement Inspect(string image)
    {
        var result = ComposeCommand.Run("inspect", image, "--json");
        Assert.Empty(result.Error);
        return JsonDocument.Parse(result.EnsureSuccess()).RootElement;
    }

    private int Count(string type) => ExternalTool.Run("find", _folder["tree"], "-type", type, "-printf", "x").Length;
}
