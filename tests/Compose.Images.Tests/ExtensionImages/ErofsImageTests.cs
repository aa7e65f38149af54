using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.ExtensionImages;

namespace Compose.Images.Tests.ExtensionImages;

public sealed class ErofsImageTests : IDisposable
{
    private const long Time = 1_700_000_000;
    private static readonly Guid Seed = new("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("lz4hc,9")]
    public void Fsck_erofs_finds_the_files_and_the_bytes_are_the_same_each_time(string? compression)
    {
        var tree = Trees.Of("usr/bin/tool", "usr/bin/link -> tool", "usr/lib/extension-release.d/extension-release.tools", "usr/share/empty/");
        ErofsImage.WriteFile(tree, _folder["first.raw"], compression, Seed, Time, Cancel);
        ErofsImage.WriteFile(tree, _folder["second.raw"], compression, Seed, Time, Cancel);

        Assert.Equal(File.ReadAllBytes(_folder["first.raw"]), File.ReadAllBytes(_folder["second.raw"]));
        ExternalTool.Run("fsck.erofs", $"--extract={_folder["extracted"]}", _folder["first.raw"]);
        Assert.Equal("usr/bin/tool", File.ReadAllText(Path.Combine(_folder["extracted"], "usr/bin/tool")));
        Assert.Equal("tool", new FileInfo(Path.Combine(_folder["extracted"], "usr/bin/link")).LinkTarget);
        Assert.True(Directory.Exists(Path.Combine(_folder["extracted"], "usr/share/empty")));
    }

    [Fact]
    public void A_tree_that_a_folder_cannot_hold_is_refused()
    {
        var foreign = new FileEntry(EntryMetadata.File with { UserId = 5 }, new BytesContent("x"));
        var failure = Assert.Throws<DiagnosticException>(
            () => ErofsImage.WriteFile(new FileTreeBuilder().Set("usr/x", foreign).Build(), _folder["x.raw"], null, Seed, Time, Cancel));

        Assert.Equal("COMPOSE3013", failure.Diagnostic.Descriptor.Code);
        Assert.Contains("/usr/x", failure.Diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_of_the_program_is_told_and_leaves_nothing()
    {
        var failure = Assert.Throws<DiagnosticException>(
            () => ErofsImage.WriteFile(Trees.Of("usr/x"), _folder["x.raw"], "no-such-codec", Seed, Time, Cancel));

        Assert.Contains("mkfs.erofs ended with", failure.Diagnostic.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }
}
