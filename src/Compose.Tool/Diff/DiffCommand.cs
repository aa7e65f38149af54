using System.CommandLine;
using Compose.Images.Artifacts;
using Compose.Images.Artifacts.Comparison;
using Compose.SquashFs.Reading;
using Compose.Tool.Artifacts;

namespace Compose.Tool.Diff;

/// <summary><c>compose diff</c>: says what is different between two images.</summary>
internal static class DiffCommand
{
    /// <summary>What the command's help says below its options.</summary>
    public const string Details =
        """
        Compares the files (kind, permissions, owner, size, content, attributes; not times), packages, libraries, units and release
        files of two images. They may be of different kinds. A file that is gone and a new one of the same content are one that
        was moved.

        Exit codes:
          0    They hold the same.
          1    They are different.
          2    One cannot be read, or the command line is at fault.

        """;

    private const string Text = "text";
    private const string Json = "json";
    private const string Markdown = "markdown";

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var old = ArtifactArgument.Create("old");
        var @new = ArtifactArgument.Create("new");
        var format = new Option<string>("--format") { Description = "How the differences are written.", DefaultValueFactory = _ => Text };
        format.AcceptOnlyFromAmong(Text, Json, Markdown);
        var limits = EntryLimit.Create();
        var command = new Command("diff", "Says what is different between two images.") { old, @new, limits, format };
        command.SetAction(arguments => Run(
            arguments.GetValue(old)!, arguments.GetValue(@new)!, arguments.GetValue(limits) ?? EntryLimit.Default, arguments.GetValue(format)!));
        return command;
    }

    private static int Run(string oldPath, string newPath, SquashFsReadOptions limits, string format) => ArtifactWork.Run(
        (reporter, progress, cancellationToken) =>
        {
            using var old = ArtifactWork.Open(oldPath, limits, reporter, cancellationToken);
            using var @new = ArtifactWork.Open(newPath, limits, reporter, cancellationToken);

            // What cannot be read was reported; it would look as if it were gone.
            return old.Parts.Concat(@new.Parts).Any(part => part.Content is PartContent.SquashFs or PartContent.Fat && part.Files is null)
                ? null
                : ArtifactComparer.Compare(old, @new, progress, cancellationToken);
        },
        (difference, reporter) =>
        {
            if (difference is null)
            {
                return ExitCodes.Trouble;
            }

            switch (format)
            {
                case Json:
                    ReportJson.Write(difference, ReportJson.Readable.ArtifactDifference);
                    break;
                case Markdown:
                    Console.Out.Write(DiffMarkdown.Create(difference));
                    break;
                default:
                    DiffText.Write(difference);
                    break;
            }

            return reporter.HasErrors ? ExitCodes.Trouble : difference.IsSame ? ExitCodes.Done : ExitCodes.Different;
        },
        failure: ExitCodes.Trouble);
}
