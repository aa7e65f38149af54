using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Compose.Images.Checks.Units;

/// <summary>Runs systemd-analyze of the build host. It reads units and runs nothing of them.</summary>
internal sealed partial class SystemdAnalyze
{
    private const string Name = "systemd-analyze";
    private const int MaximumOutput = 1024 * 1024;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Variables of systemd's programs that would change what is read or how it is shown.</summary>
    private static readonly (string Name, string? Value)[] Variables =
    [
        ("LC_ALL", "C.UTF-8"), ("SYSTEMD_LOG_TARGET", "console"), ("SYSTEMD_LOG_COLOR", "0"), ("SYSTEMD_LOG_LEVEL", "info"),
        ("SYSTEMD_LOG_LOCATION", "0"), ("SYSTEMD_LOG_TIME", "0"), ("SYSTEMD_LOG_TID", "0"), ("SYSTEMD_COLORS", "0"), ("SYSTEMD_UNIT_PATH", null),
    ];

    private readonly string _program;
    private readonly CancellationToken _cancellationToken;

    private SystemdAnalyze(string program, CancellationToken cancellationToken) => (_program, _cancellationToken) = (program, cancellationToken);

    /// <summary>Looks for the program.</summary>
    /// <param name="searchPath">Absolute folders, separated by colons.</param>
    /// <param name="cancellationToken">Ends it when it runs.</param>
    /// <returns>Null when it is not there, or the build host has no systemd.</returns>
    public static SystemdAnalyze? Find(string searchPath, CancellationToken cancellationToken) =>
        OperatingSystem.IsLinux()
        && searchPath.Split(':').Where(Path.IsPathFullyQualified).Select(folder => Path.Combine(folder, Name)).FirstOrDefault(File.Exists) is { } program
            ? new(program, cancellationToken)
            : null;

    /// <summary>Why it did not run; null when it did.</summary>
    public string? Failure { get; private set; }

    /// <summary>What <c>systemd-analyze verify</c> says of units, line by line.</summary>
    /// <param name="root">The folder that is the root.</param>
    /// <param name="units">The units' names.</param>
    public IReadOnlyList<string> Verify(string root, IReadOnlyList<string> units)
    {
        // Errors of units that are pulled in are asked for: what a unit requires and is not there is one of these.
        var (exitCode, lines) = Run(["verify", $"--root={root}", "--man=no", "--recursive-errors=yes", "--", .. units]);
        if (exitCode != 0 && lines.Any(line => line.Contains("option", StringComparison.Ordinal) && line.Contains("recursive-errors", StringComparison.Ordinal)))
        {
            Failure = "it is older than 250";
            return [];
        }

        return lines;
    }

    /// <summary>The first number of its version; 0 when it does not tell.</summary>
    public int Version() =>
        Run(["--version"]).Lines is [var first, ..] && VersionNumber().Match(first) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan) : 0;

    [GeneratedRegex(@"^systemd (\d{1,6})\b", RegexOptions.CultureInvariant)]
    private static partial Regex VersionNumber();

    private (int ExitCode, IReadOnlyList<string> Lines) Run(string[] arguments)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        var start = new ProcessStartInfo(_program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in Variables)
        {
            start.Environment[name] = value;
        }

        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            Failure = $"it cannot be started ({e.Message})";
            return (-1, []);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_cancellationToken);
        limit.CancelAfter(Limit);
        using (process)
        {
            try
            {
                process.StandardInput.Close();
                var output = ReadAsync(process.StandardOutput, limit.Token);
                var errors = ReadAsync(process.StandardError, limit.Token);
                var lines = output.GetAwaiter().GetResult().Concat(errors.GetAwaiter().GetResult()).ToArray();
                process.WaitForExitAsync(limit.Token).GetAwaiter().GetResult();
                return (process.ExitCode, lines);
            }
            catch (OperationCanceledException) when (!_cancellationToken.IsCancellationRequested)
            {
                Failure = $"it did not end within {Limit.TotalSeconds} seconds";
                return (-1, []);
            }
            finally
            {
                if (!process.HasExited)
                {
                    process.Kill(entireProcessTree: true);
                }
            }
        }
    }

    /// <summary>Reads all lines; what is beyond the limit is read and dropped.</summary>
    private static async Task<List<string>> ReadAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        var size = 0;
        while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            size += line.Length;
            if (size <= MaximumOutput)
            {
                lines.Add(line);
            }
        }

        return lines;
    }
}
