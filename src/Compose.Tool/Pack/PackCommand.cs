using System.CommandLine;
using System.CommandLine.Parsing;
using Compose.Diagnostics;

namespace Compose.Tool.Pack;

/// <summary><c>compose pack</c>: a directory or a tar archive becomes a squashfs image.</summary>
internal static class PackCommand
{
    /// <summary>What the command's help says below its options.</summary>
    public const string Details =
        """
        The same input and options give the same bytes, on any number of threads. Owners, modes, times, extended attributes,
        hard links and special files are those of the input. The image takes its name when it is complete, in place of one that
        is there. A terminal shows the progress and a summary; in a pipe nothing is printed but errors and what --json asks for.

        Exit codes:
          0    The image is complete.
          1    The input or the output is at fault; a message with a code says how.
          2    The command line is at fault.
          130  Ctrl-C ended it (143: SIGTERM, 129: SIGHUP). Nothing is left.

        """;

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var options = new PackOptions();
        var json = new Option<bool>("--json") { Description = "Prints counts, sizes and times as JSON." };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Shows neither progress nor a summary on a terminal." };
        var command = new Command("pack", "Packs a directory or a tar archive into a squashfs image.");
        options.AddTo(command);
        command.Add(json);
        command.Add(quiet);
        command.SetAction(arguments => Run(options.ToRequest(arguments), arguments.GetValue(json), arguments.GetValue(quiet)));
        return command;
    }

    private static int Run(PackRequest request, bool json, bool quiet)
    {
        var isShown = !quiet && !Console.IsErrorRedirected;
        var job = new PackJob(request);
        using var termination = new Termination();
        try
        {
            var result = isShown
                ? TerminalProgress.Run(progress => job.Run(progress, termination.Token))
                : job.Run(new NoProgress(), termination.Token);
            Report(job.Warnings);
            if (json)
            {
                using var output = Console.OpenStandardOutput();
                PackReport.WriteJson(result, output);
            }
            else if (isShown)
            {
                Console.Error.WriteLine(PackReport.Describe(result));
            }

            return ExitCodes.Done;
        }
        catch (OperationCanceledException) when (termination.Token.IsCancellationRequested)
        {
            Console.Error.WriteLine($"Interrupted. '{request.Output}' was not written.");
            return termination.ExitCode;
        }
        catch (DiagnosticException e)
        {
            Report([.. job.Warnings, e.Diagnostic]);
            return ExitCodes.Failed;
        }
    }

    private static void Report(IEnumerable<Diagnostic> diagnostics)
    {
        var reporter = new ConsoleReporter();
        foreach (var diagnostic in diagnostics)
        {
            reporter.Report(diagnostic);
        }
    }
}
