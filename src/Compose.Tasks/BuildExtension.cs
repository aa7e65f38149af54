using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.FileTrees.Storage;
using Compose.Images.Extensions;
using Compose.SquashFs;
using Compose.Tasks.Parameters;
using Microsoft.Build.Framework;

namespace Compose.Tasks;

/// <summary>Builds an extension: its image or folder, its tree for the projects that reference it, the list of its packages.</summary>
public sealed class BuildExtension : PackagedTask
{
    /// <summary>The name of the file, without suffix, and of extension-release.</summary>
    [Required]
    public string ExtensionName { get; set; } = "";

    /// <summary><c>squashfs</c> or <c>directory</c>.</summary>
    public string Format { get; set; } = "squashfs";

    /// <summary><c>zstd</c>, <c>gzip</c>, <c>xz</c>, <c>lz4</c> or <c>none</c>.</summary>
    public string Compression { get; set; } = "zstd";

    /// <summary>The codec's level, or <c>auto</c> for one that keeps a budget; empty for the codec's default.</summary>
    public string CompressionLevel { get; set; } = "";

    /// <summary>With the level <c>auto</c>: the seconds that compressing may take.</summary>
    public string CompressionTimeBudget { get; set; } = "";

    /// <summary>With the level <c>auto</c>: the size that the image may have.</summary>
    public string CompressionSizeBudget { get; set; } = "";

    /// <summary>The size of a data block in bytes.</summary>
    public string BlockSize { get; set; } = "";

    /// <summary><c>ID</c> of extension-release; empty for the base's.</summary>
    public string ReleaseId { get; set; } = "";

    /// <summary><c>SYSEXT_LEVEL</c>; empty for the base's.</summary>
    public string SysextLevel { get; set; } = "";

    /// <summary><c>VERSION_ID</c>; empty for the base's when that has no level.</summary>
    public string VersionId { get; set; } = "";

    /// <summary><c>ARCHITECTURE</c>.</summary>
    public string Architecture { get; set; } = "";

    /// <summary><c>SYSEXT_SCOPE</c>.</summary>
    public string Scope { get; set; } = "";

    /// <summary><c>EXTENSION_RELOAD_MANAGER</c>: <c>true</c>, <c>false</c>, or empty for true when there are units.</summary>
    public string ReloadManager { get; set; } = "";

    /// <summary>Units that the extension promises to hold, with the metadatum UpheldBy.</summary>
    public ITaskItem[] Units { get; set; } = [];

    /// <summary>The base system.</summary>
    public ITaskItem[] Base { get; set; } = [];

    /// <summary>The extensions that are merged with it.</summary>
    public ITaskItem[] Extensions { get; set; } = [];

    /// <summary>The image or folder to write.</summary>
    [Required]
    public string OutputPath { get; set; } = "";

    /// <summary>The tree to write.</summary>
    [Required]
    public string TreeFile { get; set; } = "";

    /// <summary>The list of packages to write.</summary>
    [Required]
    public string PackagesFile { get; set; } = "";

    /// <inheritdoc/>
    protected override IEnumerable<ITaskItem> Items => [.. base.Items, .. Units];

    /// <inheritdoc/>
    protected override void Run(IDiagnosticReporter reporter, CancellationToken cancellationToken)
    {
        var store = OpenStore();
        var write = Writer(store, reporter);
        var packages = LoadPackages("extension", store, cancellationToken);
        var definition = new ExtensionDefinition
        {
            Name = ExtensionName,
            Release = new ExtensionReleaseDefinition
            {
                Id = PropertyValue.Text(ReleaseId),
                SysextLevel = PropertyValue.Text(SysextLevel),
                VersionId = PropertyValue.Text(VersionId),
                Architecture = PropertyValue.Text(Architecture),
                Scope = PropertyValue.Text(Scope),
                ReloadManager = PropertyValue.Boolean("ExtensionReloadManager", ReloadManager),
            },
            Packages = packages,
            Inputs = LoadInputs(store, cancellationToken),
            Files = ReadFiles(FilesDirectory),
            Units = [.. Units.Select(unit => new UnitDefinition(unit.ItemSpec, PropertyValue.Text(unit.GetMetadata("UpheldBy"))))],
            Symlinks = SymlinkDefinitions,
            Exclusions = Exclusions,
            SourceDateEpoch = Epoch,
        };
        var baseTree = Base.Select(item => new ReferencedOutput(item).ReadTree(store)).FirstOrDefault();
        var references = Extensions.Select(item => new ReferencedOutput(item)).Select(output => new ReferencedExtension(output.Name, output.ReadTree(store)));

        var tree = new ExtensionBuilder(reporter).Build(definition, baseTree, [.. references]).StoreContents(store, cancellationToken);
        if (Log.HasLoggedErrors)
        {
            return;
        }

        write(tree, cancellationToken);
        WritePackagesFile(PackagesFile, ExtensionName, "extension");

        // The tree comes last: its time says that all is written.
        FileTreeFile.WriteFile(tree, TreeFile);
    }

    /// <summary>What writes the output; made first, so that a wrong property is found before the work.</summary>
    private Action<FileTree, CancellationToken> Writer(ContentStore store, IDiagnosticReporter reporter)
    {
        var budget = CompressionBudget.Read(CompressionLevel, CompressionTimeBudget, CompressionSizeBudget);
        var level = budget is null ? CompressionLevel : "";
        var compression = PropertyValue.Compression("ExtensionCompression", Compression, "ExtensionCompressionLevel", level);
        if (budget is not null && compression.Levels is null)
        {
            throw PropertyValue.Bad("ExtensionCompressionLevel", CompressionLevel, $"nothing, as the compression '{Compression}' has no levels");
        }

        var options = new SquashFsOptions
        {
            Compression = compression,
            BlockSize = ReadBlockSize(),
            Cache = OpenBlockCache(store),
        };
        return PropertyValue.Choice<Action<FileTree, CancellationToken>>(
            "ExtensionFormat",
            Format,
            ("squashfs", (tree, cancellationToken) => WriteSquashFs(tree, options, budget, reporter, cancellationToken)),
            ("directory", (tree, cancellationToken) => HostDirectoryWriter.Write(tree, OutputPath, cancellationToken)));
    }

    private int ReadBlockSize()
    {
        var size = PropertyValue.Size("ExtensionBlockSize", BlockSize) ?? new SquashFsOptions().BlockSize;
        return size is >= SquashFsOptions.MinimumBlockSize and <= SquashFsOptions.MaximumBlockSize && long.IsPow2(size)
            ? (int)size
            : throw PropertyValue.Bad("ExtensionBlockSize", BlockSize, "a power of two from 4096 to 1048576");
    }

    private void WriteSquashFs(
        FileTree tree, SquashFsOptions options, CompressionBudget? budget, IDiagnosticReporter reporter, CancellationToken cancellationToken)
    {
        options = options with { ModificationTime = NewestTime(tree) };
        var summary = budget is null
            ? SquashFsWriter.WriteFile(tree, OutputPath, options, null, cancellationToken)
            : budget.WriteFile(tree, OutputPath, options, reporter, message => Log.LogMessage(MessageImportance.High, "{0}", message), cancellationToken);
        Log.LogMessage(MessageImportance.Low, "{0}", summary);
        if (summary.CacheFailure is { } reason)
        {
            Log.LogMessage(MessageImportance.Normal, "{0}", $"Compressed blocks could not be kept for the next build: {reason}");
        }
    }

    private static long NewestTime(FileTree tree)
    {
        long newest = 0;
        foreach (var item in tree.Items)
        {
            newest = Math.Max(newest, item.Entry.Metadata.ModifiedTime);
        }

        return Math.Min(newest, uint.MaxValue);
    }
}
