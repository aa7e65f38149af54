using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Oci;
using Compose.Formats.Tar;
using Compose.Tests.Oci;
using CsCheck;

namespace Compose.Formats.Tests.Oci;

/// <summary>Layers as umoci writes them and applies them.</summary>
public sealed class UmociTests : IDisposable
{
    private const string Seed = "0000KDO3Jkx2";

    private readonly TemporaryDirectory _folder = new();
    private readonly ContentStore _store;

    public UmociTests() => _store = new ContentStore(_folder["store"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Layers_that_umoci_makes_give_the_files_they_were_made_of()
    {
        var image = _folder["image"];
        ExternalTool.Run("umoci", "init", "--layout", image);
        ExternalTool.Run("umoci", "new", "--image", $"{image}:v1");
        Change("first", root =>
        {
            Directory.CreateDirectory(Path.Combine(root, "usr/bin"));
            Directory.CreateDirectory(Path.Combine(root, "etc/app"));
            File.WriteAllText(Path.Combine(root, "usr/bin/tool"), "one");
            File.WriteAllText(Path.Combine(root, "etc/app/config"), "one");
            File.WriteAllText(Path.Combine(root, "etc/app/other"), "stays");
            File.CreateSymbolicLink(Path.Combine(root, "bin"), "usr/bin");
            ExternalTool.Run("ln", Path.Combine(root, "usr/bin/tool"), Path.Combine(root, "usr/bin/alias"));
        });
        Change("second", root =>
        {
            File.WriteAllText(Path.Combine(root, "usr/bin/tool"), "two");
            File.Delete(Path.Combine(root, "etc/app/config"));
            Directory.CreateDirectory(Path.Combine(root, "opt"));
        });
        Change("third", root =>
        {
            Directory.Delete(Path.Combine(root, "etc/app"), recursive: true);
            File.WriteAllText(Path.Combine(root, "etc/app"), "now a file");
            File.Delete(Path.Combine(root, "bin"));
            Directory.CreateDirectory(Path.Combine(root, "bin"));
        });

        var tree = Read(image, "v1", out var layers);

        Assert.Equal(3, layers);
        Assert.Equal(RootFolder.Describe(Unpack(image, "v1")), RootFolder.Describe(tree));

        void Change(string name, Action<string> change)
        {
            var bundle = _folder[name];
            ExternalTool.Run("umoci", "unpack", "--rootless", "--image", $"{image}:v1", bundle);
            change(Path.Combine(bundle, "rootfs"));
            ExternalTool.Run("umoci", "repack", "--image", $"{image}:v1", bundle);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(200_000)]
    public void A_layer_that_umoci_leaves_without_an_end_mark_gives_the_files_it_was_made_of(int length)
    {
        var image = _folder["image"];
        var source = _folder["source"];
        Directory.CreateDirectory(source);
        File.WriteAllText(Path.Combine(source, "a"), "first");
        File.WriteAllText(Path.Combine(source, "b"), new string('x', length));
        ExternalTool.Run("umoci", "init", "--layout", image);
        ExternalTool.Run("umoci", "new", "--image", $"{image}:v1");
        ExternalTool.Run("umoci", "insert", "--rootless", "--image", $"{image}:v1", source, "/opt");

        var tree = Read(image, "v1", out var layers);

        Assert.Equal(1, layers);
        Assert.Equal(RootFolder.Describe(Unpack(image, "v1")), RootFolder.Describe(tree));
    }

    [Fact]
    public void Random_layers_give_what_umoci_unpacks()
    {
        var operation = Gen.Select(Gen.Int[0, 7], Gen.Int[0, 1000], Gen.Int[0, 1000]);
        operation.Array[1, 12].Array[2, 4].Sample(
            layers =>
            {
                using var layout = new LayoutFolder();
                layout.Image("v1", Layers(layers));

                var tree = Read(layout.Path, "v1", out _);

                Assert.Equal(RootFolder.Describe(Unpack(layout.Path, "v1")), RootFolder.Describe(tree));
            },
            iter: 40, seed: Seed, threads: 1);
    }

    /// <summary>Makes archives of random changes, each possible after those before it.</summary>
    private byte[][] Layers((int Kind, int First, int Second)[][] layers)
    {
        var stack = new LayerStack("the image", ArchiveLimits.Default);
        var archives = new List<byte[]>();
        foreach (var changes in layers)
        {
            var archive = new LayerArchive();
            var named = new HashSet<string>();
            string[] directories = [.. stack.Tree.Where(item => item.Entry is DirectoryEntry).Select(item => item.Path.IsRoot ? "" : item.Path + "/")];
            string[] files = [.. stack.Tree.Where(item => item.Entry is FileEntry).Select(item => item.Path.ToString())];
            foreach (var (kind, first, second) in changes)
            {
                var directory = directories[first % directories.Length];
                var path = directory + (char)('a' + (second % 5));

                // Nothing is named twice, and nothing below what this layer replaces.
                if (named.Any(other => path == other || path.StartsWith(other + "/", StringComparison.Ordinal) || other.StartsWith(path + "/", StringComparison.Ordinal)))
                {
                    continue;
                }

                named.Add(path);
                switch (kind)
                {
                    case 0 or 1:
                        archive.File(path, $"{first} {second}", second % 2 == 0 ? 0x1ED : 0x1A4);
                        break;
                    case 2 or 3:
                        archive.Directory(path + "/", second % 2 == 0 ? 0x1ED : 0x1C0);
                        break;
                    case 4:
                        archive.Symlink(path, "nowhere");
                        break;
                    case 5:
                        archive.Whiteout(directory, path[^1].ToString());
                        break;
                    case 6 when stack.Tree.TryGet(TreePath.Parse(path), out var existing) && existing is DirectoryEntry:
                        archive.Opaque(path + "/");
                        break;
                    case 7 when files.Length > 0 && files[first % files.Length] is var file
                        && !named.Any(other => file == other || file.StartsWith(other + "/", StringComparison.Ordinal)):
                        archive.HardLink(path, file);
                        named.Add(file);
                        break;
                    default:
                        break;
                }
            }

            var bytes = archive.ToBytes();
            stack.Apply(LayerReader.Read(new BytesContent(bytes), Sha256Digest.Of(bytes), "the layer", _store, ArchiveLimits.Default));
            archives.Add(bytes);
        }

        return [.. archives];
    }

    private string Unpack(string image, string tag)
    {
        var bundle = _folder[Guid.NewGuid().ToString("n")];
        ExternalTool.Run("umoci", "unpack", "--rootless", "--image", $"{image}:{tag}", bundle);
        return Path.Combine(bundle, "rootfs");
    }

    private FileTree Read(string image, string tag, out int layers)
    {
        var layout = OciLayout.Open(image, _store);
        var manifest = Assert.IsType<OciManifest>(OciDocumentReader.Read(layout.ReadDocument(layout.Find(tag)), mediaType: null, image));
        var config = OciDocumentReader.ReadConfig(layout.ReadDocument(manifest.Config), image);
        var stack = new LayerStack(image, ArchiveLimits.Default);
        var unpacked = new UnpackedLayers(_store);
        foreach (var (layer, diffId) in manifest.Layers.Zip(config.DiffIds))
        {
            stack.Apply(unpacked.GetOrUnpack(layout.CopyTo(_store, layer), diffId, "the layer"));
        }

        layers = manifest.Layers.Count;
        return stack.Tree;
    }
}
