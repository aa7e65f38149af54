using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Images.Descriptions;
using Compose.Images.Extensions;
using Compose.Tasks.Parameters;
using Microsoft.Build.Framework;

namespace Compose.Tasks;

/// <summary>Builds an extension: its image or folder, its tree for the projects that reference it, the list of its packages.</summary>
public sealed class BuildExtension : ContentTask
{
    /// <summary>The kind of extension: <c>sysext</c> or <c>confext</c>.</summary>
    public string Kind { get; set; } = "sysext";

    /// <summary>The name of the file, without suffix, and of extension-release.</summary>
    [Required]
    public string ExtensionName { get; set; } = "";

    /// <summary><c>squashfs</c>, <c>ddi</c>, <c>erofs</c> or <c>directory</c>.</summary>
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

    /// <summary>What UUIDs and the salt of dm-verity are derived from; empty for a seed made of the name.</summary>
    public string Seed { get; set; } = "";

    /// <summary>Whether a squashfs image gets its hashes of dm-verity beside it.</summary>
    public string VeritySideFiles { get; set; } = "";

    /// <summary>A file with the private key that signs the root hash; empty for an image that is not signed.</summary>
    public string SigningKey { get; set; } = "";

    /// <summary>A file with the key's certificate; empty when the key's file has it.</summary>
    public string SigningCertificate { get; set; } = "";

    /// <summary>A command that signs instead.</summary>
    public string SigningCommand { get; set; } = "";

    /// <summary>A file with the passphrase of the key; empty for the environment's, or none.</summary>
    public string SigningPassphraseFile { get; set; } = "";

    /// <summary><c>ID</c> of extension-release; empty for the base's.</summary>
    public string ReleaseId { get; set; } = "";

    /// <summary><c>SYSEXT_LEVEL</c> or <c>CONFEXT_LEVEL</c>; empty for the base's.</summary>
    public string Level { get; set; } = "";

    /// <summary><c>VERSION_ID</c>; empty for the base's when that has no level.</summary>
    public string VersionId { get; set; } = "";

    /// <summary><c>ARCHITECTURE</c>.</summary>
    public string Architecture { get; set; } = "";

    /// <summary><c>SYSEXT_SCOPE</c>.</summary>
    public string Scope { get; set; } = "";

    /// <summary><c>EXTENSION_RELOAD_MANAGER</c>: <c>true</c>, <c>false</c>, or empty for true when there are units.</summary>
    public string ReloadManager { get; set; } = "";

    /// <summary>Whether systemd-analyze reads the units, too: <c>true</c>, <c>false</c>, or empty for true.</summary>
    public string VerifyUnits { get; set; } = "";

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

    /// <summary>Whether the extension is described beside its image.</summary>
    public bool Describe { get; set; }

    /// <summary>The extension's own version, for its descriptions.</summary>
    public string Version { get; set; } = "";

    /// <summary>The name that its image is published under.</summary>
    public string PublishedName { get; set; } = "";

    /// <summary>The address that it will be published at; empty when that is not known.</summary>
    public string UpdateUrl { get; set; } = "";

    /// <summary>Whether machines ask for a signature of what is published there; empty for true.</summary>
    public string UpdateVerify { get; set; } = "";

    /// <inheritdoc/>
    protected override IEnumerable<ITaskItem> Items => [.. base.Items, .. Units];

    /// <inheritdoc/>
    protected override void Run(IDiagnosticReporter reporter, CancellationToken cancellationToken)
    {
        var store = OpenStore();
        using var output = Output(store, reporter);
        output.Check();
        CheckVersion();
        ApplicationItems.CheckFolders(ProjectDirectory, reporter);
        var packages = LoadPackages("extension", store, cancellationToken);
        var definition = new ExtensionDefinition
        {
            Name = ExtensionName,
            Kind = PropertyValue.Choice("ComposeProjectKind", Kind, ("sysext", ExtensionKind.System), ("confext", ExtensionKind.Configuration)),
            Release = new ExtensionReleaseDefinition
            {
                Id = PropertyValue.Text(ReleaseId),
                Level = PropertyValue.Text(Level),
                VersionId = PropertyValue.Text(VersionId),
                Architecture = PropertyValue.Text(Architecture),
                Scope = PropertyValue.Text(Scope),
                ReloadManager = PropertyValue.Boolean("ExtensionReloadManager", ReloadManager),
            },
            Packages = packages,
            Inputs = [.. LoadInputs(store, reporter, cancellationToken), .. ApplicationItems.Trees],
            Carries = LockedInputs.Carried(LoadedLockFile, "extension"),
            Files = ReadFiles(FilesDirectory),
            Units = [.. Units.Select(unit => new UnitDefinition(unit.ItemSpec, PropertyValue.Text(unit.GetMetadata("UpheldBy")))), .. ApplicationItems.Units],
            Declared = DeclaredContent,
            Exclusions = Exclusions,
            SourceDateEpoch = Epoch,
            VerifyUnits = PropertyValue.Boolean("ExtensionVerifyUnits", VerifyUnits) ?? true,
            BuildFolders = BuildFolders.Of(ProjectDirectory),
        };
        var baseTree = Base.Select(item => new ReferencedOutput(item).ReadTree(store)).FirstOrDefault();
        var references = Extensions.Select(item => new ReferencedOutput(item).ReadExtension(store, ProjectReferences));

        var tree = new ExtensionBuilder(reporter).Build(definition, baseTree, [.. references], cancellationToken).StoreContents(store, cancellationToken);
        CheckSeverities(reporter);
        if (Log.HasLoggedErrors)
        {
            return;
        }

        output.Write(tree, cancellationToken);
        WritePackagesFile(PackagesFile, ExtensionName, "extension");
        if (Describe)
        {
            WriteDescriptions(tree, store, [.. Base.Concat(Extensions).Select(item => new ReferencedOutput(item).Name)], cancellationToken);
        }

        // The tree comes last: its time says that all is written.
        FileTreeFile.WriteFile(tree, TreeFile);
    }

    private void WriteDescriptions(FileTree tree, ContentStore store, IReadOnlyList<string> references, CancellationToken cancellationToken)
    {
        var lockFile = LoadedLockFile;
        var image = new ImageDescription
        {
            Name = ExtensionName,
            Kind = Kind,
            Version = Version,
            Architecture = Architecture,
            Format = Format,
            Tree = tree,
            File = File.Exists(OutputPath) ? Checksums.Describe(OutputPath, cancellationToken) : null,
            PublishedName = PropertyValue.Text(PublishedName),
            Packages = LockedInputs.Packages(lockFile, "extension", ExtensionName, store, cancellationToken),
            Inputs = LockedInputs.Others(lockFile, ExtensionName),
            References = references,
            SourceDateEpoch = ExtensionOutput.NewestTime(tree),
        };
        var stem = Path.Combine(Path.GetDirectoryName(OutputPath)!, ExtensionName);
        DescriptionFiles.Write(image, stem);
        if (UpdateUrl.Length > 0 && image.File is not null)
        {
            var address = Uri.TryCreate(UpdateUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url!.UserInfo.Length == 0
                ? url
                : throw PropertyValue.Bad("ExtensionUpdateUrl", UpdateUrl, "an http or https address without user and password");
            DescriptionFiles.WriteUpdates(image, address, PropertyValue.Boolean("ExtensionUpdateVerify", UpdateVerify) ?? true, stem);
        }
    }

    /// <summary>The version becomes a part of a file name, in which systemd-sysupdate finds it again.</summary>
    /// <exception cref="DiagnosticException">It cannot stand there.</exception>
    private void CheckVersion()
    {
        if (Version.Length > 0 && (!char.IsAsciiLetterOrDigit(Version[0]) || Version.Any(c => !char.IsAsciiLetterOrDigit(c) && !".,+-".Contains(c, StringComparison.Ordinal))))
        {
            throw PropertyValue.Bad("ExtensionVersion", Version, "letters, digits, '.', ',', '+' and '-', beginning with a letter or a digit");
        }
    }

    /// <summary>What writes the output; made first, so that a wrong property is found before the work.</summary>
    private ExtensionOutput Output(ContentStore store, IDiagnosticReporter reporter) => new()
    {
        Name = ExtensionName,
        Path = OutputPath,
        Format = Format,
        Compression = Compression,
        CompressionLevel = CompressionLevel,
        Budget = CompressionBudget.Read(CompressionLevel, CompressionTimeBudget, CompressionSizeBudget),
        BlockSize = BlockSize,
        Architecture = Architecture,
        Seed = Seed,
        VeritySideFiles = VeritySideFiles,
        Signing = new SigningProperties(Resolve(SigningKey), Resolve(SigningCertificate), SigningCommand, Resolve(SigningPassphraseFile), ProjectDirectory),
        Cache = OpenBlockCache(store),
        Reporter = reporter,
        Log = Log,
    };

    private string Resolve(string path) => path.Length == 0 ? "" : Absolute(path);
}
