using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Oci;
using Compose.Formats.Tar;
using Compose.Tests.Oci;

namespace Compose.Formats.Tests.Oci;

public sealed class LayerTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly ContentStore _store;

    public LayerTests() => _store = new ContentStore(_folder["store"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_whiteout_takes_a_file_or_a_whole_directory_away()
    {
        var tree = Apply(
            new LayerArchive().Directory("a/").File("a/1").File("a/2").Directory("b/").Directory("b/c/").File("b/c/3"),
            new LayerArchive().Whiteout("a/", "1").Whiteout("", "b"));

        Assert.Equal(["", "a", "a/2"], Paths(tree));
    }

    [Fact]
    public void An_opaque_directory_hides_all_below_it_and_shows_what_its_layer_has()
    {
        var tree = Apply(
            new LayerArchive().Directory("a/").File("a/1").Directory("a/b/").File("a/b/2"),
            new LayerArchive().File("a/3").Opaque("a/"));

        Assert.Equal(["", "a", "a/3"], Paths(tree));
    }

    [Fact]
    public void A_whiteout_spares_what_its_own_layer_has()
    {
        var tree = Apply(new LayerArchive().File("a", "lower"), new LayerArchive().File("a", "upper").Whiteout("", "a"));

        Assert.Equal("upper", Text(tree, "a"));
    }

    [Fact]
    public void A_whiteout_of_nothing_does_nothing() =>
        Assert.Equal(["", "a"], Paths(Apply(new LayerArchive().File("a"), new LayerArchive().Whiteout("", "b").Whiteout("x/y/", "z"))));

    [Fact]
    public void A_directory_that_a_layer_does_not_name_keeps_its_metadata()
    {
        var tree = Apply(new LayerArchive().Directory("a/", 0x1C0).File("a/1"), new LayerArchive().File("a/2"));

        Assert.Equal(0x1C0, Entry(tree, "a").Metadata.Permissions);
    }

    [Fact]
    public void A_directory_that_a_layer_names_gets_its_metadata()
    {
        var tree = Apply(new LayerArchive().Directory("a/", 0x1C0).File("a/1"), new LayerArchive().Directory("a/"));

        Assert.Equal(0x1ED, Entry(tree, "a").Metadata.Permissions);
        Assert.True(tree.Contains(TreePath.Parse("a/1")));
    }

    [Fact]
    public void A_file_replaces_a_directory_and_a_directory_a_file()
    {
        var tree = Apply(
            new LayerArchive().Directory("a/").File("a/1").File("b"),
            new LayerArchive().File("a").Directory("b/").File("b/2"));

        Assert.Equal(["", "a", "b", "b/2"], Paths(tree));
    }

    [Fact]
    public void A_hard_link_to_a_file_of_a_layer_below_is_one_file_with_it()
    {
        var tree = Apply(new LayerArchive().File("a", "text"), new LayerArchive().HardLink("b", "a").HardLink("c", "b"));

        Assert.Same(Entry(tree, "a"), Entry(tree, "b"));
        Assert.Same(Entry(tree, "a"), Entry(tree, "c"));
    }

    [Fact]
    public void A_hard_link_of_a_layer_survives_a_change_of_the_other_name()
    {
        var tree = Apply(new LayerArchive().File("a", "1").HardLink("b", "a"), new LayerArchive().File("a", "2"));

        Assert.Equal(("2", "1"), (Text(tree, "a"), Text(tree, "b")));
    }

    [Fact]
    public void A_path_through_a_link_of_a_layer_below_goes_where_the_link_leads()
    {
        var tree = Apply(
            new LayerArchive().Directory("usr/").Directory("usr/lib/").File("usr/lib/old").Symlink("lib", "usr/lib").Symlink("abs", "/usr"),
            new LayerArchive().File("lib/new").Whiteout("lib/", "old").File("abs/lib/deep/file"));

        Assert.Equal(["", "abs", "lib", "usr", "usr/lib", "usr/lib/deep", "usr/lib/deep/file", "usr/lib/new"], Paths(tree));
    }

    [Fact]
    public void A_directory_entry_replaces_a_link_of_a_layer_below()
    {
        var tree = Apply(new LayerArchive().Directory("usr/").Symlink("lib", "usr"), new LayerArchive().Directory("lib/").File("lib/a"));

        Assert.IsType<DirectoryEntry>(Entry(tree, "lib"));
        Assert.Equal(["", "lib", "lib/a", "usr"], Paths(tree));
    }

    [Fact]
    public void Extended_attributes_are_kept()
    {
        var tree = Apply(new LayerArchive().File("a", "x", 0x1ED, ("user.color", "red")));

        var attribute = Assert.Single(Entry(tree, "a").Metadata.ExtendedAttributes);
        Assert.Equal(("user.color", "red"), (attribute.Name, Encoding.UTF8.GetString(attribute.Value.Span)));
    }

    [Fact]
    public void State_of_Aufs_is_no_part_of_an_image() =>
        Assert.Equal(["", "a"], Paths(Apply(new LayerArchive().File("a").Directory(".wh..wh.plnk/").File(".wh..wh.plnk/1.2").File(".wh..wh.aufs"))));

    [Theory]
    [InlineData("none")]
    [InlineData("gz")]
    [InlineData("zst")]
    public void A_layer_may_be_compressed_in_each_way_that_there_is(string compression)
    {
        var plain = new LayerArchive().File("a", new string('a', 100_000)).ToBytes();
        var packed = compression switch { "none" => plain, "gz" => LayoutFolder.Gzip(plain), _ => Zstd(plain) };

        var layer = LayerReader.Read(new BytesContent(packed), Sha256Digest.Of(plain), "the layer", _store, ArchiveLimits.Default);

        Assert.Equal(["", "a"], Paths(layer.Files));
    }

    [Fact]
    public void A_layer_is_unpacked_once()
    {
        var plain = new LayerArchive().File("d/a", "text").Whiteout("", "w").Opaque("o/").HardLink("l", "lower").ToBytes();
        var packed = _store.Add(LayoutFolder.Gzip(plain));
        var layers = new UnpackedLayers(_store);
        var first = layers.GetOrUnpack(packed, Sha256Digest.Of(plain), "the layer");

        File.Delete(packed.HostPath);
        var second = layers.GetOrUnpack(packed, Sha256Digest.Of(plain), "the layer");

        Assert.Equal(RootFolder.Describe(first.Files), RootFolder.Describe(second.Files));
        Assert.Equal(first.DiffId, second.DiffId);
        Assert.Equal(first.PassedDirectories, second.PassedDirectories);
        Assert.Equal(first.Whiteouts, second.Whiteouts);
        Assert.Equal(first.OpaqueDirectories, second.OpaqueDirectories);
        Assert.Equal(first.Links, second.Links);
        Assert.Equal(["w"], second.Whiteouts.Select(path => path.ToString()));
        Assert.Equal(["o"], second.OpaqueDirectories.Select(path => path.ToString()));
        Assert.Equal(["", "d"], second.PassedDirectories.Select(path => path.ToString()));
    }

    [Fact]
    public void A_layer_whose_files_the_store_lost_is_unpacked_again()
    {
        var plain = new LayerArchive().File("a", "text").ToBytes();
        var packed = _store.Add(plain);
        var layers = new UnpackedLayers(_store);
        layers.GetOrUnpack(packed, Sha256Digest.Of(plain), "the layer");

        File.Delete(_store.BlobPath(Sha256Digest.Of("text"u8)));

        Assert.Equal("text", Text(layers.GetOrUnpack(packed, Sha256Digest.Of(plain), "the layer").Files, "a"));
    }

    [Fact]
    public void A_layer_that_was_damaged_in_the_store_is_taken_out_of_it()
    {
        var plain = new LayerArchive().File("a", new string('x', 10_000)).ToBytes();
        var packed = _store.Add(LayoutFolder.Gzip(plain));
        var bytes = File.ReadAllBytes(packed.HostPath);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(packed.HostPath, bytes);

        var diagnostic = Assert.Throws<DiagnosticException>(
            () => new UnpackedLayers(_store).GetOrUnpack(packed, Sha256Digest.Of(plain), "the layer")).Diagnostic;

        Assert.Equal("COMPOSE4905", diagnostic.Descriptor.Code);
        Assert.False(packed.IsPresent);
        Assert.False(_store.TryGetBlob(Sha256Digest.Of(Encoding.ASCII.GetBytes(new string('x', 10_000))), out _));
    }

    [Fact]
    public void A_layer_that_is_used_is_not_the_next_to_be_pruned()
    {
        var plain = new LayerArchive().File("a", "text").ToBytes();
        var packed = _store.Add(plain);
        var layers = new UnpackedLayers(_store);
        layers.GetOrUnpack(packed, Sha256Digest.Of(plain), "the layer");
        var record = _store.RecordPath("layer", packed.Digest);
        var longAgo = DateTime.UtcNow.AddDays(-30);
        File.SetLastWriteTimeUtc(record, longAgo);

        Assert.True(layers.TryGet(packed.Digest, out _));

        Assert.True(File.GetLastWriteTimeUtc(record) > longAgo.AddDays(29));
        Assert.True(layers.IsUnpacked(packed.Digest));
        Assert.False(layers.IsUnpacked(Sha256Digest.Of("another"u8)));
    }

    private static string[] Paths(FileTree tree) => [.. tree.Select(item => item.Path.ToString())];

    private static TreeEntry Entry(FileTree tree, string path) =>
        tree.TryGet(TreePath.Parse(path), out var entry) ? entry : throw new InvalidOperationException($"'{path}' is not in the tree.");

    private static string Text(FileTree tree, string path)
    {
        using var reader = new StreamReader(Assert.IsType<FileEntry>(Entry(tree, path)).Content.OpenRead());
        return reader.ReadToEnd();
    }

    private FileTree Apply(params LayerArchive[] layers)
    {
        var stack = new LayerStack("the image", ArchiveLimits.Default);
        foreach (var layer in layers.Select(layer => layer.ToBytes()))
        {
            stack.Apply(LayerReader.Read(new BytesContent(layer), Sha256Digest.Of(layer), "the layer", _store, ArchiveLimits.Default));
        }

        return stack.Tree;
    }

    private byte[] Zstd(byte[] bytes)
    {
        File.WriteAllBytes(_folder["plain"], bytes);
        ExternalTool.Run("zstd", "-q", "-f", _folder["plain"], "-o", _folder["packed"]);
        return File.ReadAllBytes(_folder["packed"]);
    }
}
