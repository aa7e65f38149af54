using System.Globalization;
using System.Runtime.CompilerServices;

namespace Compose.Tests.Hostile;

/// <summary>
/// Reads hostile inputs in a process of its own: its memory is limited and measured, and all around it is looked at before
/// and after. COMPOSE_HOSTILE_REPORT names a file that gets a line for each such process: the test's class, what was read,
/// how many inputs, and the most memory that the process had, in MiB.
/// </summary>
internal static class HostileProcess
{
    /// <summary>The most memory that the process may have, in KiB.</summary>
    private const long AllowedMemory = 512 * 1024;

    /// <summary>What the runtime may take of it for objects, in bytes: beyond that it fails.</summary>
    private const long AllowedHeap = 384L << 20;

    private const string ReportVariable = "COMPOSE_HOSTILE_REPORT";
    private const string InputVariable = "COMPOSE_TEST_HOSTILE_INPUT";
    private const string FolderVariable = "COMPOSE_TEST_HOSTILE_FOLDER";
    private const string ResultVariable = "COMPOSE_TEST_HOSTILE_RESULT";

    private static readonly Lock ReportLock = new();

    /// <summary>Runs one test alone. Of a theory only the row runs that the input's name is of.</summary>
    /// <param name="test">The test's class.</param>
    /// <param name="input">What is read.</param>
    /// <param name="read">Reads it, checks what comes of it, and says how many inputs there were. It runs in the other process.</param>
    /// <param name="method">The test.</param>
    public static void Run(Type test, string input, Func<int> read, [CallerMemberName] string method = "") =>
        Run(test, input, _ => { }, _ => read(), method);

    /// <inheritdoc cref="Run(Type, string, Func{int}, string)"/>
    /// <param name="test">The test's class.</param>
    /// <param name="input">What is read.</param>
    /// <param name="make">Makes the input in a folder, in this process: what that takes is not measured.</param>
    /// <param name="read">Reads what is in the folder.</param>
    /// <param name="method">The test.</param>
    public static void Run(Type test, string input, Action<string> make, Func<string, int> read, [CallerMemberName] string method = "")
    {
        if (Environment.GetEnvironmentVariable(InputVariable) is { } chosen)
        {
            Assert.SkipUnless(chosen == input, "Another input is read in this process.");
            var inputs = read(Environment.GetEnvironmentVariable(FolderVariable)!);
            File.WriteAllText(
                Environment.GetEnvironmentVariable(ResultVariable)!, string.Create(CultureInfo.InvariantCulture, $"{inputs} {PeakMemory()}"));
            return;
        }

        using var surroundings = new Surroundings();
        make(surroundings.Inputs);
        var before = surroundings.Describe();

        var run = ExternalTool.TryRun(
            "env",
            [
                $"{InputVariable}={input}", $"{FolderVariable}={surroundings.Inputs}", $"{ResultVariable}={surroundings.ResultFile}",
                $"HOME={surroundings.Home}", $"TMPDIR={surroundings.Temporary}", $"DOTNET_GCHeapHardLimit={AllowedHeap:x}",
                "DOTNET_EnableDiagnostics=0", "TESTINGPLATFORM_TELEMETRY_OPTOUT=1",
                "dotnet", "exec", test.Assembly.Location, "--filter-method", $"{test.FullName}.{method}",
            ],
            input: null,
            surroundings.WorkingDirectory);

        var output = run.EnsureSuccess();
        Assert.Contains("failed: 0", output, StringComparison.Ordinal);
        Assert.Contains("succeeded: 1", output, StringComparison.Ordinal);
        Assert.Equal(before, surroundings.Describe());
        var result = File.ReadAllText(surroundings.ResultFile).Split(' ').Select(number => long.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        Report($"{test.Name}\t{input}\t{result[0]}\t{result[1] / 1024}");
        Assert.InRange(result[1], 1, AllowedMemory);
    }

    /// <summary>The most memory that this process had so far, in KiB.</summary>
    private static long PeakMemory()
    {
        var line = File.ReadLines("/proc/self/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    private static void Report(string line)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        if (Environment.GetEnvironmentVariable(ReportVariable) is { Length: > 0 } path)
        {
            lock (ReportLock)
            {
                File.AppendAllText(path, line + "\n");
            }
        }
    }
}
