namespace Compose.Tool.Tests;

/// <summary>The command as a person runs it: a process with arguments, output and an exit code.</summary>
public class CommandTests
{
    [Theory]
    [InlineData("--help", "boot")]
    [InlineData("--help", "pack")]
    [InlineData("pack --help", "--exclude <glob>")]
    [InlineData("pack --help", "zstd 1 to 22")]
    [InlineData("pack --help", "Exit codes:")]
    [InlineData("boot --help", "--extension")]
    [InlineData("inspect --help", "Exit codes:")]
    [InlineData("extract --help", "--same-owner")]
    [InlineData("verify --help", "--root-hash <hex>")]
    [InlineData("diff --help", "json|markdown|text")]
    [InlineData("inspect --help", "--max-entries <count>")]
    [InlineData("extract --help", "--max-entries <count>")]
    [InlineData("verify --help", "--max-entries <count>")]
    [InlineData("diff --help", "--max-entries <count>")]
    public void Help_names_what_there_is(string arguments, string expected)
    {
        var result = ComposeCommand.Run(arguments.Split(' '));
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(expected, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_version_is_told()
    {
        var result = ComposeCommand.Run("--version");
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("1.0.0", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("boot", "--no-such-option")]
    [InlineData("no-such-command")]
    [InlineData("pack")]
    [InlineData("pack", "/")]
    [InlineData("inspect")]
    [InlineData("extract", "/")]
    [InlineData("diff", "/")]
    [InlineData("pack", "/", "-o", "/tmp/none.raw", "--level", "77")]
    public void Wrong_arguments_end_with_2(params string[] arguments) =>
        Assert.Equal(2, ComposeCommand.Run(arguments).ExitCode);

    [Fact]
    public void A_missing_image_is_a_diagnostic_with_a_code()
    {
        var result = ComposeCommand.Run("boot", "--image", "/no/such/image.raw");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("error COMPOSE5003: '/no/such/image.raw' does not exist.", result.Error, StringComparison.Ordinal);
    }
}
