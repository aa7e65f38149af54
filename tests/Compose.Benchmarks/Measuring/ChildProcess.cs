using System.Diagnostics;

namespace Compose.Benchmarks.Measuring;

/// <summary>Runs programs to their end. Cancelling ends them and what they started.</summary>
internal static class ChildProcess
{
    /// <summary>Runs a program that must succeed.</summary>
    /// <returns>What it wrote to its output and, behind that, to its error stream; and its wall time in seconds.</returns>
    /// <exception cref="BenchmarkException">It is missing, or it failed.</exception>
    public static async Task<(string Text, double Seconds)> RunAsync(
        Invocation command, string? workingDirectory, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command.Program, command.Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? string.Empty,
            Environment = { ["LC_ALL"] = "C.UTF-8" },
        };
        foreach (var (name, value) in command.Environment)
        {
            start.Environment[name] = value;
        }

        var clock = Stopwatch.StartNew();
        using var process = Start(start);
        try
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            var seconds = clock.Elapsed.TotalSeconds;
            var text = await output.ConfigureAwait(false) + await error.ConfigureAwait(false);
            return process.ExitCode == 0
                ? (text, seconds)
                : throw new BenchmarkException($"'{command.Show()}' ended with {process.ExitCode}:\n{text}");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new BenchmarkException($"'{start.FileName}' cannot be started: {e.Message} 'dotnet cake --target=Benchmark' installs what is needed.", e);
        }
    }
}
