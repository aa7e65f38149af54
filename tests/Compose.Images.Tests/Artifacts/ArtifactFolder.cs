using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.Formats.Fat;
using Compose.Formats.Gpt;
using Compose.Formats.UnifiedKernel;
using Compose.Formats.Verity;
using Compose.SquashFs;

namespace Compose.Images.Tests.Artifacts;

/// <summary>A folder with artifacts, which goes when the test ends.</summary>
internal sealed class ArtifactFolder : IDisposable
{
    private const int MiB = 1024 * 1024;
    private const string Boot = "/usr/lib/systemd/boot/efi/";

    public static readonly Guid Seed = new("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");

    public string Path { get; } = Directory.CreateTempSubdirectory("compose-artifact-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => ExternalTool.Run("rm", "-rf", Path);

    /// <summary>A squashfs image of a tree.</summary>
    public string Pack(string name, FileTree tree, int blockSize = 128 * 1024)
    {
        AtomicFile.Write(this[name], stream => SquashFsWriter.Write(tree, stream, new SquashFsOptions { BlockSize = blockSize }));
        return this[name];
    }

    /// <summary>A folder of a tree.</summary>
    public string Write(string name, FileTree tree)
    {
        HostTreeWriter.Write(tree, this[name], replace: true, keepOwners: false);
        return this[name];
    }

    /// <summary>A disk as a system has it: EFI system partition with a unified kernel image, /usr with its hashes.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="usr">The tree below /usr.</param>
    /// <param name="hash">The root hash on the kernel's command line; null for the right one.</param>
    public string MakeSystem(string name, FileTree usr, string? hash = null)
    {
        var types = SystemPartitionTypes.X64;
        using var file = File.OpenHandle(this[name], FileMode.Create, FileAccess.ReadWrite);
        var disk = new GptDiskWriter(file, DiscoverableUuid.Disk(Seed));
        var efi = disk.Add(new GptPartition("EFI-SYSTEM", PartitionTypes.EfiSystem, Guid.NewGuid()), 40 * MiB);
        var data = disk.Add(new GptPartition("USR-A", types.Usr, Guid.NewGuid(), GptPartitionAttributes.ReadOnly), 8 * MiB);
        var hashes = disk.Add(new GptPartition("USR-A-verity", types.UsrVerity, Guid.NewGuid(), GptPartitionAttributes.ReadOnly), MiB);
        VerityTree tree;
        using (var stream = data.OpenWrite())
        using (var hashing = new VerityHashingStream(stream, new VerityParameters(Seed, DiscoverableUuid.VeritySalt(Seed)), leaveOpen: true))
        {
            SquashFsWriter.Write(usr, hashing, new SquashFsOptions());
            tree = hashing.Complete();
        }

        using (var stream = hashes.OpenWrite())
        {
            tree.WriteTo(stream);
        }

        data.Partition = data.Partition with { Id = DiscoverableUuid.VerityData(tree.RootHash) };
        hashes.Partition = hashes.Partition with { Id = DiscoverableUuid.VerityHash(tree.RootHash) };
        var kernel = UnifiedKernelImage.Assemble(new UnifiedKernelParts(Content("linuxx64.efi.stub"), Content("systemd-bootx64.efi"))
        {
            CommandLine = $"usrhash={hash ?? tree.RootHash.ToString()} console=ttyS0",
            OsRelease = new BytesContent("ID=compose\nPRETTY_NAME=\"Compose \u001b[31m1\"\n"),
            KernelRelease = "6.12.0",
        });
        var files = new FileTreeBuilder().Set("EFI/BOOT/BOOTX64.EFI", new FileEntry(EntryMetadata.File, kernel)).Build();
        using (var stream = efi.OpenWrite())
        {
            FatWriter.Write(files, new FatOptions(40 * MiB, 1, "EFI-SYSTEM", DateTimeOffset.UnixEpoch), stream);
        }

        disk.Complete();
        return this[name];
    }

    /// <summary>Changes bytes of a file.</summary>
    public void Change(string name, long offset, params byte[] bytes)
    {
        using var file = File.OpenHandle(this[name], FileMode.Open, FileAccess.Write);
        RandomAccess.Write(file, bytes, offset);
    }

    private static BytesContent Content(string name) => new(File.ReadAllBytes(ExternalTool.RequireFile(Boot + name, "systemd-boot-efi")));
}
