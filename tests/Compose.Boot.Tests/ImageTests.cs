using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Compose.Boot.Tests;

/// <summary>The image as tools see it that others wrote, before anything boots.</summary>
public sealed class ImageTests(ImageParts parts) : IClassFixture<ImageParts>
{
    private const string ReadOnlyAttribute = "GUID:60";

    [Fact]
    public void The_partition_table_is_valid_with_its_backup() =>
        Assert.Contains("No problems found", ExternalTool.Run("sgdisk", "-v", BootImage.Path), StringComparison.Ordinal);

    /// <summary>Types are the Discoverable Partitions Specification's; UUIDs of /usr are the halves of the root hash.</summary>
    [Theory]
    [InlineData(0, "EFI-SYSTEM", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", null)]
    [InlineData(1, "USR-A", "8484680C-9521-48C6-9C11-B0720656F69E", ReadOnlyAttribute)]
    [InlineData(2, "USR-A-verity", "77FF5F63-E7B6-4633-ACF4-1565B864C0E6", ReadOnlyAttribute)]
    public void Partitions_have_their_labels_types_and_attributes(int index, string label, string type, string? attributes)
    {
        var partition = parts.Partitions[index];
        Assert.Equal(label, partition.GetProperty("name").GetString());
        Assert.Equal(type, partition.GetProperty("type").GetString());
        Assert.Equal(attributes, partition.TryGetProperty("attrs", out var value) ? value.GetString() : null);
    }

    [Fact]
    public void The_uuids_of_usr_are_the_halves_of_its_root_hash()
    {
        var halves = string.Concat(parts.Partitions.Skip(1).Take(2).Select(partition => partition.GetProperty("uuid").GetString()));
        Assert.Equal(parts.RootHash, halves.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant());
    }

    [Fact]
    public void There_is_room_for_the_root()
    {
        var last = parts.Partitions[^1];
        var end = (last.GetProperty("start").GetInt64() + last.GetProperty("size").GetInt64()) * 512;
        Assert.True(new FileInfo(BootImage.Path).Length - end >= 1L << 30);
    }

    [Fact]
    public void The_file_is_sparse()
    {
        var allocated = long.Parse(ExternalTool.Run("stat", "-c", "%b", BootImage.Path), CultureInfo.InvariantCulture) * 512;
        Assert.InRange(allocated, 1, new FileInfo(BootImage.Path).Length / 4);
    }

    [Fact]
    public void Veritysetup_accepts_the_hashes_of_usr() =>
        ExternalTool.Run("veritysetup", "verify", parts.Usr, parts.UsrVerity, parts.RootHash);

    [Fact]
    public void Unsquashfs_lists_what_the_contents_file_says()
    {
        var listed = ExternalTool.Run("unsquashfs", "-l", "-d", "./usr", parts.Usr)
            .Split('\n').Where(line => line.StartsWith("./usr", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        var contents = File.ReadLines(BootImage.Beside("contents.txt"))
            .Select(line => Regex.Match(line, @"\./usr\S*").Value).Order(StringComparer.Ordinal);
        Assert.Equal(contents, listed);
    }

    [Theory]
    [InlineData("containerd-flatcar")]
    [InlineData("docker-flatcar")]
    public void An_extension_is_embedded_as_it_was_built(string name)
    {
        var project = name.Split('-')[0] + ".sysext";
        var embedded = Path.Combine(parts.Directory, name);
        ExternalTool.Run("unsquashfs", "-n", "-d", embedded, parts.Usr, $"share/flatcar/sysext/{name}.raw", $"share/flatcar/etc/extensions/{name}.raw");
        Assert.True(
            File.ReadAllBytes(Path.Combine(embedded, $"share/flatcar/sysext/{name}.raw")).AsSpan()
                .SequenceEqual(File.ReadAllBytes(BootImage.Extension(project, name))));
        Assert.Equal(
            $"/usr/share/flatcar/sysext/{name}.raw",
            new FileInfo(Path.Combine(embedded, $"share/flatcar/etc/extensions/{name}.raw")).LinkTarget);
    }

    [Fact]
    public void The_boot_partition_is_sound_and_holds_a_kernel_that_knows_the_root_hash()
    {
        ExternalTool.Run("fsck.vfat", "-n", parts.EfiSystem);
        var kernel = Path.Combine(parts.Directory, "uki.efi");
        ExternalTool.Run("mcopy", "-i", parts.EfiSystem, "::/EFI/BOOT/BOOTX64.EFI", kernel);
        var commandLine = Path.Combine(parts.Directory, "cmdline");
        ExternalTool.Run("objcopy", "--dump-section", $".cmdline={commandLine}", kernel, Path.Combine(parts.Directory, "copy.efi"));
        Assert.Contains($"usrhash={parts.RootHash}", File.ReadAllText(commandLine), StringComparison.Ordinal);
        ExternalTool.Run("sbverify", "--list", kernel);
    }

    [Fact]
    public void The_checksums_hold() =>
        ExternalTool.TryRun("sha256sum", ["--check", "--strict", "SHA256SUMS"], input: null, Path.GetDirectoryName(BootImage.Path))
            .EnsureSuccess();

    [Fact]
    public void The_checksums_are_those_of_every_file_beside_the_image()
    {
        var folder = Path.GetDirectoryName(BootImage.Path)!;
        var stem = Path.GetFileNameWithoutExtension(BootImage.Path);
        string[] endings = [".raw", "_contents.txt", "_disk_usage.txt", "_licenses.json", "_manifest.json", "_packages.txt", "_sbom.json", "_verity.txt"];
        Assert.Equal(
            endings.Select(ending => stem + ending),
            File.ReadLines(Path.Combine(folder, "SHA256SUMS")).Select(line => line[66..]));
    }

    [Fact]
    public void The_bill_of_materials_is_valid_and_names_every_package_and_extension()
    {
        var document = SpdxJudge.Check(BootImage.Beside("sbom.json"));

        // What is listed is in it: as often as the list has it, besides what only the initrd has.
        var urls = document.GetProperty("packages").EnumerateArray()
            .Where(package => package.TryGetProperty("externalRefs", out _))
            .Select(package => $"{package.GetProperty("name").GetString()} {package.GetProperty("versionInfo").GetString()}")
            .ToHashSet();
        var listed = File.ReadLines(BootImage.Beside("packages.txt")).Select(line => line.Split(' ')).Select(words => $"{words[1]} {words[2]}").ToArray();
        Assert.True(listed.Length > 100);
        Assert.All(listed, package => Assert.Contains(package, urls));
        var relationships = SpdxJudge.Relationships(document);
        Assert.Contains(("SPDXRef-Image", "CONTAINS", "SPDXRef-Extension-docker-flatcar"), relationships);
        Assert.Contains(("SPDXRef-Extension-docker-flatcar", "CONTAINS", "SPDXRef-Package-deb-docker.io-amd64"), relationships);
        Assert.Contains(("SPDXRef-Image", "CONTAINS", "SPDXRef-Package-deb-systemd-amd64"), relationships);
        Assert.Contains(relationships, relationship => relationship.From.StartsWith("SPDXRef-Initrd-", StringComparison.Ordinal) && relationship.To == "SPDXRef-Package-deb-systemd-amd64");

        // Most packages say their licence in the form that can be read.
        Assert.True(SpdxJudge.Licenses(BootImage.Beside("sbom.json")).Count > urls.Count / 2);
    }

    [Fact]
    public void The_manifest_has_the_digest_that_a_file_has()
    {
        using var manifest = JsonDocument.Parse(File.ReadAllBytes(BootImage.Beside("manifest.json")));
        var files = manifest.RootElement.GetProperty("files").EnumerateArray()
            .Where(file => file.GetProperty("kind").GetString() == "file")
            .ToDictionary(file => file.GetProperty("path").GetString()!, file => file.GetProperty("sha256").GetString());
        var folder = Path.Combine(parts.Directory, "manifest");
        string[] paths = ["share/flatcar/sysext/docker-flatcar.raw", "lib/systemd/systemd", "lib/os-release"];
        ExternalTool.Run("unsquashfs", ["-n", "-d", folder, parts.Usr, .. paths]);
        Assert.All(paths, path => Assert.Equal(files[$"/usr/{path}"], ExternalTool.Run("sha256sum", Path.Combine(folder, path)).Split(' ')[0]));
    }

    [Theory]
    [InlineData("base", "systemd")]
    [InlineData("base", "linux-image-.*-cloud-amd64")]
    [InlineData("containerd", "containerd")]
    [InlineData("docker", "docker.io")]
    public void The_packages_file_says_who_brings_what(string owner, string package) =>
        Assert.Contains(
            File.ReadLines(BootImage.Beside("packages.txt")),
            line => Regex.IsMatch(line, $"^{owner}\\S* {package} \\S+ (amd64|all)$"));
}

/// <summary>The partitions of the image, each in a file of its own.</summary>
public sealed class ImageParts : IDisposable
{
    private const int SectorSize = 512;

    public ImageParts()
    {
        using var table = JsonDocument.Parse(ExternalTool.Run("sfdisk", "--json", BootImage.Path));
        Partitions = [.. table.RootElement.GetProperty("partitiontable").GetProperty("partitions").EnumerateArray().Select(item => item.Clone())];
        Directory = System.IO.Directory.CreateTempSubdirectory("compose-image-").FullName;
        RootHash = BootImage.VerityText("Root hash");
        EfiSystem = Extract(0, "esp");
        Usr = Extract(1, "usr");
        UsrVerity = Extract(2, "usr-verity");
    }

    public IReadOnlyList<JsonElement> Partitions { get; }

    public string Directory { get; }

    public string RootHash { get; }

    public string EfiSystem { get; }

    public string Usr { get; }

    public string UsrVerity { get; }

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);

    private string Extract(int index, string name)
    {
        var path = Path.Combine(Directory, name);
        var start = Partitions[index].GetProperty("start").GetInt64();
        var size = Partitions[index].GetProperty("size").GetInt64();
        ExternalTool.Run(
            "dd", "if=" + BootImage.Path, "of=" + path, "bs=1M", "conv=sparse", "iflag=skip_bytes,count_bytes",
            $"skip={start * SectorSize}", $"count={size * SectorSize}");
        return path;
    }
}
