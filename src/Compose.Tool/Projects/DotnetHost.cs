using System.Diagnostics;

namespace Compose.Tool.Projects;

/// <summary>Runs the dotnet command: the one that this program runs under, else that of the path.</summary>
internal static class DotnetHost
{
    private static string Program =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath!
        : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host
        : "dotnet";

    /// <summary>Starts it.</summary>
    /// <param name="directory">Where: the SDK is the one that a global.json there names.</param>
    /// <param name="redirect">Whether its output is read by the caller.</param>
    /// <param name="arguments">Its arguments.</param>
    public static Process Start(string directory, bool redirect, params IEnumerable<string> arguments) =>
        Process.Start(new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = redirect, WorkingDirectory = directory })!;

    /// <summary>Runs it and passes what it says on to the error stream.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RelayAsync(string directory, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Start(directory, redirect: true, arguments);
        try
        {
            while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
            {
                if (line.Length > 0)
                {
                    await Console.Error.WriteLineAsync(line);
                }
            }

            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Runs it and gives what it says; null when it fails.</summary>
    public static async Task<string?> ReadAsync(string directory, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Start(directory, redirect: true, arguments);
        var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return process.ExitCode == 0 ? output : null;
    }
}
