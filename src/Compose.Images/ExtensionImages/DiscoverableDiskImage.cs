using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.Formats.Gpt;
using Compose.Formats.Verity;
using Compose.SquashFs;

namespace Compose.Images.ExtensionImages;

/// <summary>
/// Writes an extension as a discoverable disk image (DDI, UAPI.3): a GPT with a root partition, its dm-verity hashes, and,
/// with a signer, the signature of their root hash. Layout, labels, attributes and UUIDs are those that systemd-repart gives
/// partitions of these sizes from the same seed.
/// </summary>
public static class DiscoverableDiskImage
{
    /// <summary>Where systemd-repart puts the first partition, in bytes.</summary>
    private const int FirstOffset = 1024 * 1024;

    /// <summary>What systemd-repart rounds offsets and sizes to, in bytes.</summary>
    private const int Grain = 4096;

    /// <summary>Writes the image by a temporary name, and renames it when it is complete.</summary>
    /// <param name="tree">What the extension holds.</param>
    /// <param name="path">The image's path.</param>
    /// <param name="options">How it is written.</param>
    /// <param name="progress">Told about the bytes taken in.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>What the file system came to, and the root hash that vouches for it.</returns>
    /// <exception cref="DiagnosticException">The image cannot be made; nothing is left then.</exception>
    public static (SquashFsSummary Summary, Sha256Digest RootHash) WriteFile(
        FileTree tree,
        string path,
        ExtensionImageOptions options,
        IProgress<SquashFsProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        AtomicFile.Write(path, file => Write(tree, file, options, progress, cancellationToken));

    private static (SquashFsSummary Summary, Sha256Digest RootHash) Write(
        FileTree tree, FileStream file, ExtensionImageOptions options, IProgress<SquashFsProgress>? progress, CancellationToken cancellationToken)
    {
        var seed = options.EffectiveSeed;
        var types = PartitionTypes.For(options.Architecture);
        var label = options.Architecture == System.Runtime.InteropServices.Architecture.Arm64 ? "root-arm64" : "root-x86-64";
        var disk = new GptDiskWriter(file.SafeFileHandle, DiscoverableUuid.Disk(seed), Grain, FirstOffset);

        // The UUIDs of the first two follow from the root hash, below.
        var root = disk.AddSizedByContent(Describe(label, types.Root));
        SquashFsSummary summary;
        VerityTree hashes;
        using (var partition = root.OpenWrite())
        using (var hashing = new VerityHashingStream(partition, VeritySideFiles.Parameters(seed), leaveOpen: true, cancellationToken))
        {
            summary = SquashFsWriter.Write(tree, hashing, options.SquashFs, progress, cancellationToken);
            hashes = hashing.Complete();
        }

        root.Partition = root.Partition with { Id = DiscoverableUuid.VerityData(hashes.RootHash) };
        var verity = disk.AddSizedByContent(
            Describe(label + "-verity", types.RootVerity) with { Id = DiscoverableUuid.VerityHash(hashes.RootHash) });
        using (var partition = verity.OpenWrite())
        {
            hashes.WriteTo(partition, cancellationToken);
        }

        if (options.Signer is { } signer)
        {
            var signature = disk.Add(Describe(label + "-verity-sig", types.RootVeritySignature) with { Attributes = GptPartitionAttributes.None }, VeritySignature.PartitionSize);
            using var partition = signature.OpenWrite();
            signer.Sign(hashes.RootHash, cancellationToken).WriteTo(partition);
        }

        disk.Complete();
        return (summary, hashes.RootHash);

        GptPartition Describe(string name, Guid type) =>
            new(name, type, DiscoverableUuid.Partition(seed, type), GptPartitionAttributes.ReadOnly);
    }
}
