using System.Globalization;
using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Formats;
using Compose.Formats.Fat;
using Compose.Formats.Gpt;
using Compose.Formats.UnifiedKernel;
using Compose.Formats.Verity;
using Compose.SquashFs.Reading;

namespace Compose.Images.Artifacts;

/// <summary>A part of an artifact: a partition of a disk, or all of a squashfs image or folder.</summary>
/// <param name="name">What messages call it.</param>
/// <param name="content">What it holds.</param>
public sealed class ArtifactPart(string name, PartContent content)
{
    private static readonly TreePath Usr = TreePath.Parse("usr");
    private static readonly TreePath Efi = TreePath.Parse("efi");

    private FileTree? _mounted;

    /// <summary>What messages call it.</summary>
    public string Name { get; } = name;

    /// <summary>What it holds.</summary>
    public PartContent Content { get; } = content;

    /// <summary>Its entry in the partition table; null for what is no partition.</summary>
    public GptDiskPartition? Partition { get; init; }

    /// <summary>What its type says it is for; null for an unknown type, and for what is no partition.</summary>
    public PartitionPurpose? Purpose { get; init; }

    /// <summary>Where it is; null for a folder.</summary>
    public DiskRegion? Region { get; init; }

    /// <summary>The squashfs image; null for other contents, and when it cannot be opened.</summary>
    public SquashFsImage? SquashFs { get; init; }

    /// <summary>The FAT volume; null for other contents, and when it cannot be read.</summary>
    public FatVolume? Fat { get; init; }

    /// <summary>The superblock of verity hashes; null for other contents, and when it cannot be read.</summary>
    public VeritySuperblock? Verity { get; init; }

    /// <summary>The signature of a root hash; null for other contents, and when it cannot be read.</summary>
    public SignedRootHash? Signature { get; init; }

    /// <summary>The files it holds, as it has them; null when there are none, or they cannot be read.</summary>
    public FileTree? Files { get; init; }

    /// <summary>The unified kernel images among its files, with their paths.</summary>
    public IReadOnlyList<(TreePath Path, UnifiedKernel Kernel)> Kernels { get; init; } = [];

    /// <summary>How many errors were reported when it was opened.</summary>
    public int OpenProblems { get; init; }

    /// <summary>Where a booted system has the files.</summary>
    public TreePath MountPoint => Purpose?.Designator switch
    {
        "usr" => Usr,
        "esp" or "xbootldr" => Efi,
        _ => TreePath.Root,
    };

    /// <summary>The files where a booted system has them.</summary>
    public FileTree MountedFiles => _mounted ??= Mount();

    /// <summary>Opens a partition. What is damaged is reported, and null in the result.</summary>
    internal static ArtifactPart Open(
        DiskRegion disk,
        GptDiskPartition partition,
        string diskName,
        IDiagnosticReporter reporter,
        SquashFsReadOptions? limits,
        CancellationToken cancellationToken)
    {
        var label = TreePath.Describe(Encoding.UTF8.GetBytes(partition.Description.Label));
        var name = string.Create(CultureInfo.InvariantCulture, $"{diskName}, partition {partition.Number}{(label.Length == 0 ? "" : $" ({label})")}");
        var region = new DiskRegion(disk.File, partition.Offset, partition.Size);
        var purpose = PartitionPurpose.Of(partition.Description.Type);
        var content = purpose?.Role == PartitionRole.VeritySignature ? PartContent.VeritySignature : PartContents.Detect(region);
        var problems = new CountingReporter(reporter);
        SquashFsImage? image = null;
        FatVolume? fat = null;
        VeritySuperblock? verity = null;
        SignedRootHash? signature = null;
        FileTree? files = null;
        var kernels = new List<(TreePath, UnifiedKernel)>();
        try
        {
            switch (content)
            {
                case PartContent.SquashFs:
                    image = SquashFsReader.Open(disk.File, name, limits, region.Offset, region.Length);
                    files = image.ReadTree(cancellationToken);
                    break;
                case PartContent.Fat:
                    fat = FatReader.Read(region, name, problems, cancellationToken);
                    files = fat.Files;
                    kernels.AddRange(FindKernels(files, problems));
                    break;
                case PartContent.Verity:
                    verity = VeritySuperblock.Read(region, name);
                    break;
                case PartContent.VeritySignature:
                    signature = SignedRootHash.Read(region, name);
                    break;
            }
        }
        catch (DiagnosticException e)
        {
            problems.Report(e.Diagnostic);
        }
        catch
        {
            image?.Dispose();
            throw;
        }

        return new ArtifactPart(name, content)
        {
            Partition = partition,
            Purpose = purpose,
            Region = region,
            SquashFs = image,
            Fat = fat,
            Verity = verity,
            Signature = signature,
            Files = files,
            Kernels = kernels,
            OpenProblems = problems.Errors,
        };
    }

    private static IEnumerable<(TreePath Path, UnifiedKernel Kernel)> FindKernels(FileTree files, CountingReporter problems)
    {
        foreach (var (path, entry) in files)
        {
            if (entry is not FileEntry file || !path.ToString().EndsWith(".efi", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            UnifiedKernel? kernel = null;
            try
            {
                kernel = UnifiedKernelReader.Read(file.Content, path.ToString());
            }
            catch (DiagnosticException e)
            {
                problems.Report(e.Diagnostic);
            }

            if (kernel is not null)
            {
                yield return (path, kernel);
            }
        }
    }

    private FileTree Mount()
    {
        if (Files is null || MountPoint.IsRoot)
        {
            return Files ?? FileTree.Empty;
        }

        var mounted = new FileTreeBuilder();
        foreach (var (path, entry) in Files.Items)
        {
            mounted.Set(MountPoint.Append(path), entry);
        }

        return mounted.Build();
    }
}
