using System.Text.Json;
using Compose.Tool.Tests.Pack;

namespace Compose.Tool.Tests.Artifacts;

public sealed class DiffTests : IDisposable
{
    private readonly PackFolder _folder = new();

    public DiffTests() => _folder.Shell("""
        mkdir -p old/usr/bin old/usr/lib; seq 1000 > old/usr/bin/numbers; echo moved > old/usr/bin/before; echo a > old/usr/lib/a; ln -s a old/usr/lib/link
        cp -a old new; mv new/usr/bin/before new/usr/bin/after; echo b > new/usr/lib/a; ln -sfn b new/usr/lib/link; chmod 700 new/usr/bin/numbers; echo '|<x>' > 'new/usr/lib/a|b'
        mksquashfs old old.raw -quiet -no-progress > log; mksquashfs new new.raw -comp xz -quiet -no-progress > log
        """);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_same_files_are_the_same_however_they_are_packed()
    {
        _folder.Shell("mksquashfs old other.raw -comp gzip -b 4096 -quiet -no-progress > log");
        foreach (var other in new[] { "other.raw", "old", "old.raw" })
        {
            var result = ComposeCommand.Run("diff", _folder["old.raw"], _folder[other]);
            Assert.Equal((0, "", ""), (result.ExitCode, result.Output, result.Error));
        }
    }

    [Fact]
    public void Differences_are_told_in_each_format()
    {
        var text = ComposeCommand.Run("diff", _folder["old.raw"], _folder["new.raw"]);
        Assert.Equal(1, text.ExitCode);
        Assert.Contains("  > /usr/bin/after  from /usr/bin/before\n", text.Output, StringComparison.Ordinal);
        Assert.Contains("  ~ /usr/lib/a  content\n", text.Output, StringComparison.Ordinal);
        Assert.Contains("  ~ /usr/lib/link  a → b\n", text.Output, StringComparison.Ordinal);
        Assert.Contains("  ~ /usr/bin/numbers  mode 0644 → 0700\n", text.Output, StringComparison.Ordinal);
        Assert.Contains("  + /usr/lib/a|b  5 B\n", text.Output, StringComparison.Ordinal);

        var json = ComposeCommand.Run("diff", _folder["old.raw"], _folder["new.raw"], "--format", "json");
        Assert.Equal(1, json.ExitCode);
        var root = JsonDocument.Parse(json.Output).RootElement;
        Assert.False(root.GetProperty("isSame").GetBoolean());
        Assert.Equal(
            ["moved /usr/bin/after", "changed /usr/bin/numbers", "changed /usr/lib/a", "added /usr/lib/a|b", "changed /usr/lib/link"],
            root.GetProperty("files").EnumerateArray().Select(file => $"{file.GetProperty("change")} {file.GetProperty("path")}"));

        var markdown = ComposeCommand.Run("diff", _folder["old.raw"], _folder["new.raw"], "--format", "markdown");
        Assert.Equal(1, markdown.ExitCode);
        Assert.Contains("| added | `/usr/lib/a\\|b` | 5 B |\n", markdown.Output, StringComparison.Ordinal);
        Assert.Contains("## Files\n\n|  | file |  |\n|---|---|---|\n", markdown.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing.raw", "COMPOSE9110")]
    [InlineData("log", "COMPOSE3020")]
    public void What_cannot_be_read_ends_with_2(string name, string code)
    {
        var result = ComposeCommand.Run("diff", _folder["old.raw"], _folder[name]);
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"error {code}: ", result.Error, StringComparison.Ordinal);
        Assert.Equal(2, ComposeCommand.Run("diff", _folder["old.raw"], _folder["new.raw"], "--format", "none").ExitCode);
    }
}
