using System.Globalization;

namespace Compose.Benchmarks.Measuring;

/// <summary>
/// Runs a program under GNU time, which starts it from a process of its own that is tiny: the peak that the system
/// reports for a child begins with what its parent had when it was forked.
/// </summary>
internal static class MeasuredProcess
{
    private const string Timer = "/usr/bin/time";

    /// <summary>Runs a command and measures it.</summary>
    /// <param name="command">The command.</param>
    /// <param name="output">The file that it writes; null when it writes none, or a folder.</param>
    /// <param name="directory">An existing folder for what is noted.</param>
    /// <param name="cancellationToken">Ends the program.</param>
    /// <exception cref="BenchmarkException">The program failed or cannot be started.</exception>
    public static async Task<Sample> RunAsync(Invocation command, string? output, string directory, CancellationToken cancellationToken)
    {
        var notes = Path.Combine(directory, "time.txt");
        var timed = new Invocation(Timer, ["-q", "-o", notes, "-f", "%U %S %M", command.Program, .. command.Arguments])
        {
            Environment = command.Environment,
        };
        var (_, seconds) = await ChildProcess.RunAsync(timed, null, cancellationToken).ConfigureAwait(false);
        var words = (await File.ReadAllTextAsync(notes, cancellationToken).ConfigureAwait(false)).Split();
        return new Sample(
            seconds,
            Number(words[0]) + Number(words[1]),
            (long)Number(words[2]) * 1024,
            File.Exists(output) ? new FileInfo(output).Length : 0);
    }

    private static double Number(string word) => double.Parse(word, CultureInfo.InvariantCulture);
}
