using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Applications;
using Compose.Images.Extensions;
using Compose.Packages.Inputs;
using Compose.Tasks.Diagnostics;
using Microsoft.Build.Framework;

namespace Compose.Tasks.Parameters;

/// <summary>Reads what referenced .NET applications published (Compose.Application.targets), and what the references say of them.</summary>
/// <param name="applications">One item for each, with the metadata of its project and of its ProjectReference.</param>
/// <param name="files">The published files, with the metadata RelativePath and ComposeProject.</param>
/// <param name="projectReferences">The references, as the project has them.</param>
internal sealed class ApplicationItems(
    IReadOnlyList<ITaskItem> applications, IReadOnlyList<ITaskItem> files, IReadOnlyList<ITaskItem> projectReferences)
{
    private const string DefaultTarget = "multi-user.target";

    /// <summary>The trees, in the project's order.</summary>
    /// <exception cref="DiagnosticException">An application cannot be put into an image.</exception>
    public IReadOnlyList<InputTree> Trees => [.. applications.Select(Tree)];

    /// <summary>The units that the references name.</summary>
    public IReadOnlyList<UnitDefinition> Units =>
    [
        .. applications
            .Select(application => (Name: UnitOf(application), Target: PropertyValue.Text(application.GetMetadata("UpheldBy"))))
            .Where(unit => unit.Name is not null)
            .Select(unit => new UnitDefinition(unit.Name!, unit.Target ?? DefaultTarget)),
    ];

    /// <summary>
    /// Reports applications in whose folder the extension's project stands: .NET's projects take what is below their folder for
    /// their own, and two projects in one folder write one project.assets.json.
    /// </summary>
    /// <param name="projectDirectory">The folder of the extension's project.</param>
    /// <param name="reporter">Takes the findings.</param>
    public void CheckFolders(string projectDirectory, IDiagnosticReporter reporter)
    {
        foreach (var application in applications)
        {
            var project = application.GetMetadata("ComposeProject");
            var folder = Path.GetDirectoryName(project)!;
            if (projectDirectory == folder || projectDirectory.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                reporter.Report(TaskDiagnostics.ExtensionInApplication.Create(
                    $"The extension's project stands in the folder of '{project}', which takes what is built there for sources of its own. Move it to a folder beside that one, or above.",
                    new ReferencedOutput(application).IncludeIn(projectReferences),
                    new ItemTraits("ProjectReference")));
            }
        }
    }

    private InputTree Tree(ITaskItem application)
    {
        var tree = ApplicationTree.Create(Definition(application));
        return tree with { Item = new ReferencedOutput(application).IncludeIn(projectReferences) ?? tree.Name };
    }

    private ApplicationDefinition Definition(ITaskItem application)
    {
        var project = application.GetMetadata("ComposeProject");
        var name = NameOf(application);
        return new ApplicationDefinition
        {
            Name = name,
            Version = PropertyValue.Text(application.GetMetadata("ComposeVersion")),
            Program = application.GetMetadata("ComposeProgram"),
            Files = [.. files.Where(file => file.GetMetadata("ComposeProject") == project).Select(File)],
            Service = IsService(application)
                ? new ServiceDefinition(
                    PropertyValue.Text(application.GetMetadata("Description")) ?? name,
                    PropertyValue.Boolean("UsesSystemdHosting", application.GetMetadata("ComposeUsesSystemdHosting")) ?? false)
                : null,
        };
    }

    private static PublishedFile File(ITaskItem item)
    {
        var path = item.GetMetadata("FullPath");
        var file = new FileInfo(path);
        return file.Exists
            ? new PublishedFile(item.GetMetadata("RelativePath").Replace('\\', '/'), new HostFileContent(path, file.Length))
            : throw new DiagnosticException(TaskDiagnostics.FileAccess.Create($"'{path}', which an application publishes, does not exist."));
    }

    private static string NameOf(ITaskItem application) =>
        PropertyValue.Text(application.GetMetadata("ApplicationName")) ?? application.GetMetadata("ComposeProgram");

    private static bool IsService(ITaskItem application) =>
        PropertyValue.Boolean("the ProjectReference's GenerateSystemdUnit", application.GetMetadata("GenerateSystemdUnit")) ?? false;

    /// <summary>The unit that the author supplies, or the one that is generated.</summary>
    private static string? UnitOf(ITaskItem application)
    {
        var supplied = PropertyValue.Text(application.GetMetadata("SystemdUnit"));
        if (!IsService(application))
        {
            return supplied;
        }

        return supplied is null
            ? ApplicationTree.UnitName(NameOf(application))
            : throw PropertyValue.Bad("the ProjectReference's SystemdUnit", supplied, "nothing, where GenerateSystemdUnit is true: SystemdUnit names a unit of yours, below files/");
    }
}
