using Compose.Diagnostics;
using Compose.FileTrees.Storage;
using Compose.Images.BaseSystems;
using Compose.Tasks.Parameters;
using Microsoft.Build.Framework;

namespace Compose.Tasks;

/// <summary>Builds a base system: its tree and its initrd's for images and extensions, and the list of its packages.</summary>
public sealed class BuildBaseSystem : ContentTask
{
    /// <summary><c>ID</c> of os-release.</summary>
    [Required]
    public string ReleaseId { get; set; } = "";

    /// <summary><c>NAME</c>.</summary>
    [Required]
    public string ReleaseName { get; set; } = "";

    /// <summary><c>VERSION_ID</c>.</summary>
    [Required]
    public string VersionId { get; set; } = "";

    /// <summary><c>SYSEXT_LEVEL</c>; empty for none.</summary>
    public string SysextLevel { get; set; } = "";

    /// <summary><c>CONFEXT_LEVEL</c>.</summary>
    public string ConfextLevel { get; set; } = "";

    /// <summary><c>IMAGE_ID</c>; empty for none.</summary>
    public string ImageId { get; set; } = "";

    /// <summary><c>IMAGE_VERSION</c>; empty for none.</summary>
    public string ImageVersion { get; set; } = "";

    /// <summary>The project's own files for the initrd; the folder may be missing.</summary>
    public string InitrdFilesDirectory { get; set; } = "";

    /// <summary>The kernel modules of the initrd.</summary>
    public ITaskItem[] InitrdModules { get; set; } = [];

    /// <summary>Patterns of what the initrd leaves out.</summary>
    public ITaskItem[] InitrdExclusions { get; set; } = [];

    /// <summary>The system's tree to write.</summary>
    [Required]
    public string TreeFile { get; set; } = "";

    /// <summary>The initrd's tree to write.</summary>
    [Required]
    public string InitrdTreeFile { get; set; } = "";

    /// <summary>The file to write for images.</summary>
    [Required]
    public string SystemFile { get; set; } = "";

    /// <summary>The list of packages to write.</summary>
    [Required]
    public string PackagesFile { get; set; } = "";

    /// <inheritdoc/>
    protected override IEnumerable<ITaskItem> Items => [.. base.Items, .. InitrdModules, .. InitrdExclusions];

    /// <inheritdoc/>
    protected override void Run(IDiagnosticReporter reporter, CancellationToken cancellationToken)
    {
        var store = OpenStore();
        var packages = LoadPackages("system", store, cancellationToken);
        var definition = new BaseSystemDefinition
        {
            Release = new OsReleaseDefinition
            {
                Id = ReleaseId,
                Name = ReleaseName,
                VersionId = VersionId,
                SysextLevel = PropertyValue.Text(SysextLevel),
                ConfextLevel = PropertyValue.Text(ConfextLevel),
                ImageId = PropertyValue.Text(ImageId),
                ImageVersion = PropertyValue.Text(ImageVersion),
            },
            Packages = packages,
            Inputs = LoadInputs(store, reporter, cancellationToken),
            Files = ReadFiles(FilesDirectory),
            Declared = DeclaredContent,
            InitrdPackages = LoadPackages("initrd", store, cancellationToken),
            InitrdFiles = ReadFiles(InitrdFilesDirectory),
            InitrdModules = [.. InitrdModules.Select(module => module.ItemSpec)],
            InitrdExclusions = [.. InitrdExclusions.Select(pattern => pattern.ItemSpec)],
            Exclusions = Exclusions,
            SourceDateEpoch = Epoch,
        };

        var system = new BaseSystemBuilder(reporter).Build(definition, cancellationToken);
        CheckSeverities(reporter);
        if (Log.HasLoggedErrors)
        {
            return;
        }

        FileTreeFile.WriteFile(system.Initrd.StoreContents(store, cancellationToken), InitrdTreeFile);
        new SystemFacts(system.KernelVersion, system.SourceDateEpoch).Write(SystemFile);
        WritePackagesFile(PackagesFile, ReleaseId, "system");

        // The tree comes last: its time says that all is written.
        FileTreeFile.WriteFile(system.System.StoreContents(store, cancellationToken), TreeFile);
    }
}
