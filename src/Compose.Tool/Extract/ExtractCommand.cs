using System.CommandLine;
using Compose.FileTrees.Operations;
using Compose.Tool.Artifacts;
using Compose.Tool.Pack;

namespace Compose.Tool.Extract;

/// <summary><c>compose extract</c>: writes the files of an image to a directory.</summary>
internal static class ExtractCommand
{
    /// <summary>What the command's help says below its options.</summary>
    public const string Details =
        """
        The files are written to a new directory that takes its name when all are there. Symbolic links of the image are made and
        never followed. Without --same-owner everything belongs to the caller, and programs get nobody's rights; a warning says
        what was left out.

        Exit codes:
          0    All was extracted.
          1    The image or the directory is at fault; a message with a code says how.
          2    The command line is at fault.
          130  Ctrl-C ended it (143: SIGTERM, 129: SIGHUP). Nothing is left.

        """;

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var image = ArtifactArgument.Create("image");
        var directory = new Argument<string>("directory") { Description = "Where the files go: a directory that does not exist, or is empty." };
        var paths = new Option<Glob[]>("--path")
        {
            Description = "Extracts what matches, with all below it: 'usr/bin', '**/*.service'. May be repeated.",
            HelpName = "glob",
            CustomParser = PackArguments.Globs,
        };
        var partition = new Option<string?>("--partition")
        {
            Description = "The partition of a disk image: its number, label or type. Needed when several have files.",
            HelpName = "name",
        };
        var force = new Option<bool>("--force") { Description = "Replaces the directory, with all it holds." };
        var sameOwner = new Option<bool>("--same-owner") { Description = "Keeps owners, extended attributes, set-ID bits and devices, which only root can." };
        var limits = EntryLimit.Create();
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Shows neither progress nor a summary on a terminal." };
        var command = new Command("extract", "Writes the files of an image to a directory.")
        {
            image, directory, paths, partition, limits, force, sameOwner, quiet,
        };
        command.SetAction(arguments => Run(
            new ExtractRequest(
                arguments.GetValue(image)!,
                arguments.GetValue(directory)!,
                arguments.GetValue(paths) ?? [],
                arguments.GetValue(partition),
                arguments.GetValue(limits) ?? EntryLimit.Default,
                arguments.GetValue(force),
                arguments.GetValue(sameOwner)),
            arguments.GetValue(quiet)));
        return command;
    }

    private static int Run(ExtractRequest request, bool quiet) => ArtifactWork.Run(
        (reporter, progress, cancellationToken) => new ExtractJob(request, reporter).Run(progress, cancellationToken),
        (counts, reporter) =>
        {
            if (!quiet && !Console.IsErrorRedirected)
            {
                Console.Error.WriteLine(
                    $"{request.Directory}: {ReportConsole.Count(counts.Files, "file")}, {ReportConsole.Count(counts.Directories, "directory", "directories")}, {ReportConsole.Count(counts.Symlinks, "symbolic link")}");
            }

            return reporter.HasErrors ? ExitCodes.Failed : ExitCodes.Done;
        },
        quiet);
}
