using System.Xml.Linq;
using Compose.Diagnostics;
using Compose.Packages.Restoring;

namespace Compose.Tool.Projects;

/// <summary>
/// Has MSBuild restore projects for a purpose of this command: it alone knows their items, repositories and keys. All are
/// restored in one build, those that they reference before them, and each leaves a report.
/// </summary>
internal static class ProjectRestore
{
    /// <summary>Restores.</summary>
    /// <param name="projects">The projects' absolute paths.</param>
    /// <param name="purpose">What <c>RestoreInputs</c> is to do.</param>
    /// <param name="lockedMode">Whether a lock file that does not fit is an error.</param>
    /// <param name="verbosity">MSBuild's verbosity; what it says goes to the error stream.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>What each project and each that it references reports.</returns>
    /// <exception cref="DiagnosticException">The restore failed. What was wrong has been shown.</exception>
    public static async Task<IReadOnlyList<RestoreReport>> RunAsync(
        IReadOnlyList<string> projects, string purpose, bool lockedMode, string verbosity, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("compose-restore-");
        try
        {
            var file = Path.Combine(folder.FullName, "restore.proj");
            Traversal(projects, new Dictionary<string, string>
            {
                ["ComposeRestorePurpose"] = purpose,
                ["ComposeReportDirectory"] = folder.FullName,
                ["RestoreLockedMode"] = lockedMode ? "true" : "false",

                // The folder is new, and so names this restore.
                ["MSBuildRestoreSessionId"] = folder.Name,
            }).Save(file);
            string[] arguments = ["msbuild", file, "-nologo", $"-v:{verbosity}", "-tl:off", "-m", "-nodeReuse:false", "-clp:NoSummary"];
            var exitCode = await DotnetHost.RelayAsync(Path.GetDirectoryName(projects[0])!, arguments, cancellationToken);
            return exitCode == 0
                ? RestoreReport.ReadAll(folder.FullName)
                : throw new DiagnosticException(ToolDiagnostics.RestoreFailed.Create("The projects cannot be restored; what is wrong with them stands above."));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static XDocument Traversal(IReadOnlyList<string> projects, IReadOnlyDictionary<string, string> properties) => new(
        new XElement(
            "Project",
            new XElement("ItemGroup", projects.Select(project => new XElement("ComposeProject", new XAttribute("Include", Escape(project))))),
            new XElement(
                "Target",
                new XAttribute("Name", "Build"),
                new XElement(
                    "MSBuild",
                    new XAttribute("Projects", "@(ComposeProject)"),
                    new XAttribute("Targets", "ComposeRestore"),
                    new XAttribute("BuildInParallel", "true"),
                    new XAttribute("Properties", string.Join(';', properties.Select(property => $"{property.Key}={Escape(property.Value)}")))))));

    /// <summary>Takes the meaning from characters that have one in MSBuild's files.</summary>
    private static string Escape(string text) => string.Concat(text.Select(c => "%*?@$();'".Contains(c, StringComparison.Ordinal) ? $"%{(int)c:X2}" : c.ToString()));
}
