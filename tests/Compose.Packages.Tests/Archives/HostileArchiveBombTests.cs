using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Tar;
using Compose.Packages.Inputs.Archives;
using Compose.SquashFs;
using Compose.Tests.Hostile;

namespace Compose.Packages.Tests.Archives;

/// <summary>
/// Small archives of very much, as a project takes them: unpacked into the store, each in a process of its own, whose memory is
/// watched.
/// </summary>
public sealed class HostileArchiveBombTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ten gigabytes", "COMPOSE1003", "'zeros'")]
    [InlineData("ten gigabytes of a single file", "COMPOSE1003", "more than the 268435456 bytes")]
    [InlineData("zip", "COMPOSE1003", "'-'")]
    [InlineData("window", "COMPOSE1001", "damaged or truncated")]
    [InlineData(TarBombs.Entries, "COMPOSE1003", "with '500000'")]
    [InlineData(TarBombs.Directories, "COMPOSE1003", "/a/b/c/d/e'")]
    [InlineData("squashfs", "COMPOSE4029", "MaximumEntries")]
    public void A_bomb_ends_with_little_memory(string kind, string code, string part) => HostileProcess.Run(
        GetType(),
        kind,
        folder => Make(kind, folder),
        folder =>
        {
            var store = new ContentStore(_folder["store"]);
            var bomb = Add(folder, store);
            var diagnostic = Assert.Throws<DiagnosticException>(() => Unpack(bomb, store)).Diagnostic;

            Assert.Equal($"{code} {diagnostic.Message}", $"{diagnostic.Descriptor.Code} {diagnostic.Message}");
            Assert.Contains("bad-archive", diagnostic.Message, StringComparison.Ordinal);
            Assert.Contains(part, diagnostic.Message, StringComparison.Ordinal);

            // Of it nothing is kept but itself.
            Assert.Equal([bomb.HostPath], Directory.EnumerateFiles(store.Directory, "*", SearchOption.AllDirectories));
            return 1;
        });

    [Theory]
    [InlineData(TarBombs.Full)]
    [InlineData("full squashfs")]
    public void The_largest_archive_that_is_allowed_is_read_with_little_memory(string kind) => HostileProcess.Run(
        GetType(),
        kind,
        folder => Make(kind, folder),
        folder =>
        {
            var store = new ContentStore(_folder["store"]);
            Assert.InRange(Unpack(Add(folder, store), store).Tree.Count, 490_000, 500_000);
            return 1;
        });

    private static BlobContent Add(string folder, ContentStore store)
    {
        using var file = File.OpenRead(Path.Combine(folder, "bomb"));
        return store.Add(file, Token);
    }

    private static UnpackedArchive Unpack(BlobContent bomb, ContentStore store) =>
        new ArchiveUnpacker(store).GetOrUnpack(bomb, isVerified: true, "bad-archive", ArchiveLimits.Default, Token)!;

    private static void Make(string kind, string folder)
    {
        var bomb = Path.Combine(folder, "bomb");
        switch (kind)
        {
            case "ten gigabytes" or "ten gigabytes of a single file":
                TarBombs.WriteTenGigabytes(bomb, isTar: kind == "ten gigabytes");
                break;
            case "zip":
                ExternalTool.Run("sh", "-c", $"head -c 1G /dev/zero | zip -q {bomb}.zip - && mv {bomb}.zip {bomb}");
                break;
            case "window":
                // A frame of zstd (RFC 8878) with one block, that wants a window of 2 GiB.
                File.WriteAllBytes(bomb, [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0xA8, 0x03, 0x00, 0x10, (byte)'x']);
                break;
            case "squashfs":
                WriteImage(bomb, files: 600);
                break;
            case "full squashfs":
                WriteImage(bomb, files: 495);
                break;
            default:
                TarBombs.Write(kind, bomb);
                break;
        }
    }

    /// <summary>A squashfs image of a thousand directories with so many files in each.</summary>
    private static void WriteImage(string path, int files)
    {
        var tree = new FileTreeBuilder();
        var name = new string('n', 80);
        for (var i = 0; i < 1000 * files; i++)
        {
            tree.Set($"{i / files:x3}/{i % files:x4}{name}", new FileEntry(EntryMetadata.File, new BytesContent(i % 25 == 0 ? $"{i}" : "")));
        }

        SquashFsWriter.WriteFile(tree.Build(), path, new SquashFsOptions { Compression = new ZstdCompression(1) });
    }
}
