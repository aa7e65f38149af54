using System.Diagnostics;

namespace Compose.Tests;

/// <summary>Runs a tool that someone else wrote, as a judge of what we wrote. A tool that is absent fails the test.</summary>
internal static class ExternalTool
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    /// <summary>What a tool said.</summary>
    public sealed record Result(string Command, int ExitCode, string Output, string Error)
    {
        /// <summary>Fails the test when the tool failed.</summary>
        public string EnsureSuccess()
        {
            Assert.True(ExitCode == 0, $"'{Command}' ended with {ExitCode}:\n{Output}\n{Error}");
            return Output;
        }
    }

    /// <summary>Runs a tool that must succeed.</summary>
    public static string Run(string name, params string[] arguments) => TryRun(name, arguments).EnsureSuccess();

    /// <summary>Runs a tool that may fail.</summary>
    public static Result TryRun(string name, params string[] arguments) => TryRun(name, arguments, input: null);

    /// <inheritdoc cref="TryRun(string, string[])"/>
    public static Result TryRun(string name, string[] arguments, byte[]? input, string? workingDirectory = null)
    {
        var start = new ProcessStartInfo(Find(name), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? string.Empty,
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["TZ"] = "UTC";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            process.StandardInput.BaseStream.Write(input ?? []);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The tool ended before it read everything; its exit code says why.
        }

        if (!process.WaitForExit(Deadline))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"'{name}' did not end within {Deadline}.");
        }

        return new Result($"{name} {string.Join(' ', arguments)}", process.ExitCode, output.Result, error.Result);
    }

    /// <summary>The path of a file that a package installs, for instance a boot stub.</summary>
    public static string RequireFile(string path, string package)
    {
        Assert.True(File.Exists(path), $"The test needs '{path}'. Install the Debian package '{package}'.");
        return path;
    }

    /// <summary>The path of a tool.</summary>
    public static string Find(string name)
    {
        // Tools for the administrator are not in every user's path.
        string[] folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin", "/sbin", "/usr/local/sbin"];
        var path = folders.Where(folder => folder.Length > 0).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        Assert.True(path is not null, $"The tool '{name}' is not installed, and the test needs it. 'dotnet cake --target=Test' installs the test tools.");
        return path;
    }
}
