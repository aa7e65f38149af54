using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace Compose.SquashFs.Tests.Oracles;

/// <summary>Runs programs that we did not write. A program that is missing fails the test.</summary>
internal static class Tool
{
    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it wrote to its standard output.</returns>
    public static byte[] Run(string program, params IEnumerable<string> arguments) => Pipe([], program, arguments);

    /// <summary>Runs a program that reads its standard input.</summary>
    /// <returns>What it wrote to its standard output.</returns>
    public static byte[] Pipe(byte[] input, string program, params IEnumerable<string> arguments)
    {
        var (exitCode, output, errors) = Execute(program, arguments, input);
        Assert.True(
            exitCode == 0,
            $"{program} {string.Join(' ', arguments)} ended with {exitCode}: {errors}{Encoding.Latin1.GetString(output.AsSpan(0, Math.Min(output.Length, 2000)))}");
        return output;
    }

    /// <summary>Runs a program that may fail.</summary>
    /// <returns>Whether it ended with 0.</returns>
    public static bool TryRun(string program, params IEnumerable<string> arguments) => Execute(program, arguments, []).ExitCode == 0;

    /// <summary>Runs a program whose output is text.</summary>
    public static string RunText(string program, params IEnumerable<string> arguments) =>
        Encoding.Latin1.GetString(Run(program, arguments));

    private static (int ExitCode, byte[] Output, string Errors) Execute(string program, IEnumerable<string> arguments, byte[] input)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["LC_ALL"] = "C", ["TZ"] = "UTC" },
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException(
                $"'{program}' cannot be run: {e.Message}. These tests need squashfs-tools, squashfs-tools-ng and tar; `dotnet cake --target=Test` installs them.", e);
        }

        using (process)
        {
            var errors = new StringBuilder();
            process.ErrorDataReceived += (_, line) => errors.AppendLine(line.Data);
            process.BeginErrorReadLine();
            var feeding = Feed(process, input);
            using var output = new MemoryStream();
            process.StandardOutput.BaseStream.CopyTo(output);
            feeding.Wait();
            process.WaitForExit();
            return (process.ExitCode, output.ToArray(), errors.ToString());
        }
    }

    private static async Task Feed(Process process, byte[] input)
    {
        try
        {
            await using var stream = process.StandardInput.BaseStream;
            await stream.WriteAsync(input);
        }
        catch (IOException)
        {
            // The program ended before it read everything; its exit code says why.
        }
    }
}
