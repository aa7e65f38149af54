using System.Globalization;
using System.Runtime.InteropServices;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Formats.Fat;
using Compose.Formats.Gpt;
using Compose.Formats.UnifiedKernel;
using Compose.SquashFs.Reading;

namespace Compose.Images.Artifacts.Inspection;

/// <summary>Says what an artifact is and holds. No contents but those of small text files are read.</summary>
public static class ArtifactInspector
{
    private static readonly (GptPartitionAttributes Bit, string Name)[] FlagNames =
    [
        (GptPartitionAttributes.GrowFileSystem, "grow-file-system"),
        (GptPartitionAttributes.ReadOnly, "read-only"),
        (GptPartitionAttributes.NoAuto, "no-auto"),
    ];

    private static readonly (SquashFsImageFlags Bit, string Name)[] SquashFsFlagNames =
    [
        (SquashFsImageFlags.StoredInodes, "stored-inodes"),
        (SquashFsImageFlags.StoredData, "stored-data"),
        (SquashFsImageFlags.StoredFragments, "stored-fragments"),
        (SquashFsImageFlags.NoFragments, "no-fragments"),
        (SquashFsImageFlags.PackedTails, "packed-tails"),
        (SquashFsImageFlags.Deduplicated, "deduplicated"),
        (SquashFsImageFlags.Exportable, "exportable"),
        (SquashFsImageFlags.StoredAttributes, "stored-attributes"),
        (SquashFsImageFlags.NoAttributes, "no-attributes"),
        (SquashFsImageFlags.CodecSettings, "codec-settings"),
        (SquashFsImageFlags.StoredIds, "stored-ids"),
    ];

    /// <summary>Looks through an artifact.</summary>
    /// <param name="artifact">The artifact.</param>
    /// <param name="reporter">Told of what cannot be read.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ArtifactFacts Inspect(Artifact artifact, IDiagnosticReporter reporter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(artifact);
        ArgumentNullException.ThrowIfNull(reporter);
        var parts = new List<PartFacts>();
        foreach (var part in artifact.Parts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            parts.Add(Of(part, artifact.Stem, reporter));
        }

        var (list, packages) = Guard(() => PackageLists.Find(artifact), (null, []), reporter);
        return new ArtifactFacts(
            TreeText.Printable(artifact.Path),
            artifact.Kind switch
            {
                ArtifactKind.SquashFs => "squashfs",
                ArtifactKind.Disk => "disk",
                _ => "directory",
            },
            artifact.Size,
            artifact.Disk is { } disk ? new DiskFacts(disk.Id, disk.SectorSize) : null,
            parts,
            list,
            packages);
    }

    private static PartFacts Of(ArtifactPart part, string stem, IDiagnosticReporter reporter) => new(
        part.Partition is { } partition ? Of(partition, part.Purpose) : null,
        part.Content.Name(),
        part.SquashFs is { } image ? Of(image.Facts) : null,
        part.Fat is { } fat ? Of(fat) : null,
        part.Verity is { } verity
            ? new VerityFacts(verity.Id, verity.Algorithm, verity.DataBlockSize, verity.HashBlockSize, verity.DataBlocks, Convert.ToHexStringLower(verity.Salt.Span))
            : null,
        part.Signature is { } signature
            ? new SignatureFacts(
                Convert.ToHexStringLower(signature.RootHash.Span),
                signature.CertificateFingerprint is { } fingerprint ? TreeText.Printable(fingerprint) : null,
                [.. signature.Signers.Select(TreeText.Printable)])
            : null,
        part.Files is null ? null : Guard<TreeFacts?>(() => TreeFacts.Of(part, stem), null, reporter),
        [.. part.Kernels.Select(kernel => Of(kernel.Path, kernel.Kernel))]);

    private static PartitionFacts Of(GptDiskPartition partition, PartitionPurpose? purpose)
    {
        var description = partition.Description;
        return new PartitionFacts(
            partition.Number,
            TreeText.Printable(description.Label),
            purpose?.Name ?? description.Type.ToString(),
            description.Type,
            description.Id,
            partition.Offset,
            partition.Size,
            [.. Flags(description.Attributes)]);
    }

    private static IEnumerable<string> Flags(GptPartitionAttributes attributes)
    {
        for (var i = 0; i < 64; i++)
        {
            var bit = (GptPartitionAttributes)(1UL << i);
            if (attributes.HasFlag(bit))
            {
                yield return Array.Find(FlagNames, flag => flag.Bit == bit).Name ?? string.Create(CultureInfo.InvariantCulture, $"bit-{i}");
            }
        }
    }

    private static SquashFsFacts Of(SquashFsImageFacts facts)
    {
        var settings = new OrderedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var setting in facts.CodecSettings)
        {
            settings[setting.Name] = setting.Value;
        }

        return new SquashFsFacts(
            facts.Codec.ToString().ToLowerInvariant(),
            settings,
            facts.BlockSize,
            facts.ModificationTime,
            facts.BytesUsed,
            facts.InodeCount,
            facts.FragmentCount,
            [.. SquashFsFlagNames.Where(flag => facts.Flags.HasFlag(flag.Bit)).Select(flag => flag.Name)]);
    }

    private static FatFacts Of(FatVolume fat) => new(
        fat.Bits,
        string.Create(CultureInfo.InvariantCulture, $"{fat.VolumeId >> 16:X4}-{fat.VolumeId & 0xFFFF:X4}"),
        TreeText.Printable(fat.Label),
        fat.Size,
        fat.ClusterSize,
        fat.UsedBytes);

    private static KernelFacts Of(TreePath path, UnifiedKernel kernel) => new(
        $"/{path}",
        kernel.Architecture == Architecture.Arm64 ? "arm64" : "x86-64",
        kernel.KernelRelease is { } release ? TreeText.Printable(release) : null,
        kernel.CommandLine is { } line ? TreeText.Printable(line.TrimEnd('\n')) : null,
        ReleaseVariables.Parse(kernel.OsRelease ?? string.Empty),
        [.. kernel.Sections.Select(section => new SectionFacts(TreeText.Printable(section.Name), section.Size))]);

    /// <summary>What a damaged image still tells is told.</summary>
    private static T Guard<T>(Func<T> look, T otherwise, IDiagnosticReporter reporter)
    {
        try
        {
            return look();
        }
        catch (DiagnosticException e)
        {
            reporter.Report(e.Diagnostic);
            return otherwise;
        }
    }
}
