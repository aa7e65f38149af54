using System.Security.Cryptography;
using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.Formats.Fat;
using Compose.Formats.Gpt;
using Compose.Formats.UnifiedKernel;
using Compose.Formats.Verity;
using Compose.Images.BaseSystems;
using Compose.SquashFs;
using Architecture = System.Runtime.InteropServices.Architecture;

namespace Compose.Images.Disks;

/// <summary>
/// Writes a disk image that boots with UEFI: EFI system partition with a unified kernel image, /usr as squashfs with
/// dm-verity, and room for a root file system.
/// </summary>
/// <remarks>
/// Everything goes straight to its place in the file. The order follows from who needs what: /usr gives the root hash,
/// which is on the kernel's command line, which is in the unified kernel image, which is in the EFI system partition.
/// </remarks>
public static class DiskImageBuilder
{
    private static readonly TreePath StubDirectory = TreePath.Parse("usr/lib/systemd/boot/efi");

    /// <summary>Writes the image by a temporary name, and renames it when it is complete.</summary>
    /// <exception cref="DiagnosticException">The image cannot be made; nothing is left then.</exception>
    public static DiskImage WriteFile(
        DiskImageDefinition definition, string path, IProgress<SquashFsProgress>? progress = null, CancellationToken cancellationToken = default) =>
        AtomicFile.Write(path, stream => Write(definition, stream, progress, cancellationToken));

    private static DiskImage Write(
        DiskImageDefinition definition, FileStream file, IProgress<SquashFsProgress>? progress, CancellationToken cancellationToken)
    {
        var kernelRelease = Kernel.ReleaseOf(definition.System);
        var usrTree = UsrTree.Create(definition.System, definition.Extensions, definition.SourceDateEpoch);
        var seed = definition.Seed ?? SeedOf(definition.Name);
        var types = definition.PartitionTypes;

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var initrd = Task.Run(
            () => PackedInitrd.Create(definition.Initrd, definition.InitrdCompressionLevel, definition.SquashFs.Cache, stop.Token), stop.Token);
        try
        {
            var disk = new GptDiskWriter(file.SafeFileHandle, DiscoverableUuid.Disk(seed));
            var efiSystem = disk.Add(
                new GptPartition("EFI-SYSTEM", PartitionTypes.EfiSystem, DiscoverableUuid.Partition(seed, PartitionTypes.EfiSystem)),
                definition.EfiSystemSize);

            // These two get their UUIDs from the root hash, below.
            var usr = disk.Add(
                new GptPartition("USR-A", types.Usr, DiscoverableUuid.Partition(seed, types.Usr), GptPartitionAttributes.ReadOnly),
                definition.UsrSize);
            var usrVerity = disk.Add(
                new GptPartition("USR-A-verity", types.UsrVerity, DiscoverableUuid.Partition(seed, types.UsrVerity), GptPartitionAttributes.ReadOnly),
                definition.UsrVeritySize);

            var parameters = new VerityParameters(DiscoverableUuid.VeritySuperblock(seed), DiscoverableUuid.VeritySalt(seed));
            var (tree, usrBytes) = WriteUsr(definition, usrTree, usr, parameters, progress, cancellationToken);
            WriteHashes(definition, tree, usrVerity, cancellationToken);
            usr.Partition = usr.Partition with { Id = DiscoverableUuid.VerityData(tree.RootHash) };
            usrVerity.Partition = usrVerity.Partition with { Id = DiscoverableUuid.VerityHash(tree.RootHash) };

            var commandLine = string.Join(' ', [$"usrhash={tree.RootHash}", .. definition.KernelArguments]);
            var kernel = AssembleKernel(definition, kernelRelease, initrd.GetAwaiter().GetResult(), commandLine);
            WriteEfiSystem(definition, kernel, efiSystem, cancellationToken);

            var used = usrVerity.Offset + definition.UsrVeritySize;
            var size = disk.Complete(used + definition.RootSize);
            return new DiskImage(
                size, usrTree, usrBytes, tree.RootHash, VerityReport.Create(tree, parameters, usr, usrVerity), commandLine);
        }
        catch
        {
            // The file is deleted after this: nothing may be left that reads the trees.
            stop.Cancel();
            ((IAsyncResult)initrd).AsyncWaitHandle.WaitOne();
            throw;
        }
    }

    private static (VerityTree Tree, long Bytes) WriteUsr(
        DiskImageDefinition definition,
        FileTree usrTree,
        GptPartitionSlot slot,
        VerityParameters parameters,
        IProgress<SquashFsProgress>? progress,
        CancellationToken cancellationToken)
    {
        using var partition = slot.OpenWrite();
        using var hashes = new VerityHashingStream(partition, parameters, leaveOpen: true, cancellationToken);
        try
        {
            var summary = SquashFsWriter.Write(usrTree, hashes, definition.SquashFs, progress, cancellationToken);
            return (hashes.Complete(), summary.Bytes);
        }
        catch (DiagnosticException e) when (e.Diagnostic.Descriptor == Formats.FormatDiagnostics.PartitionTooSmall)
        {
            throw TooSmall("/usr", definition.UsrSize, "ImageUsrSize", e);
        }
    }

    private static void WriteHashes(DiskImageDefinition definition, VerityTree tree, GptPartitionSlot slot, CancellationToken cancellationToken)
    {
        if (tree.Length > definition.UsrVeritySize)
        {
            throw TooSmall("the hashes of /usr", definition.UsrVeritySize, "ImageUsrVeritySize", inner: null);
        }

        using var partition = slot.OpenWrite();
        tree.WriteTo(partition, cancellationToken);
    }

    private static FileContent AssembleKernel(DiskImageDefinition definition, string kernelRelease, FileContent initrd, string commandLine)
    {
        var stubName = definition.Architecture == Architecture.Arm64 ? "linuxaa64.efi.stub" : "linuxx64.efi.stub";
        if (!definition.System.TryGet(StubDirectory.Child(stubName), out var stub) || stub is not FileEntry stubFile)
        {
            throw new DiagnosticException(ImageDiagnostics.MissingInBase.Create(
                $"The base system has no boot stub '/{StubDirectory}/{stubName}': name the package that brings it, systemd-boot-efi in Debian."));
        }

        definition.System.TryGet(TreePath.Parse("usr/lib/os-release"), out var osRelease);
        return UnifiedKernelImage.Assemble(new UnifiedKernelParts(stubFile.Content, Kernel.ImageOf(definition.System, kernelRelease).Content)
        {
            Initrds = [initrd],
            CommandLine = commandLine,
            OsRelease = (osRelease as FileEntry)?.Content,
            KernelRelease = kernelRelease,
        });
    }

    private static void WriteEfiSystem(DiskImageDefinition definition, FileContent kernel, GptPartitionSlot slot, CancellationToken cancellationToken)
    {
        // The firmware starts this path when it knows no other entry (UEFI 2.10, 3.5.1.1).
        var name = definition.Architecture == Architecture.Arm64 ? "BOOTAA64.EFI" : "BOOTX64.EFI";
        var tree = new FileTreeBuilder().Set($"EFI/BOOT/{name}", new FileEntry(EntryMetadata.File, kernel)).Build();
        var volumeId = DiscoverableUuid.FatVolumeId(DiscoverableUuid.FileSystem(slot.Partition.Id));
        var time = DateTimeOffset.FromUnixTimeSeconds(definition.SourceDateEpoch);
        using var partition = slot.OpenWrite();
        try
        {
            FatWriter.Write(tree, new FatOptions(definition.EfiSystemSize, volumeId, "EFI-SYSTEM", time), partition, cancellationToken);
        }
        catch (DiagnosticException e) when (e.Diagnostic.Descriptor == Formats.FormatDiagnostics.VolumeTooSmall)
        {
            throw TooSmall("the EFI system partition's files", definition.EfiSystemSize, "ImageEfiSystemSize", e);
        }
    }

    private static DiagnosticException TooSmall(string what, long size, string property, Exception? inner) =>
        new(
            ImageDiagnostics.PartitionTooSmall.Create($"{size >> 20} MiB are too small for {what}. Raise {property}, or leave something out."),
            inner);

    /// <summary>Images of one name keep their UUIDs from version to version, as disks that are updated in place do.</summary>
    private static Guid SeedOf(string name) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes("compose disk image\n" + name)).AsSpan(0, 16), bigEndian: true);
}
