using System.Diagnostics;

namespace Compose.Tool.Tests;

/// <summary>The command as a person runs it: a process with arguments, output and an exit code.</summary>
internal static class ComposeCommand
{
    /// <summary>The program that <c>dotnet exec</c> runs.</summary>
    public static string Assembly { get; } = Path.Combine(AppContext.BaseDirectory, "compose.dll");

    /// <summary>Runs the command.</summary>
    public static ExternalTool.Result Run(params string[] arguments) => Run(arguments, input: null);

    /// <summary>Runs the command with bytes on its standard input.</summary>
    public static ExternalTool.Result Run(string[] arguments, byte[]? input) =>
        ExternalTool.TryRun("dotnet", ["exec", Assembly, .. arguments], input);

    /// <summary>
    /// Starts the command for what happens while it runs. Its standard input stays open. It hears signals although what runs the
    /// tests may ignore them, as a shell's background does.
    /// </summary>
    public static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("env", ["--default-signal=INT,TERM,HUP", ExternalTool.Find("dotnet"), "exec", Assembly, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }
}
