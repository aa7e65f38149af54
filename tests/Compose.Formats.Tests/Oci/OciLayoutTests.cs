using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Oci;
using Compose.Tests.Oci;

namespace Compose.Formats.Tests.Oci;

public sealed class OciLayoutTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly LayoutFolder _layout = new();
    private readonly ContentStore _store;

    public OciLayoutTests() => _store = new ContentStore(_folder["store"]);

    public void Dispose()
    {
        _layout.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("folder")]
    [InlineData("tar")]
    [InlineData("tar.gz")]
    public void An_image_is_found_by_its_tag(string form)
    {
        var first = _layout.Image("v1", new LayerArchive().File("a", "1").ToBytes());
        _layout.Image("v2", new LayerArchive().File("a", "2").ToBytes());
        var path = _layout.Path;
        if (form != "folder")
        {
            path = _folder["image." + form];
            ExternalTool.Run("tar", "--create", "--auto-compress", "--file", path, "--directory", _layout.Path, ".");
        }

        var layout = OciLayout.Open(path, _store);
        var manifest = Assert.IsType<OciManifest>(OciDocumentReader.Read(layout.ReadDocument(layout.Find("v1")), OciMediaTypes.Manifest, path));

        Assert.Equal(Sha256Digest.Of(first), manifest.Digest);
        Assert.True(layout.CopyTo(_store, manifest.Layers[0]).IsPresent);
    }

    [Fact]
    public void A_layout_that_skopeo_makes_can_be_read()
    {
        _layout.Image("v1", new LayerArchive().File("a", "1").ToBytes());
        ExternalTool.Run("skopeo", "copy", $"oci:{_layout.Path}:v1", $"oci-archive:{_folder["image.tar"]}:copied");

        var layout = OciLayout.Open(_folder["image.tar"], _store);

        Assert.IsType<OciManifest>(OciDocumentReader.Read(layout.ReadDocument(layout.Find("copied")), OciMediaTypes.Manifest, "image"));
        Assert.Equal(layout.Find("copied"), layout.Find(null));
    }

    [Fact]
    public void A_tag_that_is_missing_or_left_open_is_an_error_that_names_the_tags()
    {
        _layout.Image("v1", new LayerArchive().File("a", "1").ToBytes());
        _layout.Image("v2", new LayerArchive().File("a", "2").ToBytes());
        var layout = OciLayout.Open(_layout.Path, _store);

        Assert.Contains("v1, v2", Refuse("COMPOSE1078", () => layout.Find("v3")).Message, StringComparison.Ordinal);
        Assert.Contains("v1, v2", Refuse("COMPOSE1078", () => layout.Find(null)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing", "COMPOSE1078")]
    [InlineData("empty", "COMPOSE1078")]
    [InlineData("other version", "COMPOSE1078")]
    [InlineData("long marker", "COMPOSE1078")]
    [InlineData("no index", "COMPOSE1078")]
    [InlineData("index is a manifest", "COMPOSE1078")]
    [InlineData("huge index", "COMPOSE1074")]
    [InlineData("no archive", "COMPOSE1001")]
    [InlineData("archive with a path outside", "COMPOSE1002")]
    public void What_is_no_layout_is_refused(string name, string code)
    {
        _layout.Image("v1", new LayerArchive().File("a", "1").ToBytes());
        var path = _layout.Path;
        switch (name)
        {
            case "missing":
                path = _folder["missing"];
                break;
            case "empty":
                path = Directory.CreateDirectory(_folder["empty"]).FullName;
                break;
            case "other version":
                File.WriteAllText(_layout["oci-layout"], """{"imageLayoutVersion":"2.0.0"}""");
                break;
            case "long marker":
                File.WriteAllText(_layout["oci-layout"], """{"imageLayoutVersion":"1.0.0"}""" + new string(' ', 5000));
                break;
            case "no index":
                File.Delete(_layout["index.json"]);
                break;
            case "index is a manifest":
                File.WriteAllBytes(_layout["index.json"], _layout.Image("v2", new LayerArchive().File("b").ToBytes()));
                break;
            case "huge index":
                File.WriteAllText(_layout["index.json"], new string(' ', OciDocumentReader.MaximumSize + 1));
                break;
            case "no archive":
                path = _folder["image.tar"];
                File.WriteAllText(path, new string('x', 2000));
                break;
            default:
                path = _folder["image.tar"];
                File.WriteAllBytes(path, new LayerArchive().File("../oci-layout", "x").ToBytes());
                break;
        }

        Refuse(code, () => OciLayout.Open(path, _store));
    }

    [Fact]
    public void A_layout_may_be_made_of_links_to_blobs_that_lie_elsewhere()
    {
        var manifest = _layout.Image("v1", new LayerArchive().File("a", "1").ToBytes());
        Directory.Move(_layout["blobs/sha256"], _folder["elsewhere"]);
        Directory.CreateDirectory(_layout["blobs/sha256"]);
        foreach (var blob in Directory.GetFiles(_folder["elsewhere"]))
        {
            File.CreateSymbolicLink(_layout[$"blobs/sha256/{Path.GetFileName(blob)}"], blob);
        }

        var layout = OciLayout.Open(_layout.Path, _store);
        var read = Assert.IsType<OciManifest>(OciDocumentReader.Read(layout.ReadDocument(layout.Find("v1")), OciMediaTypes.Manifest, "image"));

        Assert.Equal(Sha256Digest.Of(manifest), read.Digest);
        Assert.True(layout.CopyTo(_store, read.Layers[0]).IsPresent);
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("circle")]
    [InlineData("missing")]
    public void A_link_that_leads_to_no_blob_is_refused(string target)
    {
        _layout.Image("v1", new LayerArchive().File("a", "1").ToBytes());
        var descriptor = new OciDescriptor("m", Sha256Digest.Of([]), 0);
        var link = _layout[$"blobs/sha256/{descriptor.Digest}"];
        File.CreateSymbolicLink(link, target == "circle" ? link : target);
        var layout = OciLayout.Open(_layout.Path, _store);

        Refuse("COMPOSE1078", () => layout.CopyTo(_store, descriptor));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_blob_with_other_bytes_or_another_size_is_refused(bool isArchive)
    {
        _layout.Image("v1", new LayerArchive().File("a", "1").ToBytes());
        var right = Encoding.UTF8.GetBytes("the right bytes");
        File.WriteAllText(_layout[$"blobs/sha256/{Sha256Digest.Of(right)}"], "the wrong bytes");
        var path = _layout.Path;
        if (isArchive)
        {
            path = _folder["image.tar"];
            ExternalTool.Run("tar", "--create", "--file", path, "--directory", _layout.Path, ".");
        }

        var layout = OciLayout.Open(path, _store);
        var wrongBytes = new OciDescriptor("m", Sha256Digest.Of(right), right.Length);

        Refuse("COMPOSE1078", () => layout.ReadDocument(wrongBytes));
        Refuse("COMPOSE1078", () => layout.CopyTo(_store, wrongBytes));
        Refuse("COMPOSE1078", () => layout.CopyTo(_store, wrongBytes with { Size = 1 }));
        Refuse("COMPOSE1078", () => layout.CopyTo(_store, new OciDescriptor("m", Sha256Digest.Of("other"u8), 5)));
        Assert.False(_store.TryGetBlob(Sha256Digest.Of(right), out _));
    }

    private static Diagnostic Refuse(string code, Action action)
    {
        var diagnostic = Assert.Throws<DiagnosticException>(action).Diagnostic;
        Assert.Equal(code, diagnostic.Descriptor.Code);
        return diagnostic;
    }
}
