using System.Diagnostics;
using Compose.Tool.Tests.Pack;

namespace Compose.Tool.Tests.Artifacts;

public sealed class ExtractTests : IDisposable
{
    private const string Listing = @"%P %y %m %U:%G %n %s %T@ %l\n";

    private readonly PackFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("zstd")]
    [InlineData("xz")]
    public void Files_are_those_that_unsquashfs_writes(string compression)
    {
        _folder.MakeTree();
        _folder.Pack("tree", "--compression", compression);
        string[] owners = Environment.IsPrivilegedProcess ? ["--same-owner"] : [];
        var result = ComposeCommand.Run(["extract", _folder.Image, _folder["ours"], .. owners]);
        result.EnsureSuccess();
        Assert.Empty(result.Output);
        _folder.Shell("unsquashfs -q -n -d theirs image.raw > unsquashfs.log");
        AssertSame("ours", "theirs");
        if (Environment.IsPrivilegedProcess)
        {
            Assert.Empty(result.Error);
            Assert.Equal(
                ExternalTool.TryRun("getcap", ["-r", "."], null, _folder["theirs"]).EnsureSuccess(),
                ExternalTool.TryRun("getcap", ["-r", "."], null, _folder["ours"]).EnsureSuccess());
        }
    }

    [Fact]
    public void Without_same_owner_all_is_the_callers_and_what_is_left_out_is_told()
    {
        _folder.MakeTree();
        _folder.Pack("tree");
        var result = ComposeCommand.Run("extract", _folder.Image, _folder["ours"]);
        result.EnsureSuccess();
        Assert.StartsWith("warning COMPOSE9112: ", result.Error, StringComparison.Ordinal);
        Assert.Contains("the set-ID bits of 1 file", result.Error, StringComparison.Ordinal);
        Assert.Equal("755", ExternalTool.Run("stat", "-c", "%a", _folder["ours/bin/tool"]).Trim());
        Assert.Equal(ExternalTool.Run("id", "-u"), ExternalTool.Run("stat", "-c", "%u", _folder["ours/share/numbers"]));
    }

    [Fact]
    public void Partitions_are_chosen_by_number_label_or_type()
    {
        _folder.MakeTree();
        _folder.MakeDiscoverableImage();
        foreach (var name in new[] { "1", "ext", "root", "root-x86-64" })
        {
            ComposeCommand.Run("extract", _folder["ext.raw"], _folder[$"by-{name}"], "--partition", name).EnsureSuccess();
            Assert.True(File.Exists(_folder[$"by-{name}/share/numbers"]));
        }

        ComposeCommand.Run("extract", _folder["ext.raw"], _folder["only"]).EnsureSuccess();
        _folder.Shell("diff -r --no-dereference -x pipe only by-1");
        var wrong = ComposeCommand.Run("extract", _folder["ext.raw"], _folder["none"], "--partition", "7");
        Assert.Equal(1, wrong.ExitCode);
        Assert.Contains("error COMPOSE9113: ", wrong.Error, StringComparison.Ordinal);
        Assert.Contains("There are: 1 ext (root-x86-64)", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_what_matches_is_extracted()
    {
        _folder.MakeTree();
        _folder.Pack("tree");
        ComposeCommand.Run("extract", _folder.Image, _folder["some"], "--path", "etc/1*", "--path", "**/soft").EnsureSuccess();
        Assert.Equal(
            "./bin/soft ./etc/1 ./etc/10 ./etc/11 ./etc/12 ./etc/13 ./etc/14 ./etc/15 ./etc/16 ./etc/17 ./etc/18 ./etc/19",
            ExternalTool.TryRun("bash", ["-c", "find . ! -type d | LC_ALL=C sort | paste -sd' '"], null, _folder["some"]).Output.Trim());
        var none = ComposeCommand.Run("extract", _folder.Image, _folder["none"], "--path", "nothing");
        Assert.Equal(1, none.ExitCode);
        Assert.Contains("error COMPOSE9113: ", none.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["none"]));
    }

    [Fact]
    public void Links_of_the_image_lead_nowhere_while_it_is_extracted()
    {
        _folder.Shell("mkdir -p outside tree ours; echo safe > outside/file; ln -s ../outside tree/link; ln -s \"$PWD/outside/file\" tree/file");
        _folder.Pack("tree");
        ComposeCommand.Run("extract", _folder.Image, _folder["ours"]).EnsureSuccess();
        Assert.Equal("../outside", new FileInfo(_folder["ours/link"]).LinkTarget);
        Assert.Equal("safe\n", File.ReadAllText(_folder["outside/file"]));

        // An image in which a directory's name is a link's is made by changing a name's byte: 'linl' becomes 'link'.
        _folder.Shell("rm -rf tree; mkdir -p tree/linl; ln -s ../outside tree/link; echo evil > tree/linl/file");
        _folder.Pack("tree", "--compression", "none");
        var bytes = File.ReadAllBytes(_folder.Image);
        var place = bytes.AsSpan().LastIndexOf("linl"u8);
        bytes[place + 3] = (byte)'k';
        File.WriteAllBytes(_folder.Image, bytes);
        var result = ComposeCommand.Run("extract", _folder.Image, _folder["escaped"]);
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("error COMPOSE4027: ", result.Error, StringComparison.Ordinal);
        Assert.Equal("safe\n", File.ReadAllText(_folder["outside/file"]));
        Assert.False(Directory.Exists(_folder["escaped"]));
    }

    [Theory]
    [InlineData("mkdir out; touch out/file", "COMPOSE4911")]
    [InlineData("touch out", "COMPOSE4911")]
    [InlineData("mkdir real; ln -s real out", "COMPOSE4911")]
    public void What_stands_there_stays_unless_force_is_given(string prepare, string code)
    {
        _folder.Shell("mkdir tree; echo x > tree/new");
        _folder.Pack("tree");
        _folder.Shell(prepare);
        var before = Entries();
        var result = ComposeCommand.Run("extract", _folder.Image, _folder["out"]);
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith($"error {code}: ", result.Error, StringComparison.Ordinal);
        Assert.Equal(before, Entries());
        if (prepare.StartsWith("mkdir out", StringComparison.Ordinal))
        {
            ComposeCommand.Run("extract", _folder.Image, _folder["out"], "--force").EnsureSuccess();
            Assert.Equal(["new"], Directory.GetFileSystemEntries(_folder["out"]).Select(Path.GetFileName));
        }
    }

    [Fact]
    public void A_folder_that_holds_the_image_is_not_replaced()
    {
        _folder.Shell("mkdir tree; echo x > tree/new");
        _folder.Pack("tree");
        var result = ComposeCommand.Run("extract", _folder.Image, _folder.Path, "--force");
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("error COMPOSE9111: ", result.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder.Image));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void Of_an_image_that_is_damaged_nothing_is_left(double part)
    {
        _folder.MakeTree();
        _folder.Pack("tree");
        var bytes = File.ReadAllBytes(_folder.Image);
        bytes.AsSpan((int)(bytes.Length * part), 60).Fill(0xA5);
        File.WriteAllBytes(_folder.Image, bytes);
        var before = Entries();
        var result = ComposeCommand.Run("extract", _folder.Image, _folder["out"]);
        if (result.ExitCode == 0)
        {
            // A block that is stored as it is has no sum.
            return;
        }

        Assert.StartsWith("error COMPOSE40", result.Error, StringComparison.Ordinal);
        Assert.Equal(before, Entries());
    }

    [Fact]
    public void A_signal_ends_extracting_and_leaves_nothing()
    {
        _folder.Shell("mkdir tree; for i in 1 2 3; do seq $i 9000000 > tree/$i; done");
        _folder.Pack("tree", "--compression", "xz", "--level", "0", "--no-duplicates");
        using var process = ComposeCommand.Start("extract", _folder.Image, _folder["out"]);
        var start = Stopwatch.GetTimestamp();
        while (!Directory.GetFileSystemEntries(_folder.Path).Any(name => name.EndsWith(".partial", StringComparison.Ordinal)))
        {
            Assert.False(process.HasExited, "The command ended too early.");
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60), "The command did not begin to work.");
            Thread.Sleep(5);
        }

        ExternalTool.Run("kill", "-INT", $"{process.Id}");
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)), "The command did not end.");
        Assert.Equal(130, process.ExitCode);
        Assert.Equal(["image.raw", "tree"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order());
    }

    private string[] Entries() => [.. Directory.GetFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    private void AssertSame(string left, string right)
    {
        _folder.Shell($"diff -r --no-dereference -x pipe -x null {left} {right}");
        foreach (var name in new[] { left, right })
        {
            _folder.Shell($"cd {name}; find . ! -type d -printf '{Listing}' | LC_ALL=C sort > ../{name}.files; find . -type d -printf '%P %m %U:%G %T@\n' | LC_ALL=C sort > ../{name}.folders");
        }

        _folder.Shell($"diff {left}.files {right}.files; diff {left}.folders {right}.folders");
    }
}
