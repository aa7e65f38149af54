using Compose.Packages.Locking;
using Compose.Tests.Oci;

namespace Compose.Packages.Tests.ContainerImages;

/// <summary>Images of OCI layouts.</summary>
public sealed class LayoutImageTests : IDisposable
{
    private readonly ContainerImageFixture _project = new();
    private readonly LayoutFolder _layout = new();

    public void Dispose()
    {
        _project.Dispose();
        _layout.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_image_of_a_layout_is_taken_by_its_tag(bool isArchive)
    {
        using var registry = new DockerRegistry();
        _layout.Image("first", new LayerArchive().File("a", "first").ToBytes());
        registry.Push(_layout.Path, "first", "app:1");
        var place = isArchive ? $"oci-archive:{_project.Folder["layout"]}:v1" : $"oci:{_project.Folder["layout"]}:v1";
        ExternalTool.Run("skopeo", "copy", "--src-tls-verify=false", $"docker://{registry.Host}/app:1", place);

        var request = _project.Request("layout", tag: "v1");

        Assert.Equal("first", ContainerImageFixture.Text(await _project.TakeAsync(request), "a"));
        Assert.Equal("layout", Assert.Single(LockFile.TryRead(_project.LockFilePath)!.Images!).Source);
    }

    [Fact]
    public async Task A_layout_that_changes_counts_only_when_the_lock_file_is_made_anew()
    {
        using var changed = new LayoutFolder();
        _layout.Image("v1", new LayerArchive().File("a", "first").ToBytes());
        changed.Image("v1", new LayerArchive().File("a", "second").ToBytes());
        Directory.CreateSymbolicLink(_project.Folder["layout"], _layout.Path);
        var request = _project.Request("layout", tag: "v1");
        await _project.RestoreAsync(request);
        File.Delete(_project.Folder["layout"]);
        Directory.CreateSymbolicLink(_project.Folder["layout"], changed.Path);

        Assert.False((await _project.RestoreAsync(request)).WasResolved);
        Assert.Equal("first", ContainerImageFixture.Text(_project.Read(request).Tree, "a"));

        Directory.Delete(_project.Store.Directory, recursive: true);
        Directory.CreateDirectory(_project.Store.PartialDirectory);
        var e = await Assert.ThrowsAsync<DiagnosticException>(() => _project.RestoreAsync(request));
        Assert.Equal(("COMPOSE1078", "layout"), (e.Diagnostic.Descriptor.Code, e.Diagnostic.Item));
        await _project.RestoreAsync(input => input with { ForceEvaluate = true }, request);
        Assert.Equal("second", ContainerImageFixture.Text(_project.Read(request).Tree, "a"));
    }

    [Fact]
    public async Task A_digest_of_an_image_of_a_layout_that_was_changed_by_hand_is_refused()
    {
        _layout.Image("v1", new LayerArchive().File("a", "first").ToBytes());
        var request = _project.Request(_layout.Path, tag: "v1");
        var layer = Assert.Single(Assert.Single((await _project.RestoreAsync(request)).LockFile.Images!).Layers).Digest;
        var edited = (await File.ReadAllTextAsync(_project.LockFilePath)).Replace(layer, $"sha256:{new string('0', 64)}", StringComparison.Ordinal);
        await File.WriteAllTextAsync(_project.LockFilePath, edited);

        var e = await Assert.ThrowsAsync<DiagnosticException>(() => _project.RestoreAsync(request));

        Assert.Equal(("COMPOSE1053", request.Source), (e.Diagnostic.Descriptor.Code, e.Diagnostic.Item));
    }
}
