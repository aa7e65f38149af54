using System.Xml;
using System.Xml.Linq;
using Compose.Diagnostics;

namespace Compose.Tool.Projects;

/// <summary>Finds the projects that a command line means: projects, solutions, folders and lock files.</summary>
internal static class ProjectFinder
{
    private const string Sdk = "Compose.Sdk";

    private static readonly string[] Solutions = [".sln", ".slnx"];

    /// <summary>The absolute paths of the projects, each once, in ordinal order.</summary>
    /// <param name="arguments">What the command line names; nothing for the current folder.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">One is missing, or is or holds no project of Compose.</exception>
    public static async Task<IReadOnlyList<string>> FindAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var projects = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var argument in arguments.Count == 0 ? ["."] : arguments)
        {
            var path = Path.GetFullPath(argument);
            projects.UnionWith(await FindAsync(Directory.Exists(path) ? OnlyOneIn(path) : path, cancellationToken));
        }

        return [.. projects];
    }

    private static async Task<IEnumerable<string>> FindAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            throw Bad($"'{path}' does not exist.");
        }

        if (Solutions.Contains(Path.GetExtension(path)))
        {
            return await InSolutionAsync(path, cancellationToken);
        }

        if (Path.GetExtension(path) == ".json")
        {
            return [Single([.. Directory.GetFiles(Path.GetDirectoryName(path)!, "*.csproj").Where(IsOurs)], $"beside the lock file '{path}'")];
        }

        return IsOurs(path) ? [path] : throw Bad($"'{path}' is not a project of {Sdk}.");
    }

    private static string OnlyOneIn(string directory)
    {
        string[] solutions = [.. Solutions.SelectMany(extension => Directory.GetFiles(directory, "*" + extension))];
        return Single(solutions.Length > 0 ? solutions : Directory.GetFiles(directory, "*.csproj"), $"in '{directory}'");
    }

    private static string Single(string[] candidates, string where) => candidates.Length == 1
        ? candidates[0]
        : throw Bad($"There {(candidates.Length == 0 ? "is no project or solution" : "are several projects or solutions")} {where}. Name the one that is meant.");

    private static async Task<string[]> InSolutionAsync(string solution, CancellationToken cancellationToken)
    {
        var directory = Path.GetDirectoryName(solution)!;
        var list = await DotnetHost.ReadAsync(directory, ["sln", solution, "list"], cancellationToken)
            ?? throw Bad($"'{solution}' cannot be read.");
        string[] projects =
        [
            .. list.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Where(line => line.EndsWith("proj", StringComparison.Ordinal))
                .Select(line => Path.GetFullPath(Path.Combine(directory, line)))
                .Where(project => File.Exists(project) && IsOurs(project)),
        ];
        return projects.Length > 0 ? projects : throw Bad($"'{solution}' holds no project of {Sdk}.");
    }

    /// <summary>Whether the project names the SDK, in any of MSBuild's three ways.</summary>
    private static bool IsOurs(string project)
    {
        try
        {
            return XDocument.Load(project).Descendants().Any(element =>
                Names(element.Attribute("Sdk")) || (element.Name.LocalName == "Sdk" && Names(element.Attribute("Name"))));
        }
        catch (XmlException e)
        {
            throw Bad($"'{project}' is not XML: {e.Message}", e);
        }
    }

    private static bool Names(XAttribute? attribute) => attribute is not null
        && attribute.Value.Split(';').Any(name => name.Trim() == Sdk || name.Trim().StartsWith(Sdk + "/", StringComparison.Ordinal));

    private static DiagnosticException Bad(string message, Exception? inner = null) => new(ToolDiagnostics.BadProject.Create(message), inner);
}
