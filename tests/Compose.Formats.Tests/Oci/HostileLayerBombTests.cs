using System.IO.Compression;
using System.Security.Cryptography;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Oci;
using Compose.Formats.Tar;
using Compose.Tests.Hostile;

namespace Compose.Formats.Tests.Oci;

/// <summary>Small layers of very much, each in a process of its own, whose memory is watched.</summary>
public sealed class HostileLayerBombTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ten gigabytes", "COMPOSE1003", "'zeros'")]
    [InlineData(TarBombs.Entries, "COMPOSE1003", "with '500000'")]
    [InlineData(TarBombs.Names, "COMPOSE1003", "/ddd")]
    [InlineData(TarBombs.Attributes, "COMPOSE1003", "names and attributes")]
    [InlineData(TarBombs.Headers, "COMPOSE1001", "names or attributes")]
    [InlineData("whiteouts", "COMPOSE1003", "with '.wh.500000'")]
    public void A_bomb_ends_with_little_memory(string kind, string code, string part) => HostileProcess.Run(
        GetType(),
        kind,
        folder => Make(kind, Path.Combine(folder, "bomb")),
        folder =>
        {
            var store = new ContentStore(_folder["store"]);
            var diagnostic = Assert.Throws<DiagnosticException>(
                () => LayerReader.Read(Packed(folder), Sha256Digest.Of([]), "The layer", store, ArchiveLimits.Default)).Diagnostic;

            Assert.Equal($"{code} {diagnostic.Message}", $"{diagnostic.Descriptor.Code} {diagnostic.Message}");
            Assert.Contains("The layer", diagnostic.Message, StringComparison.Ordinal);
            Assert.Contains(part, diagnostic.Message, StringComparison.Ordinal);
            Assert.Empty(Directory.EnumerateFiles(store.Directory, "*", SearchOption.AllDirectories));
            return 1;
        });

    [Fact]
    public void The_largest_layer_that_is_allowed_is_read_with_little_memory() => HostileProcess.Run(
        GetType(),
        TarBombs.Full,
        folder => Make(TarBombs.Full, Path.Combine(folder, "bomb")),
        folder =>
        {
            var store = new ContentStore(_folder["store"]);
            var packed = Packed(folder);
            using var blob = packed.OpenRead();
            using var plain = new GZipStream(packed.OpenRead(), CompressionMode.Decompress);
            var diffId = new Sha256Digest(SHA256.HashData(plain));
            var layers = new UnpackedLayers(store);

            var layer = layers.GetOrUnpack(store.Add(blob), diffId, "The layer");

            Assert.InRange(layer.Files.Count, 499_000, 500_000);
            Assert.Equal(layer.Files.Count, Stacked(layer).Count);
            return 1;
        });

    private static FileTree Stacked(ImageLayer layer)
    {
        var stack = new LayerStack("the image", ArchiveLimits.Default);
        stack.Apply(layer);
        return stack.Tree;
    }

    private static HostFileContent Packed(string folder)
    {
        var path = Path.Combine(folder, "bomb");
        return new HostFileContent(path, new FileInfo(path).Length);
    }

    private static void Make(string kind, string bomb)
    {
        switch (kind)
        {
            case "ten gigabytes":
                // One gigabyte of them is enough to pass the limit.
                using (var plain = File.Create(bomb + ".plain"))
                {
                    plain.Write(new TarBytes().File("zeros", "", claimedSize: 10L << 30).WithoutEnd());
                    plain.SetLength(1L << 30);
                }

                ExternalTool.Run("zstd", "-q", "--rm", bomb + ".plain", "-o", bomb);
                break;
            case "whiteouts":
                using (var file = File.Create(bomb))
                using (var gzip = new GZipStream(file, CompressionLevel.Fastest))
                {
                    for (var i = 0; i <= ArchiveLimits.Default.Entries; i++)
                    {
                        gzip.Write(new TarBytes().File($".wh.{i}").WithoutEnd());
                    }

                    gzip.Write(new byte[1024]);
                }

                break;
            default:
                TarBombs.Write(kind, bomb);
                break;
        }
    }
}
