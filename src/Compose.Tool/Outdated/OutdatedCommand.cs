using System.CommandLine;
using Compose.Packages.Restoring;
using Compose.Tool.Projects;
using Spectre.Console;

namespace Compose.Tool.Outdated;

/// <summary><c>compose outdated</c>: what there is newer than the lock files say.</summary>
internal static class OutdatedCommand
{
    /// <summary>What the command's help says below its options.</summary>
    public const string Details =
        """
        Shows what 'dotnet restore --force-evaluate' would take, within the versions that the projects ask for, of the projects
        and of those that they reference. It asks the repositories and changes nothing.

        Exit codes:
          0    Everything is up to date.
          1    Something is newer.
          2    It could not be found out, or the command line is at fault; a message says why.

        """;

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var paths = new Argument<string[]>("project")
        {
            Description = "Projects, solutions, lock files beside their project, or folders with one of them. Default: the current folder.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var json = new Option<bool>("--json") { Description = "Prints the result as JSON." };
        var command = new Command("outdated", "Lists what there is newer than the lock files say.") { paths, json };
        command.SetAction((arguments, _) => CommandWork.RunAsync(
            cancellationToken => RunAsync(arguments.GetValue(paths)!, arguments.GetValue(json), cancellationToken), failed: ExitCodes.Usage));
        return command;
    }

    private static async Task<int> RunAsync(string[] paths, bool json, CancellationToken cancellationToken)
    {
        var projects = await ProjectFinder.FindAsync(paths, cancellationToken);
        var reports = (await ProjectRestore.RunAsync(projects, "outdated", lockedMode: false, "quiet", cancellationToken))
            .Select(report => report with { Changes = [.. (report.Changes ?? []).Where(change => !change.IsOlder)] })
            .ToArray();
        if (json)
        {
            WriteJson(reports);
        }
        else
        {
            WriteTable(reports);
        }

        return reports.Any(report => report.Changes is { Count: > 0 }) ? ExitCodes.Failed : ExitCodes.Done;
    }

    private static void WriteTable(IReadOnlyList<RestoreReport> reports)
    {
        var table = new Table { Border = TableBorder.Simple }.AddColumns("project", "input", "locked", "available", "from");
        foreach (var report in reports)
        {
            foreach (var change in report.Changes ?? [])
            {
                var name = NameOf(report) + (change.Group is null or "extension" ? "" : $" ({change.Group})");
                table.AddRow([.. new[] { name, change.Name, change.Old ?? "-", change.New ?? "-", change.Repository ?? change.Kind }.Select(Markup.Escape)]);
            }
        }

        if (table.Rows.Count == 0)
        {
            Console.WriteLine("Everything is up to date.");
        }
        else
        {
            AnsiConsole.Write(table);
        }
    }

    private static void WriteJson(IReadOnlyList<RestoreReport> reports) => JsonOutput.Write(writer =>
    {
        writer.WriteStartArray();
        foreach (var report in reports)
        {
            foreach (var change in report.Changes ?? [])
            {
                writer.WriteStartObject();
                writer.WriteString("project", report.Project);
                writer.WriteString("kind", change.Kind);
                writer.WriteString("group", change.Group);
                writer.WriteString("name", change.Name);
                writer.WriteString("locked", change.Old);
                writer.WriteString("available", change.New);
                writer.WriteString("repository", change.Repository);
                writer.WriteEndObject();
            }
        }

        writer.WriteEndArray();
    });

    /// <summary>The project's name without its two suffixes.</summary>
    private static string NameOf(RestoreReport report) =>
        Path.GetFileNameWithoutExtension(Path.GetFileNameWithoutExtension(report.Project));
}
