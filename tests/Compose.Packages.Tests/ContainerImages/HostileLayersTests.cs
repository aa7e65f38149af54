using Compose.FileTrees;
using Compose.Formats.Tar;
using Compose.Packages.Inputs.Archives;
using Compose.Packages.Inputs.ContainerImages;
using Compose.Packages.Locking;
using Compose.Tests.Oci;

namespace Compose.Packages.Tests.ContainerImages;

/// <summary>Images whose layers are each as they should be, and together are too much.</summary>
public sealed class HostileLayersTests : IDisposable
{
    private readonly ContainerImageFixture _project = new();
    private readonly LayoutFolder _layout = new();

    public void Dispose()
    {
        _project.Dispose();
        _layout.Dispose();
    }

    [Fact]
    public async Task What_layers_hold_together_is_limited_though_they_hide_each_other()
    {
        var layer = new LayerArchive().File("a").File("b").File("c").ToBytes();
        _layout.Image("1", layer, new LayerArchive().Opaque("").File("d").ToBytes(), new LayerArchive().Whiteout("", "d").File("e").ToBytes());
        var request = _project.Request(_layout.Path, tag: "1");
        await _project.RestoreAsync(request);

        // With the root of each layer and the whiteout these are nine.
        Assert.Equal(2, Read(request, 9).Count);
        var diagnostic = Assert.Throws<DiagnosticException>(() => Read(request, 8)).Diagnostic;

        Assert.Equal("COMPOSE1003", diagnostic.Descriptor.Code);
        Assert.Contains($"'{LockFile.TryRead(_project.LockFilePath)!.Images![0].Source}'", diagnostic.Message, StringComparison.Ordinal);
    }

    private FileTree Read(ContainerImageRequest request, int entries) =>
        new ContainerImageReader(_project.Store, new ArchiveLimits { Entries = entries })
            .Read(LockFile.TryRead(_project.LockFilePath)!, request, new ArchiveSelection(), TestContext.Current.CancellationToken).Tree;
}
