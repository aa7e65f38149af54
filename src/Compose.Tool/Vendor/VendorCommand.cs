using System.CommandLine;
using System.Globalization;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Packages.Inputs.Applications;
using Compose.Packages.Locking;
using Compose.Packages.Offline;
using Compose.Tool.Projects;

namespace Compose.Tool.Vendor;

/// <summary><c>compose vendor</c>: all that lock files name, in a folder that can be the only source.</summary>
internal static class VendorCommand
{
    /// <summary>What the command's help says below its options.</summary>
    public const string Details =
        """
        The folder gets every package and other file that the lock files of the projects, and of those that they reference, name,
        by digest, the NuGet packages of .NET applications included. What is there already stays; what nothing names any more
        goes. To build from it alone, set the property ComposeOfflineSource or the environment variable COMPOSE_OFFLINE_SOURCE to
        its absolute path.

        Exit codes:
          0    The folder is complete.
          1    A lock file is missing or does not fit its project, or a file cannot be had; a message says which.
          2    The command line is at fault.

        """;

    /// <summary>The command with its options.</summary>
    public static Command Create()
    {
        var paths = new Argument<string[]>("project")
        {
            Description = "Projects, solutions, lock files beside their project, or folders with one of them. Default: the current folder.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var output = new Option<DirectoryInfo>("--output", "-o") { Description = "The folder: a new or empty one, or one made before.", HelpName = "folder", Required = true };
        var json = new Option<bool>("--json") { Description = "Prints the result as JSON." };
        var command = new Command("vendor", "Copies all that lock files name into a folder, from which projects can be built without a network.") { paths, output, json };
        command.SetAction((arguments, _) => CommandWork.RunAsync(cancellationToken =>
            RunAsync(arguments.GetValue(paths)!, arguments.GetValue(output)!.FullName, arguments.GetValue(json), cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(string[] paths, string folder, bool json, CancellationToken cancellationToken)
    {
        var projects = await ProjectFinder.FindAsync(paths, cancellationToken);
        var reports = await ProjectRestore.RunAsync(projects, "vendor", lockedMode: true, json ? "quiet" : "minimal", cancellationToken);
        var packages = new ApplicationPackages();
        var contents = reports.SelectMany(report =>
        {
            var store = new ContentStore(report.Store);
            return (LockFile.TryRead(report.LockFile)?.Contents ?? [])
                .Select(content => (content, (FileContent)store.Reference(content.Sha256, content.Size)))
                .Concat(packages.Find(report.LockFile, report.Applications, cancellationToken));
        });
        var result = new OfflineFolder(folder).Write(contents, cancellationToken);
        if (json)
        {
            JsonOutput.Write(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("folder", folder);
                writer.WriteNumber("files", result.Files);
                writer.WriteNumber("bytes", result.Bytes);
                writer.WriteNumber("added", result.Added);
                writer.WriteNumber("removed", result.Removed);
                writer.WriteEndObject();
            });
        }
        else
        {
            var size = (result.Bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture);
            Console.WriteLine($"{folder}: {result.Files} files, {size} MB; {result.Added} added, {result.Removed} removed");
        }

        return ExitCodes.Done;
    }
}
