using System.Text;
using System.Text.Json;
using Compose.FileTrees;
using Compose.FileTrees.Operations;
using Compose.Formats.Tar;
using Compose.Packages.Inputs.Archives;
using Compose.Packages.Inputs.ContainerImages;
using Compose.Packages.Locking;
using Compose.Tests.Oci;

namespace Compose.Packages.Tests.ContainerImages;

/// <summary>Images that skopeo pushed to Debian's docker-registry.</summary>
public sealed class DockerRegistryTests : IDisposable
{
    private readonly DockerRegistry _registry = new();
    private readonly ContainerImageFixture _project = new();
    private readonly LayoutFolder _layout = new();

    public void Dispose()
    {
        _registry.Dispose();
        _project.Dispose();
        _layout.Dispose();
    }

    [Theory]
    [InlineData("oci")]
    [InlineData("v2s2")]
    public async Task An_image_is_pinned_by_digest_and_its_layers_are_applied(string format)
    {
        _layout.Image(
            "v1",
            new LayerArchive().Directory("usr/").File("usr/tool", "old").File("usr/gone").ToBytes(),
            new LayerArchive().File("usr/tool", "new").Whiteout("usr/", "gone").ToBytes());
        _registry.Push(_layout.Path, "v1", "team/app:1.0", format);
        var request = _project.Request($"{_registry.Host}/team/app:1.0");

        var result = await _project.RestoreAsync(request);
        var input = _project.Read(request);

        Assert.Equal(["usr", "usr/tool"], ContainerImageFixture.Paths(input.Tree));
        Assert.Equal("new", ContainerImageFixture.Text(input.Tree, "usr/tool"));
        var locked = Assert.Single(result.LockFile.Images!);
        Assert.Equal(2, locked.Layers.Count);
        using var inspected = JsonDocument.Parse(ExternalTool.Run("skopeo", "inspect", "--tls-verify=false", $"docker://{request.Source}"));
        Assert.Equal(inspected.RootElement.GetProperty("Digest").GetString(), locked.Digest);
        Assert.Equal(
            inspected.RootElement.GetProperty("Layers").EnumerateArray().Select(layer => layer.GetString()),
            locked.Layers.Select(layer => layer.Digest));
        Assert.True(result.WasWritten);
    }

    [Theory]
    [InlineData("oci")]
    [InlineData("v2s2")]
    public async Task An_index_gives_each_platform_its_image(string format)
    {
        _layout.Index(
            "v1",
            ("amd64", new LayerArchive().File("is-amd64").ToBytes()),
            ("arm64", new LayerArchive().File("is-arm64").ToBytes()));
        _registry.Push(_layout.Path, "v1", "app:1", format);
        var amd64 = _project.Request($"{_registry.Host}/app:1");
        var arm64 = _project.Request($"{_registry.Host}/app:1", platform: "linux/arm64");

        await _project.RestoreAsync(amd64, arm64);

        Assert.Equal(["is-amd64"], ContainerImageFixture.Paths(_project.Read(amd64).Tree));
        Assert.Equal(["is-arm64"], ContainerImageFixture.Paths(_project.Read(arm64).Tree));
    }

    [Fact]
    public async Task A_platform_that_an_image_lacks_is_an_error()
    {
        _layout.Index("v1", ("amd64", new LayerArchive().File("a").ToBytes()));
        _layout.Image("v2", new LayerArchive().File("a").ToBytes());
        _registry.Push(_layout.Path, "v1", "app:1");
        _registry.Push(_layout.Path, "v2", "app:2");

        await _project.FailsAsync("COMPOSE1075", _project.Request($"{_registry.Host}/app:1", platform: "linux/s390x"));
        await _project.FailsAsync("COMPOSE1075", _project.Request($"{_registry.Host}/app:2", platform: "linux/s390x"));
    }

    [Fact]
    public async Task A_lock_file_that_fits_is_obeyed_without_the_registry()
    {
        var request = Push("1", "first");
        var first = await _project.RestoreAsync(request);

        var second = await _project.RestoreAsync(input => input with { AllowNetwork = false }, request);

        Assert.False(second.WasResolved);
        Assert.Empty(second.Downloaded);
        Assert.Equal(first.LockFile.ToBytes(), second.LockFile.ToBytes());
    }

    [Fact]
    public async Task A_tag_that_moves_counts_only_when_the_lock_file_is_made_anew()
    {
        var request = Push("1", "first");
        await _project.RestoreAsync(request);
        Push("1", "second");

        await _project.RestoreAsync(request);
        Assert.Equal("first", ContainerImageFixture.Text(_project.Read(request).Tree, "a"));

        var forced = await _project.RestoreAsync(input => input with { ForceEvaluate = true }, request);
        Assert.True(forced.WasWritten);
        Assert.Equal("second", ContainerImageFixture.Text(_project.Read(request).Tree, "a"));
    }

    [Fact]
    public async Task A_store_that_lost_everything_is_filled_by_the_lock_file()
    {
        var request = Push("1", "first");
        var first = await _project.RestoreAsync(request);
        Push("1", "second");
        Directory.Delete(_project.Store.Directory, recursive: true);
        Assert.Equal("COMPOSE1046", Assert.Throws<DiagnosticException>(() => _project.Read(request)).Diagnostic.Descriptor.Code);
        Directory.CreateDirectory(_project.Store.PartialDirectory);

        var second = await _project.RestoreAsync(input => input with { LockedMode = true }, request);

        Assert.Equal([request.Source], second.Downloaded);
        Assert.Equal(first.LockFile.ToBytes(), second.LockFile.ToBytes());
        Assert.Equal("first", ContainerImageFixture.Text(_project.Read(request).Tree, "a"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_digest_that_was_changed_by_hand_is_refused(bool lockedMode)
    {
        var request = Push("1", "first");
        var layer = Assert.Single(Assert.Single((await _project.RestoreAsync(request)).LockFile.Images!).Layers).Digest;
        var edited = (await File.ReadAllTextAsync(_project.LockFilePath)).Replace(layer, $"sha256:{new string('0', 64)}", StringComparison.Ordinal);
        await File.WriteAllTextAsync(_project.LockFilePath, edited);

        var e = await Assert.ThrowsAsync<DiagnosticException>(() => _project.RestoreAsync(input => input with { LockedMode = lockedMode }, request));

        Assert.Equal("COMPOSE1053", e.Diagnostic.Descriptor.Code);
        Assert.Contains($"'{_project.LockFilePath}' names it so", e.Diagnostic.Message, StringComparison.Ordinal);
        Assert.Equal(edited, await File.ReadAllTextAsync(_project.LockFilePath));
        Assert.Empty(_project.Reports.Codes);
        Assert.True((await _project.RestoreAsync(input => input with { ForceEvaluate = true }, request)).WasWritten);
    }

    [Fact]
    public async Task Projects_of_one_session_ask_for_an_image_once()
    {
        Push("1.0", "first");
        using var front = new RegistryFront(_registry.Host);
        var request = _project.Request($"{front.Host}/app:{{version}}", "1.*");

        await Task.WhenAll(Enumerable.Range(0, 5).Select(i => Task.Run(() => _project.RestoreAsync(
            input => input with { LockFile = _project.Folder[$"{i}", "compose.lock.json"], Session = "session" }, request))));

        // The list of tags, the manifest, the configuration and the layer.
        Assert.Equal(4, front.Requests.Count);
        Assert.Equal(4, front.Requests.Select(asked => asked.Path).Distinct().Count());
        Assert.Single(Enumerable.Range(0, 5).Select(i => File.ReadAllText(_project.Folder[$"{i}", "compose.lock.json"])).Distinct());
    }

    [Fact]
    public async Task A_digest_in_the_name_pins_the_image()
    {
        var request = Push("1", "first");
        var digest = Assert.Single((await _project.RestoreAsync(request)).LockFile.Images!).Digest;
        Push("1", "second");
        File.Delete(_project.LockFilePath);

        var pinned = _project.Request($"{_registry.Host}/app:1@{digest}");

        Assert.Equal("first", ContainerImageFixture.Text(await _project.TakeAsync(pinned), "a"));
    }

    [Fact]
    public async Task Locked_mode_refuses_an_image_that_is_not_locked()
    {
        await _project.RestoreAsync(Push("1", "first"));

        var e = await Assert.ThrowsAsync<DiagnosticException>(
            () => _project.RestoreAsync(input => input with { LockedMode = true }, Push("2", "second")));

        Assert.Equal("COMPOSE1041", e.Diagnostic.Descriptor.Code);
        Assert.Contains("app:2", e.Diagnostic.Message, StringComparison.Ordinal);
        Assert.Contains("app:1", e.Diagnostic.Message, StringComparison.Ordinal);
        Assert.Matches(@"\n    \S+/app:2 linux/amd64 [0-9a-f]{12} is added \(image\)", e.Diagnostic.Message);
    }

    [Theory]
    [InlineData("3.20.*", "v{version}-slim", "3.20.10")]
    [InlineData("[3.20,3.20.9]", "v{version}-slim", "3.20.9")]
    [InlineData("3.*", "v{version}-slim", "3.21")]
    [InlineData("3.20.9", "v{version}-slim", "3.20.9")]
    [InlineData("3.21.1-*", "v{version}-slim", "3.21.1-rc1")]
    [InlineData("3.*-*", "v{version}-slim", "3.21.1-rc1")]
    [InlineData("[3.21.1-rc0,)", "v{version}-slim", "3.21.1-rc1")]
    public async Task A_range_takes_the_highest_version_that_a_tag_has(string range, string template, string expected)
    {
        foreach (var tag in new[] { "v3.20.9-slim", "v3.20.10-slim", "v3.20.10", "v3.21-slim", "v3.21.1-rc1-slim", "latest" })
        {
            Push(tag, tag);
        }

        var request = _project.Request($"{_registry.Host}/app:{template}", range);
        var tree = await _project.TakeAsync(request);

        Assert.Equal($"v{expected}-slim", ContainerImageFixture.Text(tree, "a"));
        Assert.Equal(expected, _project.Read(request).Version);
        Assert.Equal($"{_registry.Host}/app:v{expected}-slim", Assert.Single(LockFile.TryRead(_project.LockFilePath)!.Images!).Source);
    }

    [Fact]
    public async Task A_range_that_no_tag_has_is_an_error_that_names_the_newest()
    {
        Push("1.0", "a");
        Push("1.1", "a");

        var diagnostic = await _project.FailsAsync("COMPOSE1077", _project.Request($"{_registry.Host}/app:{{version}}", "2.*"));

        Assert.Contains("1.1, 1.0", diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing:1")]
    [InlineData("app:2")]
    [InlineData("app@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    public async Task An_image_that_is_not_there_is_an_error(string name)
    {
        Push("1", "a");

        await _project.FailsAsync("COMPOSE1071", _project.Request($"{_registry.Host}/{name}"));
    }

    [Fact]
    public async Task Several_large_layers_arrive_at_once()
    {
        var random = new Random(7);
        var layers = Enumerable.Range(0, 6).Select(index =>
        {
            var noise = new byte[300_000];
            random.NextBytes(noise);
            return new LayerArchive().File($"file{index}", Convert.ToBase64String(noise)).ToBytes();
        }).ToArray();
        _layout.Image("v1", layers);
        _registry.Push(_layout.Path, "v1", "app:1");

        var tree = await _project.TakeAsync(_project.Request($"{_registry.Host}/app:1"));

        Assert.Equal(Enumerable.Range(0, 6).Select(index => $"file{index}"), ContainerImageFixture.Paths(tree));
    }

    [Fact]
    public async Task The_lock_file_is_the_same_wherever_it_is_made()
    {
        var requests = new[] { Push("2", "second"), Push("1", "first") };
        var first = await _project.RestoreAsync(requests);
        using var other = new ContainerImageFixture();

        var second = await other.RestoreAsync(requests[1] with { ProjectDirectory = other.Folder.Path }, requests[0] with { ProjectDirectory = other.Folder.Path });

        Assert.Equal(Encoding.UTF8.GetString(first.LockFile.ToBytes()), Encoding.UTF8.GetString(second.LockFile.ToBytes()));
    }

    [Fact]
    public async Task Layers_may_be_compressed_in_each_way_that_there_is()
    {
        const string layer = "application/vnd.oci.image.layer.v1.tar";
        var (none, gzip, zstd) = (Layer("none"), Layer("gzip"), Layer("zstd"));
        File.WriteAllBytes(_project.Folder["layer"], zstd);
        ExternalTool.Run("zstd", "-q", _project.Folder["layer"], "-o", _project.Folder["layer.zst"]);
        var zstdPacked = File.ReadAllBytes(_project.Folder["layer.zst"]);
        _layout.ImageOf("v1", (layer, none, none), ($"{layer}+gzip", LayoutFolder.Gzip(gzip), gzip), ($"{layer}+zstd", zstdPacked, zstd));
        ExternalTool.Run("skopeo", "copy", "--preserve-digests", "--dest-tls-verify=false", $"oci:{_layout.Path}:v1", $"docker://{_registry.Host}/app:1");
        var request = _project.Request($"{_registry.Host}/app:1");

        Assert.Equal(["gzip", "none", "zstd"], ContainerImageFixture.Paths(await _project.TakeAsync(request)));

        Assert.Equal(
            [LayoutFolder.Digest(none), LayoutFolder.Digest(LayoutFolder.Gzip(gzip)), LayoutFolder.Digest(zstdPacked)],
            Assert.Single(LockFile.TryRead(_project.LockFilePath)!.Images!).Layers.Select(locked => locked.Digest));

        static byte[] Layer(string name) => new LayerArchive().File(name, name).ToBytes();
    }

    [Fact]
    public async Task Layers_that_together_hold_too_much_are_refused()
    {
        _layout.Image("v1", new LayerArchive().File("a").File("b").ToBytes(), new LayerArchive().File("a").File("b").ToBytes());
        _registry.Push(_layout.Path, "v1", "app:1");
        var request = _project.Request($"{_registry.Host}/app:1");
        var locked = (await _project.RestoreAsync(request)).LockFile;

        // Each of the two has a root and two files; laid over each other they are not more.
        Assert.Equal(["a", "b"], ContainerImageFixture.Paths(ReadWith(new ArchiveLimits { Entries = 6, NameBytes = 4 })));
        foreach (var limits in (ArchiveLimits[])[new() { Entries = 5 }, new() { NameBytes = 3 }])
        {
            var diagnostic = Assert.Throws<DiagnosticException>(() => ReadWith(limits)).Diagnostic;
            Assert.Equal(("COMPOSE1003", request.Source), (diagnostic.Descriptor.Code, diagnostic.Item));
        }

        FileTree ReadWith(ArchiveLimits limits) =>
            new ContainerImageReader(_project.Store, limits).Read(locked, request, new ArchiveSelection()).Tree;
    }

    [Fact]
    public async Task A_device_of_an_image_cannot_be_taken()
    {
        _layout.Image("v1", new LayerArchive().File("usr/bin/tool").Device("dev/null").ToBytes());
        _registry.Push(_layout.Path, "v1", "app:1");
        var request = _project.Request($"{_registry.Host}/app:1");
        await _project.RestoreAsync(request);

        var diagnostic = Assert.Throws<DiagnosticException>(() => _project.Read(request)).Diagnostic;

        Assert.Equal(("COMPOSE1005", request.Source), (diagnostic.Descriptor.Code, diagnostic.Item));
        Assert.Contains("'/dev/null'", diagnostic.Message, StringComparison.Ordinal);
        Assert.Equal(
            ["usr", "usr/bin", "usr/bin/tool"],
            ContainerImageFixture.Paths(_project.Read(request, new ArchiveSelection { ExcludedFiles = [new Glob("dev")] }).Tree));
    }

    [Fact]
    public async Task A_part_of_an_image_can_be_taken()
    {
        _layout.Image("v1", new LayerArchive().File("usr/local/bin/tool", "a tool", 0x1ED).File("etc/passwd").ToBytes());
        _registry.Push(_layout.Path, "v1", "app:1");
        var request = _project.Request($"{_registry.Host}/app:1");
        await _project.RestoreAsync(request);

        var tree = _project.Read(request, new ArchiveSelection { Mappings = ArchiveMapping.ParseAll("usr/local/bin/tool -> /usr/bin/tool") }).Tree;

        Assert.Equal(["usr", "usr/bin", "usr/bin/tool"], ContainerImageFixture.Paths(tree));
        var missing = new ArchiveSelection { Mappings = ArchiveMapping.ParseAll("usr/bin/other -> /usr/bin/other") };
        var diagnostic = Assert.Throws<DiagnosticException>(() => _project.Read(request, missing)).Diagnostic;
        Assert.Equal(request.Source, diagnostic.Item);
    }

    /// <summary>Pushes an image with one file, and gives the request for it.</summary>
    private ContainerImageRequest Push(string tag, string text)
    {
        _layout.Image($"{tag}-{text}", new LayerArchive().File("a", text).ToBytes());
        _registry.Push(_layout.Path, $"{tag}-{text}", $"app:{tag}");
        return _project.Request($"{_registry.Host}/app:{tag}");
    }
}
