namespace Compose.Tool.Tests;

/// <summary>The command as a person runs it: a process with arguments, output and an exit code.</summary>
public class CommandTests
{
    [Theory]
    [InlineData("--help", "boot")]
    [InlineData("boot --help", "--extension")]
    public void Help_names_what_there_is(string arguments, string expected)
    {
        var result = Compose(arguments.Split(' '));
        Assert.Equal(0, result.ExitCode);
        Assert.Contains(expected, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_version_is_told()
    {
        var result = Compose("--version");
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("1.0.0", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("boot", "--no-such-option")]
    [InlineData("no-such-command")]
    public void Wrong_arguments_are_an_error(params string[] arguments) =>
        Assert.NotEqual(0, Compose(arguments).ExitCode);

    [Fact]
    public void A_missing_image_is_a_diagnostic_with_a_code()
    {
        var result = Compose("boot", "--image", "/no/such/image.raw");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("error COMPOSE5003: '/no/such/image.raw' does not exist.", result.Error, StringComparison.Ordinal);
    }

    private static ExternalTool.Result Compose(params string[] arguments) =>
        ExternalTool.TryRun("dotnet", ["exec", Path.Combine(AppContext.BaseDirectory, "compose.dll"), .. arguments]);
}
