using System.Text.Json;
using Compose.Images.Descriptions;

namespace Compose.Images.Tests.Descriptions;

public sealed class SpdxDocumentTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_extensions_document_is_valid_and_names_packages_and_licences()
    {
        var root = SpdxJudge.Check(Write(ExampleImages.Extension));

        Assert.Equal("SPDX-2.3", root.GetProperty("spdxVersion").GetString());
        Assert.Equal("2023-11-14T22:13:20Z", root.GetProperty("creationInfo").GetProperty("created").GetString());
        var packages = root.GetProperty("packages").EnumerateArray().ToDictionary(package => package.GetProperty("name").GetString()!);
        Assert.Equal(["tools", "libb2", "silent", "zlib", "https://example.org/a.tar", "Some.Tool"], packages.Keys);
        Assert.Equal(ExampleImages.Digest.ToString(), packages["tools"].GetProperty("checksums")[0].GetProperty("checksumValue").GetString());
        Assert.Equal("tools_1.2_x86-64.raw", packages["tools"].GetProperty("packageFileName").GetString());
        Assert.Equal("MIT AND Zlib", packages["zlib"].GetProperty("licenseDeclared").GetString());
        Assert.Equal("LicenseRef-debian-odd", packages["libb2"].GetProperty("licenseDeclared").GetString());
        Assert.Equal("NOASSERTION", packages["silent"].GetProperty("licenseDeclared").GetString());
        Assert.Equal("pkg:deb/debian/zlib@1%3A1.3.dfsg-1?arch=amd64&distro=trixie", PackageUrl(packages["zlib"]));
        Assert.Equal("pkg:nuget/Some.Tool@3.1.0", PackageUrl(packages["Some.Tool"]));
        Assert.Equal("LicenseRef-debian-odd", root.GetProperty("hasExtractedLicensingInfos")[0].GetProperty("licenseId").GetString());
    }

    [Fact]
    public void A_disk_images_document_says_which_part_contains_what()
    {
        var root = SpdxJudge.Check(Write(ExampleImages.Disk));

        string[] expected =
        [
            "SPDXRef-DOCUMENT DESCRIBES SPDXRef-Image",
            "SPDXRef-Extension-site CONTAINS SPDXRef-Package-archive-files.tar",
            "SPDXRef-Extension-tools CONTAINS SPDXRef-Package-deb-zlib-amd64",
            "SPDXRef-Image CONTAINS SPDXRef-Extension-site",
            "SPDXRef-Image CONTAINS SPDXRef-Extension-tools",
            "SPDXRef-Image CONTAINS SPDXRef-Initrd-base-initrd",
            "SPDXRef-Image CONTAINS SPDXRef-Package-deb-systemd-amd64",
            "SPDXRef-Image CONTAINS SPDXRef-Package-image-registry.example-app",
            "SPDXRef-Initrd-base-initrd CONTAINS SPDXRef-Package-deb-kmod-amd64",
            "SPDXRef-Initrd-base-initrd CONTAINS SPDXRef-Package-deb-systemd-amd64",
        ];
        Assert.Equal(
            expected.Order(StringComparer.Ordinal),
            SpdxJudge.Relationships(root).Select(relationship => $"{relationship.From} {relationship.Type} {relationship.To}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_licence_that_debian_names_becomes_one_that_spdx_knows_or_that_the_document_describes()
    {
        // Names of the archive, with what makes some of them hard.
        string[] names =
        [
            "Apache-2", "Artistic-2.0", "BSD-2-clause", "BSD-3-clause", "BSL-1.0", "CC0-1.0", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0",
            "Expat", "GFDL-1.3+", "GPL-1", "GPL-1+", "GPL-2", "GPL-2+", "GPL-2.0", "GPL-2.0+", "GPL-3", "GPL-3+", "GPL-3.0", "GPL-3.0+", "ISC",
            "0BSD", "AFL-2.1", "Beerware", "BSD-3-Clause-Attribution", "BSD-4-clause", "BSD-4-Clause-UC", "CC0", "curl", "FSFAP", "FSFUL", "FSFULLR", "GFDL-1.2+",
            "GPL-2.0-only", "GPL-2.0-or-later", "GPL-3.0-only", "GPL-3.0-or-later", "LGPL-2.0+", "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0+", "MIT", "MIT-CMU",
            "Ms-PL", "OLDAP-2.8", "Sleepycat", "Unicode-DFS-2016", "X11",
            "LGPL-2", "LGPL-2+", "LGPL-2.1", "LGPL-2.1+", "LGPL-3", "LGPL-3+", "MIT-0", "MPL-1.1", "MPL-2.0", "OFL-1.1", "Unlicense", "Zlib",
            "GPL-3+ with OpenSSL exception", "MIT/X11 (BSD like)", "public-domain", "Lizenz für alle", "<none>", "AND", "\"quoted\"",
        ];
        var example = ExampleImages.Extension;
        var image = example with
        {
            Packages = [.. names.Select((name, i) => example.Packages[0] with
            {
                License = new([name], null),
                Package = example.Packages[0].Package with { Name = $"p{i}", Sha256 = Compose.FileTrees.Sha256Digest.Of([(byte)i]).ToString() },
            })],
        };
        var path = Write(image);

        SpdxJudge.Check(path);
        Assert.Equal(names.Length, SpdxJudge.Licenses(path).Count);
    }

    /// <summary>What judges the documents finds what is wrong with one.</summary>
    [Theory]
    [InlineData("\"DESCRIBES\"", "\"SHOWS\"")]
    [InlineData("\"SHA256\"", "\"SHA0\"")]
    [InlineData("\"PACKAGE-MANAGER\"", "\"SHELF\"")]
    [InlineData("\"CONTAINER\"", "\"BOX\"")]
    [InlineData("\"downloadLocation\"", "\"downloadAddress\"")]
    [InlineData("\"Tool: Compose\"", "")]
    public void A_document_with_a_mistake_is_not_valid(string right, string wrong)
    {
        var path = Write(ExampleImages.Extension);
        var text = File.ReadAllText(path);
        Assert.Contains(right, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(right, wrong, StringComparison.Ordinal));
        Assert.NotEqual("", SpdxJudge.Problems(path));
    }

    [Theory]
    [InlineData("MIT AND Zlib", "MIT AND AND")]
    [InlineData("MIT AND Zlib", "MIT2")]
    [InlineData("\"licenseId\": \"LicenseRef-debian-odd\"", "\"licenseId\": \"LicenseRef-debian-other\"")]
    public void A_licence_with_a_mistake_is_not_valid(string right, string wrong)
    {
        var path = Write(ExampleImages.Extension);
        var text = File.ReadAllText(path);
        Assert.Contains(right, text, StringComparison.Ordinal);
        File.WriteAllText(path, text.Replace(right, wrong, StringComparison.Ordinal));
        Assert.NotEmpty(SpdxJudge.Licenses(path).Problems);
    }

    private static string? PackageUrl(JsonElement package) => package.GetProperty("externalRefs")[0].GetProperty("referenceLocator").GetString();

    private string Write(ImageDescription image)
    {
        var path = _folder["sbom.json"];
        File.WriteAllBytes(path, SpdxDocument.Create(image));
        return path;
    }
}
