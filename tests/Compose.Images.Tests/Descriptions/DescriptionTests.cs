using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Compose.FileTrees;
using Compose.Images.Descriptions;
using Compose.Images.Licenses;
using Compose.Packages.Locking;

namespace Compose.Images.Tests.Descriptions;

public sealed class DescriptionTests : IDisposable
{
    private static readonly Sha256Digest Digest = new(SHA256.HashData("image"u8));

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_bill_of_materials_names_image_packages_and_licences()
    {
        using var document = JsonDocument.Parse(SpdxDocument.Create(Image()));
        var root = document.RootElement;
        Assert.Equal("SPDX-2.3", root.GetProperty("spdxVersion").GetString());
        Assert.Equal("2023-11-14T22:13:20Z", root.GetProperty("creationInfo").GetProperty("created").GetString());
        var packages = root.GetProperty("packages").EnumerateArray().ToArray();
        Assert.Equal(["tools", "libb2", "zlib", "https://example.org/a.tar"], packages.Select(package => package.GetProperty("name").GetString()));
        Assert.Equal(Digest.ToString(), packages[0].GetProperty("checksums")[0].GetProperty("checksumValue").GetString());
        Assert.Equal("MIT AND Zlib", packages[2].GetProperty("licenseDeclared").GetString());
        Assert.Equal("LicenseRef-debian-odd", packages[1].GetProperty("licenseDeclared").GetString());
        Assert.Equal("pkg:deb/debian/zlib@1%3A1.3.dfsg-1?arch=amd64&distro=trixie", packages[2].GetProperty("externalRefs")[0].GetProperty("referenceLocator").GetString());
        Assert.Equal("LicenseRef-debian-odd", root.GetProperty("hasExtractedLicensingInfos")[0].GetProperty("licenseId").GetString());

        // Each identifier is made once, and each that is referred to is made.
        var ids = packages.Select(package => package.GetProperty("SPDXID").GetString()!).Append("SPDXRef-DOCUMENT").ToArray();
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^SPDXRef-[A-Za-z0-9.-]+$", id));
        Assert.All(root.GetProperty("relationships").EnumerateArray(), relationship =>
        {
            Assert.Contains(relationship.GetProperty("spdxElementId").GetString(), ids);
            Assert.Contains(relationship.GetProperty("relatedSpdxElement").GetString(), ids);
        });
    }

    [Fact]
    public void The_manifest_lists_every_file_and_package()
    {
        using var document = JsonDocument.Parse(Manifest.Create(Image()));
        var files = document.RootElement.GetProperty("files").EnumerateArray().Select(file => file.GetProperty("path").GetString());
        Assert.Equal(["/usr", "/usr/bin", "/usr/bin/link", "/usr/bin/tool"], files);
        Assert.Equal(["libb2 1.0", "zlib 1:1.3.dfsg-1"], document.RootElement.GetProperty("packages").EnumerateArray()
            .Select(package => $"{package.GetProperty("name").GetString()} {package.GetProperty("version").GetString()}"));
    }

    [Fact]
    public void Descriptions_do_not_depend_on_the_order_in_which_packages_are_told()
    {
        var image = Image();
        var reversed = image with { Packages = [.. image.Packages.Reverse()], References = [.. image.References.Reverse()] };

        Assert.Equal(Write(image, "a"), Write(reversed, "b"));

        string[] Write(ImageDescription description, string stem)
        {
            DescriptionFiles.Write(description, _folder[stem]);
            return [.. Directory.GetFiles(_folder.Path, stem + "_*").Order(StringComparer.Ordinal).Select(File.ReadAllText)];
        }
    }

    [Fact]
    public void Sizes_are_summed_by_folder_and_a_hard_link_counts_once()
    {
        var file = new FileEntry(EntryMetadata.File, new BytesContent(new string('x', 100)));
        var tree = new FileTreeBuilder().Set("usr/lib/a/one", file).Set("usr/lib/b/two", file).SetText("usr/bin/small", "12345").Build();

        var lines = SizeReport.Create(Image() with { Tree = tree }).Split('\n');

        Assert.Contains("          105 /", lines);
        Assert.Contains("          105 /usr", lines);
        Assert.Contains("          100 /usr/lib", lines);
        Assert.Contains("          100 /usr/lib/a", lines);
        Assert.Contains("            5 /usr/bin/small", lines);
        Assert.DoesNotContain(lines, line => line.EndsWith("/usr/lib/b/two", StringComparison.Ordinal));
    }

    [Fact]
    public void Butane_and_ignition_say_the_same()
    {
        DescriptionFiles.WriteUpdates(Image(), new Uri("https://example.org/ext"), _folder["tools"]);

        using var install = JsonDocument.Parse(File.ReadAllText(_folder["tools_install.ign"]));
        var storage = install.RootElement.GetProperty("storage");
        Assert.Equal("3.3.0", install.RootElement.GetProperty("ignition").GetProperty("version").GetString());
        var contents = storage.GetProperty("files")[0].GetProperty("contents");
        Assert.Equal("https://example.org/ext/tools_1.2_x86-64.raw", contents.GetProperty("source").GetString());
        Assert.Equal("/etc/extensions/tools.raw", storage.GetProperty("links")[0].GetProperty("path").GetString());
        var butane = File.ReadAllText(_folder["tools_install.bu"]);
        foreach (var text in (string[])["https://example.org/ext/tools_1.2_x86-64.raw", $"sha256-{Digest}", "/etc/extensions/tools.raw", "/opt/extensions/tools/tools_1.2_x86-64.raw"])
        {
            Assert.Contains(text, butane, StringComparison.Ordinal);
            Assert.Contains(text, File.ReadAllText(_folder["tools_install.ign"]), StringComparison.Ordinal);
        }

        using var disable = JsonDocument.Parse(File.ReadAllText(_folder["tools_disable.ign"]));
        var link = disable.RootElement.GetProperty("storage").GetProperty("links")[0];
        Assert.Equal(("/etc/extensions/tools.raw", "/dev/null", true), (link.GetProperty("path").GetString(), link.GetProperty("target").GetString(), link.GetProperty("overwrite").GetBoolean()));
        Assert.Contains("target: /dev/null", File.ReadAllText(_folder["tools_disable.bu"]), StringComparison.Ordinal);
    }

    [Fact]
    public void The_transfer_keeps_two_versions_and_links_the_newest_where_it_is_merged()
    {
        var lines = UpdateTransfer.Create("tools", "sysext", new Uri("https://example.org/ext/")).Split('\n');

        foreach (var line in (string[])["Path=https://example.org/ext/", "MatchPattern=tools_@v_%a.raw", "Path=/var/lib/extensions.d", "CurrentSymlink=/var/lib/extensions/tools.raw", "InstancesMax=2"])
        {
            Assert.Contains(line, lines);
        }

        Assert.Contains("CurrentSymlink=/var/lib/confexts/site.raw", UpdateTransfer.Create("site", "confext", new Uri("https://example.org/")).Split('\n'));
    }

    private static ImageDescription Image() => new()
    {
        Name = "tools",
        Kind = "sysext",
        Version = "1.2",
        Architecture = "x86-64",
        Format = "squashfs",
        Tree = Trees.Of("usr/bin/tool", "usr/bin/link -> tool"),
        File = new DescribedFile("tools.raw", 5, Digest),
        Packages =
        [
            Package("zlib", "1:1.3.dfsg-1", new PackageLicense(["Expat", "Zlib"], "/usr/share/doc/zlib/copyright")),
            Package("libb2", "1.0", new PackageLicense(["odd"], null)),
        ],
        Inputs = [new DescribedInput("archive", "https://example.org/a.tar", null, "https://example.org/a.tar", Digest.ToString())],
        References = ["base", "other"],
        SourceDateEpoch = 1_700_000_000,
    };

    private static DescribedPackage Package(string name, string version, PackageLicense license) => new(
        "tools",
        new LockedPackage
        {
            Name = name,
            Version = version,
            Architecture = "amd64",
            FileName = $"pool/{name}.deb",
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name))),
            Size = 7,
        },
        "trixie",
        license);
}
