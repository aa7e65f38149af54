using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.FileTrees.Storage;
using Compose.Images;
using Compose.Images.Disks;
using Compose.Images.Torcx;
using Compose.Images.Trees;
using Compose.Packages.Inputs;
using Compose.Packages.Inputs.Archives;
using Compose.Packages.Inputs.ContainerImages;
using Compose.Packages.Locking;
using Compose.Packages.Restoring;
using Compose.Tasks.Parameters;
using Microsoft.Build.Framework;

namespace Compose.Tasks;

/// <summary>What the tasks that build trees have in common: packages and other inputs, files, links and the content store.</summary>
public abstract class PackagedTask : ComposeTask
{
    private LockFile? _lockFile;

    /// <summary>The package items, each with the metadatum Group.</summary>
    public ITaskItem[] Packages { get; set; } = [];

    /// <summary>The Archive items.</summary>
    public ITaskItem[] Archives { get; set; } = [];

    /// <summary>The OciImage items.</summary>
    public ITaskItem[] ContainerImages { get; set; } = [];

    /// <summary>The lock file that pins them all.</summary>
    [Required]
    public string LockFile { get; set; } = "";

    /// <summary>The NuGetContent items, with the metadata Version, Files, ExcludedFiles, Destination and Mode.</summary>
    public ITaskItem[] NuGetContents { get; set; } = [];

    /// <summary>The DebianRepository items that the lock file has to fit.</summary>
    public ITaskItem[] Repositories { get; set; } = [];

    /// <summary>The architecture as Debian names it; empty for amd64.</summary>
    public string DebianArchitecture { get; set; } = "";

    /// <summary>Whether recommended packages are taken too.</summary>
    public bool Recommends { get; set; }

    /// <summary>The outputs of the projects that this one is built on, which the lock file has to fit.</summary>
    public ITaskItem[] References { get; set; } = [];

    /// <summary>The content store's folder; empty for the user's.</summary>
    public string CacheDirectory { get; set; } = "";

    /// <summary>The project's own files; the folder may be missing.</summary>
    public string FilesDirectory { get; set; } = "";

    /// <summary>Whether documentation stays in.</summary>
    public bool IncludeDocumentation { get; set; }

    /// <summary>Whether translations stay in.</summary>
    public bool IncludeLocales { get; set; }

    /// <summary>Whether the package manager's database stays in.</summary>
    public bool IncludePackageDatabase { get; set; }

    /// <summary>The time of what the build generates, in seconds since 1970; empty for that of the packages.</summary>
    public string SourceDateEpoch { get; set; } = "";

    /// <inheritdoc/>
    protected override IEnumerable<ITaskItem> Items => [.. Packages, .. Archives, .. ContainerImages, .. NuGetContents, .. Repositories];

    /// <summary>What is left out.</summary>
    private protected DefaultExclusions Exclusions => new(IncludeDocumentation, IncludeLocales, IncludePackageDatabase);

    /// <summary>The value of <see cref="SourceDateEpoch"/>.</summary>
    private protected long? Epoch => PropertyValue.Integer(nameof(SourceDateEpoch), SourceDateEpoch, 0, uint.MaxValue);

    /// <summary>Unpacks the packages of a group of the lock file; none when the project names none.</summary>
    /// <exception cref="Compose.Diagnostics.DiagnosticException">The project has to be restored first.</exception>
    private protected IReadOnlyList<PackageInput> LoadPackages(string group, ContentStore store, CancellationToken cancellationToken)
    {
        if (Packages.All(package => package.GetMetadata("Group") != group))
        {
            return [];
        }

        return
        [
            .. new PackageUnpacker(store).Unpack(RequireLockFile().Group(group), cancellationToken).Select(package => new PackageInput(
                package.Locked.Name,
                package.Locked.Version,
                package.Package.Files,
                [.. package.Package.Scripts.Select(script => script.Name)])),
        ];
    }

    /// <summary>Reads the inputs that are laid over the packages, in their order: archives, container images, NuGet packages.</summary>
    /// <exception cref="Compose.Diagnostics.DiagnosticException">The project has to be restored first, or an input cannot be used.</exception>
    private protected IReadOnlyList<InputTree> LoadInputs(ContentStore store, IDiagnosticReporter reporter, CancellationToken cancellationToken)
    {
        var archives = new ArchiveReader(store);
        var images = new ContainerImageReader(store);
        var torcx = new TorcxConverter(reporter);
        return
        [
            .. Archives.Zip(ArchiveItems.Requests(Archives, ProjectDirectory), (item, request) =>
            {
                var archive = archives.Read(RequireLockFile(), request, ArchiveItems.Selection(item), cancellationToken);
                return ArchiveItems.IsTorcx(item) ? torcx.Convert(archive) : archive;
            }),
            .. ContainerImages.Zip(
                ContainerImageItems.Requests(ContainerImages, ProjectDirectory, DebianArchitecture),
                (item, request) => images.Read(RequireLockFile(), request, ArchiveItems.Selection(item), cancellationToken)),
            .. NuGetContents.Select(item => NuGetItems.Selection(item).Read(RequireLockFile(), store, cancellationToken)),
        ];
    }

    /// <summary>The lock file that inputs were loaded by; one of nothing when there were none.</summary>
    private protected LockFile LoadedLockFile => _lockFile ?? Compose.Packages.Locking.LockFile.Empty;

    /// <summary>Writes the list of the packages of a group, after they were loaded.</summary>
    private protected void WritePackagesFile(string path, string owner, string group)
    {
        var packages = _lockFile?.PackagesOf(group) ?? [];
        var report = PackagesReport.Create(packages.Select(package => new ImagePackage(owner, package.Name, package.Version, package.Architecture)));
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(report)));
    }

    /// <summary>The lock file, which has to fit the project.</summary>
    /// <exception cref="Compose.Diagnostics.DiagnosticException">The project has to be restored first.</exception>
    private LockFile RequireLockFile() => _lockFile ??= LockFileCheck.Require(
        Absolute(LockFile),
        InputItems.Read(ProjectDirectory, Packages, Repositories, DebianArchitecture, References, Recommends, Archives, ContainerImages, NuGetContents),
        OpenStore());

    /// <summary>Opens the content store.</summary>
    private protected ContentStore OpenStore() =>
        new(CacheDirectory.Length == 0 ? ContentStore.DefaultDirectory : Absolute(CacheDirectory));

    /// <summary>The files of a folder of the project; an empty tree when there is no such folder.</summary>
    private protected FileTree ReadFiles(string directory)
    {
        var path = Absolute(directory);
        return directory.Length > 0 && Directory.Exists(path) ? HostDirectory.Read(path) : FileTree.Empty;
    }
}
