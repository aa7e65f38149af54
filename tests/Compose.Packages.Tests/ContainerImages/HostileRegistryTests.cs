using System.Text;
using System.Text.Json.Nodes;
using Compose.FileTrees;
using Compose.Packages.Inputs.ContainerImages;
using Compose.Packages.Locking;
using Compose.Tests.Oci;

namespace Compose.Packages.Tests.ContainerImages;

/// <summary>Registries that lie.</summary>
public sealed class HostileRegistryTests : IDisposable
{
    private const string ManifestType = "application/vnd.oci.image.manifest.v1+json";
    private const string IndexType = "application/vnd.oci.image.index.v1+json";
    private const string ConfigType = "application/vnd.oci.image.config.v1+json";
    private const string LayerType = "application/vnd.oci.image.layer.v1.tar+gzip";

    private readonly ContainerImageFixture _project = new();
    private readonly RegistryFront _registry = new();
    private readonly Dictionary<string, (byte[] Bytes, string Type)> _served = [];
    private readonly byte[] _plain = new LayerArchive().File("a", "text").ToBytes();
    private readonly byte[] _layer;
    private byte[] _config;

    public HostileRegistryTests()
    {
        _layer = LayoutFolder.Gzip(_plain);
        _config = Encoding.UTF8.GetBytes(LayoutFolder.Config("amd64", _plain));
        _registry.Answer = request => _served.TryGetValue(request.Path, out var file)
            ? new FrontReply(200, file.Bytes, ("Content-Type", file.Type))
            : new FrontReply(404);
    }

    public void Dispose()
    {
        _registry.Dispose();
        _project.Dispose();
    }

    [Fact]
    public async Task The_honest_image_can_be_had()
    {
        ServeImage();

        Assert.Equal("text", ContainerImageFixture.Text(await _project.TakeAsync(Request()), "a"));
    }

    [Theory]
    [InlineData("layer of other bytes", "COMPOSE1053")]
    [InlineData("layer that is longer", "COMPOSE1053")]
    [InlineData("layer that is shorter", "COMPOSE1053")]
    [InlineData("layer of another content", "COMPOSE1076")]
    [InlineData("layer that is missing", "COMPOSE1071")]
    [InlineData("configuration of other bytes", "COMPOSE1053")]
    [InlineData("configuration without layers", "COMPOSE1074")]
    [InlineData("configuration that is no JSON", "COMPOSE1074")]
    [InlineData("manifest of another media type", "COMPOSE1074")]
    [InlineData("manifest of schema 1", "COMPOSE1074")]
    [InlineData("manifest beyond 4 MiB", "COMPOSE1051")]
    [InlineData("index that lies about a size", "COMPOSE1074")]
    [InlineData("index that lies about a digest", "COMPOSE1053")]
    [InlineData("index that names itself", "COMPOSE1053")]
    [InlineData("indexes of indexes", "COMPOSE1074")]
    [InlineData("hostile layer", "COMPOSE1002")]
    public async Task A_lie_is_refused(string lie, string code)
    {
        Serve(lie);

        // Failures of the fetch leave the lock file unwritten as well.
        var diagnostic = await _project.FailsAsync(code, Request());

        Assert.Contains(_registry.Host, diagnostic.Message, StringComparison.Ordinal);
        Assert.Equal((Request().Source, "OciImage"), (diagnostic.Item, diagnostic.Traits?.Type));
    }

    [Theory]
    [InlineData("circle")]
    [InlineData("endless")]
    [InlineData("another host")]
    [InlineData("another path")]
    [InlineData("no JSON")]
    public async Task A_list_of_tags_that_leads_astray_is_refused(string lie)
    {
        ServeImage();
        _registry.Answer = request => !request.Path.Contains("/tags/", StringComparison.Ordinal)
            ? new FrontReply(404)
            : lie == "no JSON" ? new FrontReply(200, "<html>")
            : new FrontReply(200, """{"tags":["1"]}""", ("Link", $"<{lie switch
            {
                "circle" => "/v2/app/tags/list?n=1000",
                "endless" => $"/v2/app/tags/list?last={_registry.Requests.Count}",
                "another host" => "http://registry.example/v2/app/tags/list?last=1",
                _ => "/v2/other/tags/list?last=1",
            }}>; rel=\"next\""));

        await _project.FailsAsync("COMPOSE1051", _project.Request($"{_registry.Host}/app:{{version}}", "1.*"));
    }

    [Fact]
    public async Task A_list_of_tags_may_have_pages()
    {
        ServeImage("1.2");
        var files = _registry.Answer!;
        _registry.Answer = request => request.Path switch
        {
            "/v2/app/tags/list?n=1000" => new FrontReply(200, """{"tags":["1.0","1.1"]}""", ("Link", "</v2/app/tags/list?last=1.1&n=1000>; rel=\"next\"")),
            "/v2/app/tags/list?last=1.1&n=1000" => new FrontReply(200, $$"""{"tags":["1.2",null,"1.{{new string('0', 126)}}3"]}"""),
            _ => files(request),
        };
        var request = _project.Request($"{_registry.Host}/app:{{version}}", "1.*");

        Assert.Equal("text", ContainerImageFixture.Text(await _project.TakeAsync(request), "a"));
        Assert.Equal("1.2", Assert.Single(LockFile.TryRead(_project.LockFilePath)!.Images!).Version);
    }

    [Theory]
    [InlineData("circle")]
    [InlineData("file")]
    [InlineData("credentials")]
    [InlineData("no address")]
    [InlineData("no relative address")]
    [InlineData("signed")]
    public async Task A_redirection_that_leads_astray_is_refused(string lie)
    {
        _registry.Answer = request => new FrontReply(302, "", ("Location", lie switch
        {
            "circle" => request.Path,
            "file" => "file:///etc/passwd",
            "no address" => "http://[",
            "no relative address" => "//[",
            "signed" => request.Path.Contains("s3cret", StringComparison.Ordinal) ? "ftp://127.0.0.1/" : "/?signature=s3cret",
            _ => $"http://user:s3cret@{_registry.Host}/",
        }));

        var diagnostic = await _project.FailsAsync("COMPOSE1051", Request());

        Assert.DoesNotContain("s3cret", diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_foreign_layer_is_asked_of_the_registry_and_of_no_address_that_the_image_names()
    {
        using var elsewhere = new RegistryFront { Answer = _ => new FrontReply(200, _layer) };
        var layer = Descriptor("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", _layer, $$""","urls":["http://{{elsewhere.Host}}/layer"]""");
        Blob(_config, _config);
        _served["/v2/app/manifests/1"] = (Encoding.UTF8.GetBytes(LayoutFolder.Manifest(Descriptor(ConfigType, _config), layer)), ManifestType);

        await _project.FailsAsync("COMPOSE1071", Request());
        Blob(_layer, _layer);

        Assert.Equal("text", ContainerImageFixture.Text(await _project.TakeAsync(Request()), "a"));
        Assert.Empty(elsewhere.Requests);
    }

    [Theory]
    [InlineData("gone", "COMPOSE1071")]
    [InlineData("changed", "COMPOSE1053")]
    public async Task A_pinned_image_that_is_gone_or_changed_is_replaced_by_no_other(string what, string code)
    {
        ServeImage();
        await _project.RestoreAsync(Request());
        var locked = await File.ReadAllBytesAsync(_project.LockFilePath, TestContext.Current.CancellationToken);
        var other = new LayerArchive().File("a", "other").ToBytes();
        _config = Encoding.UTF8.GetBytes(LayoutFolder.Config("amd64", other));
        ServeImage("1", LayoutFolder.Gzip(other));
        Blob(_layer, [.. _layer[..^1], (byte)(_layer[^1] ^ 1)]);
        if (what == "gone")
        {
            _served.Remove(BlobPath(_layer));
        }

        ForgetStore();
        foreach (var lockedMode in (bool[])[false, true])
        {
            var e = await Assert.ThrowsAsync<DiagnosticException>(() => _project.RestoreAsync(input => input with { LockedMode = lockedMode }, Request()));
            Assert.Equal(code, e.Diagnostic.Descriptor.Code);
            Assert.Equal(locked, await File.ReadAllBytesAsync(_project.LockFilePath, TestContext.Current.CancellationToken));
        }

        await _project.RestoreAsync(input => input with { ForceEvaluate = true }, Request());

        Assert.Equal("other", ContainerImageFixture.Text(_project.Read(Request()).Tree, "a"));
        Assert.Empty(_project.Reports.Codes);
    }

    [Fact]
    public async Task Which_registry_is_asked_the_project_says_and_not_the_lock_file()
    {
        ServeImage();
        await _project.RestoreAsync(Request());
        using var elsewhere = new RegistryFront();
        var locked = JsonNode.Parse(await File.ReadAllTextAsync(_project.LockFilePath, TestContext.Current.CancellationToken))!;
        locked["images"]![0]!["source"] = $"{elsewhere.Host}/app:1";
        await File.WriteAllTextAsync(_project.LockFilePath, locked.ToJsonString(), TestContext.Current.CancellationToken);
        ForgetStore();

        await _project.RestoreAsync(input => input with { LockedMode = true }, Request());

        Assert.Equal("text", ContainerImageFixture.Text(_project.Read(Request()).Tree, "a"));
        Assert.Empty(elsewhere.Requests);
    }

    [Theory]
    [InlineData("layer")]
    [InlineData("configuration")]
    public async Task What_was_damaged_in_the_store_is_fetched_again(string part)
    {
        ServeImage();
        var first = await _project.RestoreAsync(Request());
        Directory.Delete(Path.Combine(_project.Store.Directory, "records"), recursive: true);
        var path = _project.Store.BlobPath(Sha256Digest.Of(part == "layer" ? _layer : _config));
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);

        var again = await _project.RestoreAsync(input => input with { LockedMode = true }, Request());

        Assert.Equal([Request().Source], again.Downloaded);
        Assert.Equal(first.LockFile.ToBytes(), again.LockFile.ToBytes());
        Assert.Equal("text", ContainerImageFixture.Text(_project.Read(Request()).Tree, "a"));
    }

    [Fact]
    public async Task One_image_has_one_version()
    {
        ServeImage();
        var first = _project.Request($"{_registry.Host}/app:{{version}}", "1");
        var second = _project.Request($"{_registry.Host}/app:{{version}}", "2");
        await _project.RestoreAsync(first, first);

        var e = await Assert.ThrowsAsync<DiagnosticException>(() => _project.RestoreAsync(first, second));

        Assert.Equal(("COMPOSE1070", first.Source), (e.Diagnostic.Descriptor.Code, e.Diagnostic.Item));
    }

    [Theory]
    [InlineData("layout", "1.*", null)]
    [InlineData("registry.example/app:1", "1.*", null)]
    [InlineData("registry.example/app:{version}", null, null)]
    [InlineData("registry.example/app:1", null, "v1")]
    public async Task Metadata_that_contradict_the_name_are_refused(string source, string? version, string? tag) =>
        await _project.FailsAsync("COMPOSE1070", _project.Request(source, version, tag));

    [Fact]
    public async Task A_registry_elsewhere_is_not_asked_without_encryption()
    {
        // A name that is nobody's: it is refused before or by the connection, never asked by http.
        var diagnostic = await _project.FailsAsync("COMPOSE1050", _project.Request("registry.invalid/app:1"));

        Assert.Contains("https://registry.invalid/", diagnostic.Message, StringComparison.Ordinal);
        Assert.Contains(
            "http://registry.invalid/",
            (await _project.FailsAsync("COMPOSE1050", _project.Request("registry.invalid/app:1", isInsecure: true))).Message,
            StringComparison.Ordinal);
    }

    private static string Descriptor(string type, byte[] bytes, string more = "") => LayoutFolder.Descriptor(type, bytes, more);

    private ContainerImageRequest Request() => _project.Request($"{_registry.Host}/app:1");

    /// <summary>Leaves nothing in the store, as on another machine.</summary>
    private void ForgetStore()
    {
        Directory.Delete(_project.Store.Directory, recursive: true);
        Directory.CreateDirectory(_project.Store.PartialDirectory);
    }

    private void Serve(string lie)
    {
        switch (lie)
        {
            case "configuration without layers":
                _config = Encoding.UTF8.GetBytes(LayoutFolder.Config("amd64"));
                break;
            case "configuration that is no JSON":
                _config = "<html>"u8.ToArray();
                break;
            case "layer of another content":
                _config = Encoding.UTF8.GetBytes(LayoutFolder.Config("amd64", [1]));
                break;
            default:
                break;
        }

        var manifest = lie == "hostile layer"
            ? ServeHostileLayer()
            : ServeImage();
        switch (lie)
        {
            case "layer of other bytes":
                Blob(_layer, [.. _layer[..^1], (byte)(_layer[^1] ^ 1)]);
                break;
            case "layer that is longer":
                Blob(_layer, [.. _layer, 0]);
                break;
            case "layer that is shorter":
                Blob(_layer, _layer[..^1]);
                break;
            case "layer that is missing":
                _served.Remove(BlobPath(_layer));
                break;
            case "configuration of other bytes":
                Blob(_config, [.. _config[..^1], (byte)' ']);
                break;
            case "manifest of another media type":
                _served["/v2/app/manifests/1"] = (manifest, "text/html");
                break;
            case "manifest of schema 1":
                _served["/v2/app/manifests/1"] = ("""{"schemaVersion":1,"name":"app","fsLayers":[]}"""u8.ToArray(), "application/vnd.docker.distribution.manifest.v1+prettyjws");
                break;
            case "manifest beyond 4 MiB":
                _served["/v2/app/manifests/1"] = (new byte[(4 << 20) + 1], ManifestType);
                break;
            case "index that lies about a size":
                Index("1", Descriptor(ManifestType, manifest).Replace($"\"size\":{manifest.Length}", "\"size\":7", StringComparison.Ordinal));
                break;
            case "index that lies about a digest":
                _served[$"/v2/app/manifests/{LayoutFolder.Digest(_config)}"] = (manifest, ManifestType);
                Index("1", Descriptor(ManifestType, _config));
                break;
            case "index that names itself":
                var index = Index("1", Descriptor(IndexType, manifest));
                _served[$"/v2/app/manifests/{LayoutFolder.Digest(manifest)}"] = (index, IndexType);
                break;
            case "indexes of indexes":
                var (inner, type) = (manifest, ManifestType);
                for (var depth = 0; depth < 6; depth++)
                {
                    (inner, type) = (Index("1", Descriptor(type, inner)), IndexType);
                    _served[$"/v2/app/manifests/{LayoutFolder.Digest(inner)}"] = (inner, IndexType);
                }

                break;
            default:
                break;
        }
    }

    private byte[] ServeImage(string tag = "1") => ServeImage(tag, _layer);

    private byte[] ServeImage(string tag, byte[] layer)
    {
        Blob(_config, _config);
        Blob(layer, layer);
        var manifest = Encoding.UTF8.GetBytes(LayoutFolder.Manifest(Descriptor(ConfigType, _config), Descriptor(LayerType, layer)));
        _served[$"/v2/app/manifests/{tag}"] = (manifest, ManifestType);
        _served[$"/v2/app/manifests/{LayoutFolder.Digest(manifest)}"] = (manifest, ManifestType);
        return manifest;
    }

    private byte[] ServeHostileLayer()
    {
        var plain = new LayerArchive().File("../../etc/passwd", "x").ToBytes();
        _config = Encoding.UTF8.GetBytes(LayoutFolder.Config("amd64", plain));
        return ServeImage("1", LayoutFolder.Gzip(plain));
    }

    private byte[] Index(string tag, string descriptor)
    {
        var index = Encoding.UTF8.GetBytes($$"""{"schemaVersion":2,"mediaType":"{{IndexType}}","manifests":[{{descriptor}}]}""");
        _served[$"/v2/app/manifests/{tag}"] = (index, IndexType);
        return index;
    }

    private void Blob(byte[] named, byte[] bytes) => _served[BlobPath(named)] = (bytes, "application/octet-stream");

    private static string BlobPath(byte[] bytes) => $"/v2/app/blobs/{LayoutFolder.Digest(bytes)}";
}
