using System.Diagnostics;

namespace Compose.Packages.Tests.Support;

/// <summary>Runs an independent tool. A tool that is absent or fails makes the test fail.</summary>
internal static class Tool
{
    public static string Run(string program, params string[] arguments) => Run(program, arguments, input: null);

    public static string Run(string program, string[] arguments, string? input, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["LC_ALL"] = "C.UTF-8", ["TZ"] = "UTC", ["SOURCE_DATE_EPOCH"] = "1700000000" },
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException($"This test needs the program '{program}', which is not installed.", e);
        }

        using (process)
        {
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEndAsync();
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            process.WaitForExit();
            return process.ExitCode == 0
                ? output.Result
                : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {errors.Result}");
        }
    }
}

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("compose-test-").FullName;

    public string this[params string[] names] => System.IO.Path.Combine([Path, .. names]);

    public string Write(string name, string text)
    {
        var path = this[name];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>A clock that stands still.</summary>
internal sealed class FixedClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}

/// <summary>Keeps what is reported.</summary>
internal sealed class Reports : IDiagnosticReporter
{
    private readonly System.Collections.Concurrent.ConcurrentQueue<Diagnostic> _all = new();

    public IEnumerable<string> Codes => _all.Select(diagnostic => diagnostic.Descriptor.Code);

    public void Report(Diagnostic diagnostic) => _all.Enqueue(diagnostic);
}
