using System.Security.Cryptography;
using System.Text.Json;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.ExtensionImages;
using Compose.Images.Signing;
using Compose.Images.Tests.Signing;
using Compose.SquashFs;

namespace Compose.Images.Tests.ExtensionImages;

public sealed class DiscoverableDiskImageTests : IDisposable
{
    private const string Seed = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_partitions_hold_squashfs_its_hashes_and_the_signature_of_the_root_hash()
    {
        var (key, certificate) = SigningKeys.Create(_folder);
        using var signer = KeySigner.Load(key, certificate, passphrase: null);
        var image = _folder["tools.raw"];
        var (_, rootHash) = DiscoverableDiskImage.WriteFile(SampleTree(), image, Options() with { Signer = signer }, cancellationToken: Cancel);

        Assert.Contains("No problems found", ExternalTool.Run("sgdisk", "-v", image), StringComparison.Ordinal);
        ExternalTool.Run("sfdisk", "--verify", image);
        var partitions = Partitions(image);
        Assert.Equal(["root-x86-64", "root-x86-64-verity", "root-x86-64-verity-sig"], partitions.Select(partition => partition.Name));
        var (data, hashes, signature) = (Extract(image, partitions[0]), Extract(image, partitions[1]), Extract(image, partitions[2]));

        Assert.Equal("usr/big", string.Join('\n', ExternalTool.Run("unsquashfs", "-l", data).Split('\n').Where(line => line.EndsWith("/big", StringComparison.Ordinal)))[^7..]);
        ExternalTool.Run("veritysetup", "verify", data, hashes, rootHash.ToString());
        Assert.Equal(rootHash.ToString(), (partitions[0].Id.ToString("N") + partitions[1].Id.ToString("N")));

        using var json = JsonDocument.Parse(File.ReadAllText(signature).TrimEnd('\0'));
        Assert.Equal(rootHash.ToString(), json.RootElement.GetProperty("rootHash").GetString());
        SigningKeys.Verify(_folder, json.RootElement.GetProperty("signature").GetBytesFromBase64(), rootHash.ToString(), certificate).EnsureSuccess();
    }

    [Fact]
    public void Systemd_repart_lays_the_same_partitions_out_from_the_same_seed()
    {
        var (key, certificate) = SigningKeys.Create(_folder);
        using var signer = KeySigner.Load(key, certificate, passphrase: null);
        var image = _folder["tools.raw"];
        DiscoverableDiskImage.WriteFile(SampleTree(), image, Options() with { Signer = signer }, cancellationToken: Cancel);
        var ours = Partitions(image);

        // Version 252 hashes blocks of 512 bytes unless told otherwise, which it cannot be: its hashes need more room.
        const long TheirHashSectors = 4096;
        var definitions = Directory.CreateDirectory(_folder["definitions"]).FullName;
        Define("10-root", "root", "data", ours[0].Sectors, $"CopyBlocks={Extract(image, ours[0])}\nReadOnly=yes\n");
        Define("20-verity", "root-verity", "hash", TheirHashSectors, "");
        Define("30-signature", "root-verity-sig", "signature", null, "ReadOnly=yes\n");
        var theirs = _folder["repart.raw"];
        ExternalTool.Run(
            "systemd-repart", "--empty=create", "--size=auto", "--dry-run=no", "--seed=" + Seed, "--definitions=" + definitions,
            "--private-key=" + key, "--certificate=" + certificate, theirs);

        var more = TheirHashSectors - ours[1].Sectors;
        Assert.Equal(new FileInfo(theirs).Length, new FileInfo(image).Length + (more * 512));
        Assert.Equal(DiskId(theirs), DiskId(image));

        // The salt of dm-verity is random there, and with it the root hash and the UUIDs that are parts of it.
        Assert.Equal(
            Partitions(theirs).Select((partition, i) => i < 2 ? partition with { Id = Guid.Empty } : partition),
            [
                ours[0] with { Id = Guid.Empty },
                ours[1] with { Id = Guid.Empty, Sectors = TheirHashSectors },
                ours[2] with { Start = ours[2].Start + more },
            ]);

        void Define(string file, string type, string verity, long? sectors, string more) => File.WriteAllText(
            Path.Combine(definitions, file + ".conf"),
            $"[Partition]\nType={type}\nVerity={verity}\nVerityMatchKey=root\n{more}"
            + (sectors is null ? "" : $"SizeMinBytes={sectors * 512}\nSizeMaxBytes={sectors * 512}\n"));
    }

    [Fact]
    public void The_same_tree_gives_the_same_bytes_on_any_number_of_threads()
    {
        var (key, certificate) = SigningKeys.Create(_folder, kind: SigningKeys.Curve);
        var sums = Enumerable.Range(1, 3).Select(threads =>
        {
            using var signer = KeySigner.Load(key, certificate, passphrase: null);
            var image = _folder[$"{threads}.raw"];
            var options = Options() with { Signer = signer, Seed = null };
            DiscoverableDiskImage.WriteFile(SampleTree(), image, options with { SquashFs = options.SquashFs with { Threads = threads } }, cancellationToken: Cancel);
            return Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(image)));
        });

        Assert.Single(sums.Distinct());
    }

    [Fact]
    public void Extensions_of_other_names_have_other_identifiers()
    {
        Guid Id(string name)
        {
            DiscoverableDiskImage.WriteFile(SampleTree(), _folder[name], Options() with { Name = name, Seed = null }, cancellationToken: Cancel);
            return DiskId(_folder[name]);
        }

        Assert.NotEqual(Id("one"), Id("two"));
    }

    [Fact]
    public void A_signer_that_fails_leaves_no_image()
    {
        var (_, certificate) = SigningKeys.Create(_folder);
        using var signer = new CommandSigner("exit 1", _folder.Path, certificate);
        var image = _folder["tools.raw"];

        Assert.Throws<DiagnosticException>(() => DiscoverableDiskImage.WriteFile(SampleTree(), image, Options() with { Signer = signer }, cancellationToken: Cancel));
        Assert.Throws<DiagnosticException>(() => VeritySideFiles.WriteFiles(SampleTree(), image, Options() with { Signer = signer }, cancellationToken: Cancel));
        Assert.Equal(["signer.crt", "signer.key"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_bare_image_has_its_hashes_and_their_signature_beside_it()
    {
        var (key, certificate) = SigningKeys.Create(_folder);
        using var signer = KeySigner.Load(key, certificate, passphrase: null);
        var image = _folder["tools.raw"];
        var (_, rootHash) = VeritySideFiles.WriteFiles(SampleTree(), image, Options() with { Signer = signer }, cancellationToken: Cancel);

        SquashFsWriter.WriteFile(SampleTree(), _folder["bare.raw"], Options().SquashFs, cancellationToken: Cancel);
        Assert.Equal(File.ReadAllBytes(_folder["bare.raw"]), File.ReadAllBytes(image));
        Assert.Equal(rootHash + "\n", File.ReadAllText(_folder["tools.roothash"]));
        ExternalTool.Run("veritysetup", "verify", image, _folder["tools.verity"], rootHash.ToString());
        SigningKeys.Verify(_folder, File.ReadAllBytes(_folder["tools.roothash.p7s"]), rootHash.ToString(), certificate).EnsureSuccess();
    }

    private static ExtensionImageOptions Options() => new()
    {
        Name = "tools",
        Seed = new Guid(Seed),
        SquashFs = new SquashFsOptions { Compression = new ZstdCompression(3) },
    };

    private static FileTree SampleTree()
    {
        // Large enough for systemd-repart to align partitions as it does on disks of the usual sizes.
        var bytes = new byte[9_000_001];
        new Random(1).NextBytes(bytes.AsSpan(0, 7_000_000));
        return new FileTreeBuilder(Trees.Of("usr/lib/extension-release.d/extension-release.tools", "usr/bin/link -> tool", "usr/bin/tool"))
            .Set("usr/big", new FileEntry(EntryMetadata.File, new BytesContent(bytes)))
            .Build();
    }

    private string Extract(string image, Partition partition)
    {
        var path = _folder[partition.Name + ".bin"];
        ExternalTool.Run("dd", $"if={image}", $"of={path}", "bs=512", $"skip={partition.Start}", $"count={partition.Sectors}", "status=none");
        return path;
    }

    private static Guid DiskId(string image) => Table(image).GetProperty("id").GetGuid();

    private static Partition[] Partitions(string image) =>
    [
        .. Table(image).GetProperty("partitions").EnumerateArray().Select(partition => new Partition(
            partition.GetProperty("name").GetString()!,
            partition.GetProperty("start").GetInt64(),
            partition.GetProperty("size").GetInt64(),
            partition.GetProperty("type").GetGuid(),
            partition.GetProperty("uuid").GetGuid(),
            partition.TryGetProperty("attrs", out var attributes) ? attributes.GetString()! : "")),
    ];

    private static JsonElement Table(string image) =>
        JsonDocument.Parse(ExternalTool.Run("sfdisk", "--json", image)).RootElement.GetProperty("partitiontable");

    private sealed record Partition(string Name, long Start, long Sectors, Guid Type, Guid Id, string Attributes);
}
