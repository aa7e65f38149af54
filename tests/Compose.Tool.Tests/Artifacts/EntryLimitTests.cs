using Compose.Tool.Tests.Pack;

namespace Compose.Tool.Tests.Artifacts;

/// <summary>How many entries the commands read of an image is limited, and up to whoever runs them.</summary>
public sealed class EntryLimitTests : IDisposable
{
    private readonly PackFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, "inspect", "ext.raw")]
    [InlineData(1, "inspect", "tree.raw")]
    [InlineData(1, "extract", "tree.raw", "out")]
    [InlineData(1, "verify", "tree.raw")]
    [InlineData(2, "diff", "tree.raw", "tree.raw")]
    public void An_image_with_more_entries_is_refused_until_the_limit_is_raised(int refused, string command, params string[] paths)
    {
        // With its root it has five.
        _folder.Shell("mkdir -p tree/usr/lib; echo > tree/usr/lib/a; echo > tree/usr/lib/b; mksquashfs tree tree.raw -quiet -no-progress > log");
        _folder.MakeDiscoverableImage();
        string[] arguments = [command, .. paths.Select(path => _folder[path])];

        var result = ComposeCommand.Run([.. arguments, "--max-entries", "4"]);

        Assert.Equal(refused, result.ExitCode);
        Assert.Contains("error COMPOSE4029: ", result.Error, StringComparison.Ordinal);
        Assert.Contains("more than 4 entries, which is the limit MaximumEntries that --max-entries sets", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out"]));
        Assert.DoesNotContain("COMPOSE4029", ComposeCommand.Run([.. arguments, "--max-entries", "100"]).Error, StringComparison.Ordinal);
        Assert.Equal(command == "extract", File.Exists(_folder["out/usr/lib/b"]));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("many")]
    [InlineData("99999999999")]
    public void What_is_no_number_of_entries_is_a_mistake_of_the_command_line(string count)
    {
        var result = ComposeCommand.Run("inspect", _folder.Path, "--max-entries", count);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"'{count}' is not a number of entries", result.Error, StringComparison.Ordinal);
    }
}
