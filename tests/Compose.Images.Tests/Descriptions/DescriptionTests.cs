using System.Text.Json;
using Compose.FileTrees;
using Compose.Images.Descriptions;

namespace Compose.Images.Tests.Descriptions;

public sealed class DescriptionTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_manifest_lists_every_file_and_package()
    {
        using var document = JsonDocument.Parse(Manifest.Create(ExampleImages.Extension));
        var files = document.RootElement.GetProperty("files").EnumerateArray().Select(file => file.GetProperty("path").GetString());
        Assert.Equal(["/usr", "/usr/bin", "/usr/bin/link", "/usr/bin/tool"], files);
        Assert.Equal(["libb2 1.0", "silent 2", "zlib 1:1.3.dfsg-1"], document.RootElement.GetProperty("packages").EnumerateArray()
            .Select(package => $"{package.GetProperty("name").GetString()} {package.GetProperty("version").GetString()}"));
    }

    [Fact]
    public void The_manifest_of_a_disk_image_has_the_digests_of_its_extensions()
    {
        using var document = JsonDocument.Parse(Manifest.Create(ExampleImages.Disk));
        var root = document.RootElement;
        Assert.Equal(
            ["site confext 1.2 /usr/lib/confexts/site.raw", "base_initrd initrd 2.0 ", "tools sysext 1.2 /usr/share/flatcar/sysext/tools.raw"],
            root.GetProperty("parts").EnumerateArray().Select(part => $"{Text(part, "name")} {Text(part, "kind")} {Text(part, "version")} {Text(part, "path")}"));
        var file = root.GetProperty("files").EnumerateArray().Single(file => Text(file, "path") == "/usr/lib/confexts/site.raw");
        Assert.Equal(Sha256Digest.Of("site"u8).ToString(), Text(file, "sha256"));
        Assert.Equal(["base image", "site archive"], root.GetProperty("inputs").EnumerateArray().Select(input => $"{Text(input, "owner")} {Text(input, "kind")}"));

        static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() : null;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Descriptions_do_not_depend_on_the_order_in_which_packages_are_told(bool isDisk)
    {
        var image = isDisk ? ExampleImages.Disk : ExampleImages.Extension;
        var reversed = image with
        {
            Parts = [.. image.Parts.Reverse()],
            Packages = [.. image.Packages.Reverse()],
            Inputs = [.. image.Inputs.Reverse()],
            References = [.. image.References.Reverse()],
        };

        Assert.Equal(Write(image, "a"), Write(reversed, "b"));

        string[] Write(ImageDescription description, string stem)
        {
            var files = DescriptionFiles.Write(description, _folder[stem]);
            Assert.All(files, file => Assert.Equal(Checksums.Describe(_folder[file.Name]), file));
            return [.. Directory.GetFiles(_folder.Path, stem + "_*").Order(StringComparer.Ordinal).Select(File.ReadAllText)];
        }
    }

    [Fact]
    public void Sizes_are_summed_by_folder_and_a_hard_link_counts_once()
    {
        var file = new FileEntry(EntryMetadata.File, new BytesContent(new string('x', 100)));
        var tree = new FileTreeBuilder().Set("usr/lib/a/one", file).Set("usr/lib/b/two", file).SetText("usr/bin/small", "12345").Build();

        var lines = SizeReport.Create(ExampleImages.Extension with { Tree = tree }).Split('\n');

        Assert.Contains("          105 /", lines);
        Assert.Contains("          105 /usr", lines);
        Assert.Contains("          100 /usr/lib", lines);
        Assert.Contains("          100 /usr/lib/a", lines);
        Assert.Contains("            5 /usr/bin/small", lines);
        Assert.DoesNotContain(lines, line => line.EndsWith("/usr/lib/b/two", StringComparison.Ordinal));
    }
}
