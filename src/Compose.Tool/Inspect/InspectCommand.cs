using System.CommandLine;
using Compose.Images.Artifacts.Inspection;
using Compose.SquashFs.Reading;
using Compose.Tool.Artifacts;

namespace Compose.Tool.Inspect;

/// <summary><c>compose inspect</c>: says what an image is and holds.</summary>
internal static class InspectCommand
{
    /// <summary>What the command's help says below its options.</summary>
    public const string Details =
        """
        Shows the partitions, the file systems and what is in them: release files, units, packages, the largest files, those that
        run with others' rights, and unified kernel images. Nothing is checked beyond what is read: that is 'compose verify'.

        Exit codes:
          0    All was read.
          1    Something cannot be read; a message with a code says what. The rest is shown.
          2    The command line is at fault.

        """;

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var image = ArtifactArgument.Create("image");
        var json = new Option<bool>("--json") { Description = "Prints the facts as JSON." };
        var limits = EntryLimit.Create();
        var command = new Command("inspect", "Says what an image is and holds.") { image, limits, json };
        command.SetAction(arguments => Run(arguments.GetValue(image)!, arguments.GetValue(limits) ?? EntryLimit.Default, arguments.GetValue(json)));
        return command;
    }

    private static int Run(string path, SquashFsReadOptions limits, bool json) => ArtifactWork.Run(
        (reporter, _, cancellationToken) =>
        {
            using var artifact = ArtifactWork.Open(path, limits, reporter, cancellationToken);
            return ArtifactInspector.Inspect(artifact, reporter, cancellationToken);
        },
        (facts, reporter) =>
        {
            if (json)
            {
                ReportJson.Write(facts, ReportJson.Readable.ArtifactFacts);
            }
            else
            {
                InspectReport.Write(facts);
            }

            return reporter.HasErrors ? ExitCodes.Failed : ExitCodes.Done;
        },
        quiet: true);
}
