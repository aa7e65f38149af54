using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Oci;
using Compose.Tests.Oci;

namespace Compose.Formats.Tests.Oci;

public sealed class OciDocumentTests
{
    private const string Digest = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private const string Config = $$"""{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{{Digest}}","size":1}""";
    private const string Layer = $$"""{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"{{Digest}}","size":1}""";

    public static TheoryData<string, string?, string> BadDocuments => new()
    {
        { "nothing", null, "malformed" },
        { "a null", null, "null" },
        { "no JSON", null, "malformed" },
        { "a list", null, "malformed" },
        { "deep", null, "malformed" },
        { "larger than allowed", null, "larger than" },
        { "a key twice", null, "malformed" },
        { "schema 1", null, "schema 1" },
        { "a manifest", "application/vnd.docker.distribution.manifest.v1+prettyjws", "schema 1" },
        { "schema 3", null, "schema version 3" },
        { "both kinds", null, "both" },
        { "neither kind", null, "neither" },
        { "a manifest", "application/vnd.oci.image.index.v1+json", "is said to be" },
        { "an index", "application/vnd.oci.image.manifest.v1+json", "is said to be" },
        { "a manifest", "text/html", "is said to be" },
        { "a manifest that calls itself an index", null, "is said to be" },
        { "no configuration", null, "lacks" },
        { "no layers", null, "lacks" },
        { "a null layer", null, "lacks" },
        { "a layer without a size", null, "lacks" },
        { "a negative size", null, "negative" },
        { "a size that is no number", null, "malformed" },
        { "a size beyond all", null, "allowed" },
        { "a large configuration", null, "allowed" },
        { "another hash", null, "not a SHA-256" },
        { "a short hash", null, "not a SHA-256" },
        { "a hash with a path", null, "not a SHA-256" },
        { "no container image", null, "no container image" },
        { "an encrypted layer", null, "not a layer of files" },
        { "too many layers", null, "allowed" },
    };

    [Theory]
    [MemberData(nameof(BadDocuments))]
    public void A_bad_document_is_refused(string name, string? mediaType, string reason)
    {
        var diagnostic = Assert.Throws<DiagnosticException>(() => OciDocumentReader.Read(Encoding.UTF8.GetBytes(Document(name)), mediaType, "the image")).Diagnostic;

        Assert.Equal("COMPOSE1074", diagnostic.Descriptor.Code);
        Assert.Contains("the image", diagnostic.Message, StringComparison.Ordinal);
        Assert.Contains(reason, diagnostic.Message, StringComparison.Ordinal);
        Assert.True(diagnostic.Message.Length < 500, diagnostic.Message);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"rootfs":{"type":"layers"}}""")]
    [InlineData("""{"rootfs":{"type":"other","diff_ids":[]}}""")]
    [InlineData("""{"rootfs":{"type":"layers","diff_ids":[null]}}""")]
    [InlineData("""{"rootfs":{"type":"layers","diff_ids":["sha256:1"]}}""")]
    [InlineData("[")]
    public void A_bad_configuration_is_refused(string json) =>
        Assert.Equal("COMPOSE1074", Assert.Throws<DiagnosticException>(
            () => OciDocumentReader.ReadConfig(Encoding.UTF8.GetBytes(json), "the image")).Diagnostic.Descriptor.Code);

    [Theory]
    [InlineData("linux/amd64", "linux/amd64", true)]
    [InlineData("linux/amd64", "linux/arm64", false)]
    [InlineData("linux/amd64", "windows/amd64", false)]
    [InlineData("linux/arm64", "linux/arm64/v8", true)]
    [InlineData("linux/arm64/v8", "linux/arm64", true)]
    [InlineData("linux/arm/v7", "linux/arm/v6", false)]
    [InlineData("linux/arm/v7", "linux/arm/v7", true)]
    [InlineData("linux/arm/v7", "linux/arm", true)]
    public void A_platform_accepts_its_own_images(string wanted, string offered, bool accepts)
    {
        Assert.True(OciPlatform.TryParse(wanted, out var platform));
        Assert.True(OciPlatform.TryParse(offered, out var other));
        Assert.Equal(accepts, platform.Accepts(other));
    }

    [Theory]
    [InlineData("linux")]
    [InlineData("linux/")]
    [InlineData("linux/amd64/v1/x")]
    [InlineData("linux/../amd64")]
    [InlineData("")]
    public void What_is_no_platform_is_refused(string text) => Assert.False(OciPlatform.TryParse(text, out _));

    [Fact]
    public void An_index_gives_the_image_of_the_platform_and_no_attestation()
    {
        var index = Index(("linux", "arm64"), ("unknown", "unknown"), ("linux", "amd64"));

        Assert.Equal(2, index.Select(new OciPlatform("linux", "amd64"), "the image").Size);
        Assert.Equal(0, index.Select(new OciPlatform("linux", "arm64", null), "the image").Size);
    }

    [Fact]
    public void An_index_without_the_platform_says_what_it_has()
    {
        var diagnostic = Assert.Throws<DiagnosticException>(
            () => Index(("linux", "arm64"), ("linux", "s390x")).Select(new OciPlatform("linux", "amd64"), "the image")).Diagnostic;

        Assert.Equal("COMPOSE1075", diagnostic.Descriptor.Code);
        Assert.Contains("linux/arm64, linux/s390x", diagnostic.Message, StringComparison.Ordinal);
    }

    private static OciIndex Index(params (string Os, string Architecture)[] platforms)
    {
        var manifests = platforms.Select((platform, size) =>
            $$$"""{"mediaType":"m","digest":"{{{Digest}}}","size":{{{size}}},"platform":{"os":"{{{platform.Os}}}","architecture":"{{{platform.Architecture}}}"}}""");
        var json = $$"""{"schemaVersion":2,"manifests":[{{string.Join(',', manifests)}}]}""";
        return Assert.IsType<OciIndex>(OciDocumentReader.Read(Encoding.UTF8.GetBytes(json), OciMediaTypes.Index, "the image"));
    }

    private static string Document(string name) => name switch
    {
        "nothing" => "",
        "a null" => "null",
        "no JSON" => "<html>",
        "a list" => "[]",
        "deep" => string.Concat(Enumerable.Repeat("""{"config":""", 5000)),
        "larger than allowed" => $$"""{"schemaVersion":2,"x":"{{new string('x', OciDocumentReader.MaximumSize)}}"}""",
        "a key twice" => $$"""{"schemaVersion":2,"config":{{Config}},"layers":[],"layers":[{{Layer}}]}""",
        "schema 1" => """{"schemaVersion":1,"fsLayers":[]}""",
        "schema 3" => """{"schemaVersion":3}""",
        "both kinds" => $$"""{"schemaVersion":2,"manifests":[],"config":{{Config}},"layers":[]}""",
        "neither kind" => """{"schemaVersion":2}""",
        "a manifest" => Manifest(Config, Layer),
        "an index" => """{"schemaVersion":2,"manifests":[]}""",
        "a manifest that calls itself an index" => $$"""{"schemaVersion":2,"mediaType":"{{OciMediaTypes.Index}}","config":{{Config}},"layers":[]}""",
        "no configuration" => """{"schemaVersion":2,"layers":[]}""",
        "no layers" => $$"""{"schemaVersion":2,"config":{{Config}}}""",
        "a null layer" => Manifest(Config, "null"),
        "a layer without a size" => Manifest(Config, Layer.Replace(",\"size\":1", "", StringComparison.Ordinal)),
        "a negative size" => Manifest(Config, Layer.Replace("\"size\":1", "\"size\":-1", StringComparison.Ordinal)),
        "a size that is no number" => Manifest(Config, Layer.Replace("\"size\":1", "\"size\":1e99", StringComparison.Ordinal)),
        "a size beyond all" => Manifest(Config, Layer.Replace("\"size\":1", "\"size\":9000000000000000000", StringComparison.Ordinal)),
        "a large configuration" => Manifest(Config.Replace("\"size\":1", "\"size\":90000000", StringComparison.Ordinal), Layer),
        "another hash" => Manifest(Config, Layer.Replace("sha256", "sha512", StringComparison.Ordinal)),
        "a short hash" => Manifest(Config, Layer.Replace("55\"", "\"", StringComparison.Ordinal)),
        "a hash with a path" => Manifest(Config, Layer.Replace("e3b0c44298fc1c14", "../../../../../.", StringComparison.Ordinal)),
        "no container image" => Manifest(Config.Replace("oci.image", "cncf.helm", StringComparison.Ordinal), Layer),
        "an encrypted layer" => Manifest(Config, Layer.Replace("gzip", $"encrypted{new string('x', 5000)}", StringComparison.Ordinal)),
        "too many layers" => Manifest(Config, string.Join(',', Enumerable.Repeat(Layer, 513))),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    private static string Manifest(string config, string layers) => LayoutFolder.Manifest(config, layers);
}
