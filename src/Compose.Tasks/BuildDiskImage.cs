using Compose.Diagnostics;
using Compose.FileTrees.Storage;
using Compose.Images.Checks.Sets;
using Compose.Images.Descriptions;
using Compose.Images.Disks;
using Compose.SquashFs;
using Compose.Tasks.Diagnostics;
using Compose.Tasks.Parameters;
using Microsoft.Build.Framework;

namespace Compose.Tasks;

/// <summary>Builds a disk image of a base system and extensions, and describes it in files beside it.</summary>
public sealed class BuildDiskImage : ComposeTask
{
    /// <summary>The image's name.</summary>
    [Required]
    public string ImageName { get; set; } = "";

    /// <summary>The image's version.</summary>
    [Required]
    public string ImageVersion { get; set; } = "";

    /// <summary><c>x86-64</c> or <c>arm64</c>.</summary>
    [Required]
    public string Architecture { get; set; } = "";

    /// <summary>zstd's level for /usr.</summary>
    public string CompressionLevel { get; set; } = "";

    /// <summary>zstd's level for the initrd.</summary>
    public string InitrdCompressionLevel { get; set; } = "";

    /// <summary>The size of the EFI system partition; empty for the default.</summary>
    public string EfiSystemSize { get; set; } = "";

    /// <summary>The size of the /usr partition; empty for the default.</summary>
    public string UsrSize { get; set; } = "";

    /// <summary>The size of the partition with the hashes of /usr; empty for the default.</summary>
    public string UsrVeritySize { get; set; } = "";

    /// <summary>The room for the root file system; empty for the default.</summary>
    public string RootSize { get; set; } = "";

    /// <summary>Arguments for the kernel.</summary>
    public ITaskItem[] KernelArguments { get; set; } = [];

    /// <summary>The base system.</summary>
    [Required]
    public ITaskItem[] Base { get; set; } = [];

    /// <summary>The extensions to embed.</summary>
    public ITaskItem[] Extensions { get; set; } = [];

    /// <summary>The ProjectReference items, as the project has them.</summary>
    public ITaskItem[] ProjectReferences { get; set; } = [];

    /// <summary>The content store's folder; empty for the user's.</summary>
    public string CacheDirectory { get; set; } = "";

    /// <summary>The image to write.</summary>
    [Required]
    public string OutputPath { get; set; } = "";

    /// <summary>The list of files to write.</summary>
    [Required]
    public string ContentsFile { get; set; } = "";

    /// <summary>The list of packages to write.</summary>
    [Required]
    public string PackagesFile { get; set; } = "";

    /// <summary>The report on dm-verity to write.</summary>
    [Required]
    public string VerityFile { get; set; } = "";

    /// <summary>The checksums of the other files to write.</summary>
    [Required]
    public string SumsFile { get; set; } = "";

    /// <summary>Whether the image is described by further files beside it: manifest, bill of materials, licences, sizes.</summary>
    public bool Describe { get; set; }

    /// <inheritdoc/>
    protected override IEnumerable<ITaskItem> Items => [.. KernelArguments, .. ProjectReferences];

    /// <inheritdoc/>
    protected override void Run(IDiagnosticReporter reporter, CancellationToken cancellationToken)
    {
        var store = new ContentStore(CacheDirectory.Length == 0 ? ContentStore.DefaultDirectory : Absolute(CacheDirectory));
        var baseSystem = new ReferencedOutput(Base.Single());
        ReferencedOutput[] extensions = [.. Extensions.Select(item => new ReferencedOutput(item))];
        var definition = Define(baseSystem, extensions, store);
        DiskImageChecks.Run(definition, reporter);
        CheckSeverities(reporter);
        if (Log.HasLoggedErrors)
        {
            return;
        }

        var image = DiskImageBuilder.WriteFile(definition, OutputPath, null, cancellationToken);
        Log.LogMessage(MessageImportance.Low, "{0}", $"/usr has {image.UsrBytes} bytes; the kernel's command line is: {image.KernelCommandLine}");

        DescribedFile[] files;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var disk = Task.Run(() => Checksums.Describe(OutputPath, stop.Token), stop.Token);
        try
        {
            files =
            [
                DescriptionFiles.WriteText(PackagesFile, PackagesReport.Create([.. PackagesOf(baseSystem, "system"), .. extensions.SelectMany(extension => PackagesOf(extension, "extension"))])),
                DescriptionFiles.WriteText(VerityFile, image.Verity),
                .. Describe
                    ? WriteDescriptions(new DiskImageContents(baseSystem, extensions, store), image, definition, disk, cancellationToken)
                    : [DescriptionFiles.WriteText(ContentsFile, ContentsReport.Create(image.Usr, "./usr"))],
            ];
        }
        catch
        {
            // Nothing may go on reading the image when the task has ended.
            stop.Cancel();
            ((IAsyncResult)disk).AsyncWaitHandle.WaitOne();
            throw;
        }

        // The sums come last: they say that all is written.
        DescriptionFiles.WriteText(SumsFile, Checksums.Create([disk.GetAwaiter().GetResult(), .. files]));
    }

    /// <summary>Reads what the inputs' packages say while another thread hashes the image, whose digest is needed only then.</summary>
    private IReadOnlyList<DescribedFile> WriteDescriptions(
        DiskImageContents contents, DiskImage image, DiskImageDefinition definition, Task<DescribedFile> disk, CancellationToken cancellationToken)
    {
        var description = new ImageDescription
        {
            Name = ImageName,
            Kind = "image",
            Version = ImageVersion,
            Architecture = Architecture,
            Format = "gpt",
            Tree = image.Usr,
            Prefix = "usr",
            Parts = contents.Parts(cancellationToken),
            Packages = contents.Packages(cancellationToken),
            Inputs = contents.Inputs,
            References = contents.References,
            SourceDateEpoch = definition.SourceDateEpoch,
        };
        return DescriptionFiles.Write(description with { File = disk.GetAwaiter().GetResult() }, Path.ChangeExtension(OutputPath, null));
    }

    private DiskImageDefinition Define(ReferencedOutput baseSystem, ReferencedOutput[] extensions, ContentStore store)
    {
        const int MaximumLevel = 22;
        var facts = SystemFacts.Read(baseSystem.SystemFile);
        var definition = new DiskImageDefinition
        {
            Name = ImageName,
            Version = ImageVersion,
            System = baseSystem.ReadTree(store),
            Initrd = baseSystem.ReadInitrdTree(store),
            Extensions = [.. extensions.Select(extension => Embed(extension, store))],
            KernelArguments = [.. KernelArguments.Select(argument => argument.ItemSpec)],
            Architecture = PropertyValue.Choice(
                "ImageArchitecture",
                Architecture,
                ("x86-64", System.Runtime.InteropServices.Architecture.X64),
                ("arm64", System.Runtime.InteropServices.Architecture.Arm64)),
            SquashFs = new SquashFsOptions
            {
                Compression = PropertyValue.Compression("ImageCompression", "zstd", "ImageCompressionLevel", CompressionLevel),
                ModificationTime = facts.SourceDateEpoch,
                Cache = OpenBlockCache(store),
            },
            SourceDateEpoch = facts.SourceDateEpoch,
        };
        return definition with
        {
            InitrdCompressionLevel = (int?)PropertyValue.Integer("ImageInitrdCompressionLevel", InitrdCompressionLevel, 1, MaximumLevel) ?? definition.InitrdCompressionLevel,
            EfiSystemSize = PropertyValue.Size("ImageEfiSystemSize", EfiSystemSize) ?? definition.EfiSystemSize,
            UsrSize = PropertyValue.Size("ImageUsrSize", UsrSize) ?? definition.UsrSize,
            UsrVeritySize = PropertyValue.Size("ImageUsrVeritySize", UsrVeritySize) ?? definition.UsrVeritySize,
            RootSize = PropertyValue.Size("ImageRootSize", RootSize) ?? definition.RootSize,
        };
    }

    private EmbeddedExtension Embed(ReferencedOutput extension, ContentStore store) =>
        File.Exists(extension.Path)
            ? new EmbeddedExtension(extension.Name, extension.Path, extension.ReadTree(store), extension.ExtensionKind)
            {
                Carries = extension.Carries,
                Needs = extension.Needs,
                Item = extension.IncludeIn(ProjectReferences),
            }
            : throw new DiagnosticException(TaskDiagnostics.DirectoryEmbedded.Create(
                $"The extension '{extension.Name}' is no file: '{extension.Path}'. Set its ExtensionFormat to squashfs."));

    private static IEnumerable<ImagePackage> PackagesOf(ReferencedOutput output, string group) =>
        output.ReadLockFile().PackagesOf(group).Select(package => new ImagePackage(output.Name, package.Name, package.Version, package.Architecture));
}
