using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Tar;
using Compose.Packages.Inputs.Archives;
using Compose.Tests.Oci;

namespace Compose.Packages.Tests.Archives;

/// <summary>Squashfs images, made by mksquashfs, as archives.</summary>
public sealed class SquashFsArchiveTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ContentStore _store;

    public SquashFsArchiveTests() => _store = new ContentStore(_folder["store"]);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gzip")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    [InlineData("xz")]
    public void An_image_is_an_archive(string compression)
    {
        _folder.Write("root/usr/bin/tool", "a tool");
        _folder.Write("root/usr/share/large", string.Concat(Enumerable.Range(0, 100_000)));
        File.CreateSymbolicLink(_folder["root/usr/bin/alias"], "tool");
        ExternalTool.Run("ln", _folder["root/usr/bin/tool"], _folder["root/usr/bin/second"]);

        var archive = Unpack(Pack("-comp", compression));

        Assert.False(archive.IsSingleFile);
        Assert.Equal(["", "usr", "usr/bin", "usr/bin/alias", "usr/bin/second", "usr/bin/tool", "usr/share", "usr/share/large"], archive.Tree.Select(item => item.Path.ToString()));
        Assert.True(archive.Tree.TryGet(TreePath.Parse("usr/bin/tool"), out var tool));
        Assert.True(archive.Tree.TryGet(TreePath.Parse("usr/bin/second"), out var second));
        Assert.Same(tool, second);
        Assert.Equal(Sha256Digest.Of("a tool"u8), Assert.IsType<BlobContent>(Assert.IsType<FileEntry>(tool).Content).Digest);
    }

    [Fact]
    public void Extended_attributes_are_kept()
    {
        var tar = new LayerArchive().File("tool", "a tool", 0x1A4, ("user.color", "red")).ToBytes();
        ExternalTool.TryRun("tar2sqfs", ["--quiet", _folder["image.squashfs"]], tar).EnsureSuccess();

        var archive = Unpack(Stored());

        Assert.True(archive.Tree.TryGet(TreePath.Parse("tool"), out var tool));
        Assert.Equal("user.color", Assert.Single(tool.Metadata.ExtendedAttributes).Name);
    }

    [Fact]
    public void An_image_is_unpacked_once()
    {
        _folder.Write("root/tool", "a tool");
        var image = Pack();
        Unpack(image);

        Assert.True(new ArchiveUnpacker(_store).TryGet(image.Digest, out var known));
        Assert.Equal(2, known.Tree.Count);
    }

    [Fact]
    public void A_link_that_leads_out_is_refused()
    {
        Directory.CreateDirectory(_folder["root/a"]);
        File.CreateSymbolicLink(_folder["root/a/out"], "../../etc");

        var diagnostic = Refuse(Pack());

        Assert.Equal("COMPOSE1002", diagnostic.Descriptor.Code);
        Assert.Contains("'image.squashfs' is refused: 'a/out'", diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/device c 600 0 0 1 3")]
    [InlineData("/pipe i 600 0 0 f")]
    [InlineData("/socket i 600 0 0 s")]
    public void Devices_pipes_and_sockets_are_refused(string definition)
    {
        _folder.Write("root/tool", "a tool");

        var diagnostic = Refuse(Pack("-p", definition));

        Assert.Equal("COMPOSE1005", diagnostic.Descriptor.Code);
        Assert.Contains($"'image.squashfs' is refused: '{definition.Split(' ')[0][1..]}'", diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ten_gigabytes_of_ten_kilobytes_are_refused()
    {
        Directory.CreateDirectory(_folder["root"]);
        using (var file = File.Create(_folder["root/zeros"]))
        {
            file.SetLength(10L << 30);
        }

        var image = Pack();

        Assert.True(image.Length < 200_000, $"{image.Length} bytes");
        var diagnostic = Refuse(image);
        Assert.Equal("COMPOSE4029", diagnostic.Descriptor.Code);
        Assert.Contains("image.squashfs", diagnostic.Message, StringComparison.Ordinal);
        Assert.Contains("At 'zeros'", diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_cut_or_damaged_anywhere_gives_a_diagnostic_or_a_tree()
    {
        var noise = new byte[30_000];
        new Random(5).NextBytes(noise);
        _folder.Write("root/usr/noise", Convert.ToBase64String(noise));
        _folder.Write("root/usr/small", "small");
        var image = File.ReadAllBytes(Pack().HostPath);
        var random = new Random(6);
        for (var i = 0; i < 300; i++)
        {
            var broken = i % 3 == 0 ? image[..random.Next(4, image.Length)] : image.ToArray();
            broken[random.Next(4, broken.Length)] = (byte)random.Next(256);
            try
            {
                Unpack(_store.Add(broken));
            }
            catch (DiagnosticException e)
            {
                Assert.Contains("image.squashfs", e.Diagnostic.Message, StringComparison.Ordinal);
            }
        }

        Assert.Equal(["image.squashfs", "root", "store"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Empty(Directory.GetFiles(_store.PartialDirectory));
    }

    private BlobContent Pack(params string[] options)
    {
        ExternalTool.Run("mksquashfs", [_folder["root"], _folder["image.squashfs"], "-quiet", "-noappend", "-all-root", .. options]);
        return Stored();
    }

    private BlobContent Stored()
    {
        using var file = File.OpenRead(_folder["image.squashfs"]);
        return _store.Add(file);
    }

    private UnpackedArchive Unpack(BlobContent image) =>
        new ArchiveUnpacker(_store).GetOrUnpack(image, isVerified: true, "'image.squashfs'", ArchiveLimits.Default, TestContext.Current.CancellationToken)!;

    private Diagnostic Refuse(BlobContent image) => Assert.Throws<DiagnosticException>(() => Unpack(image)).Diagnostic;
}
