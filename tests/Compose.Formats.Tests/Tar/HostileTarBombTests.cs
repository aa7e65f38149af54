using Compose.Diagnostics;
using Compose.FileTrees.Storage;
using Compose.Formats.Compression;
using Compose.Formats.Tar;
using Compose.Tests.Hostile;

namespace Compose.Formats.Tests.Tar;

/// <summary>Small tar archives of very much, each in a process of its own, whose memory is watched.</summary>
public sealed class HostileTarBombTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(TarBombs.Entries, "COMPOSE1003", "entries that are allowed")]
    [InlineData(TarBombs.Directories, "COMPOSE1003", "/a/b/c/d/e'")]
    [InlineData(TarBombs.Names, "COMPOSE1003", "/ddd")]
    [InlineData(TarBombs.Attributes, "COMPOSE1003", "names and attributes")]
    [InlineData(TarBombs.Headers, "COMPOSE1001", "bytes of names or attributes")]
    [InlineData("ten gigabytes", "COMPOSE1003", "'zeros'")]
    public void A_bomb_ends_with_little_memory(string kind, string code, string part) => HostileProcess.Run(
        GetType(),
        kind,
        folder =>
        {
            if (kind == "ten gigabytes")
            {
                TarBombs.WriteTenGigabytes(Path.Combine(folder, "bomb"));
            }
            else
            {
                TarBombs.Write(kind, Path.Combine(folder, "bomb"));
            }
        },
        folder =>
        {
            var store = new ContentStore(_folder["store"]);
            var diagnostic = Assert.Throws<DiagnosticException>(() => Read(Path.Combine(folder, "bomb"), store)).Diagnostic;

            Assert.Equal($"{code} {diagnostic.Message}", $"{diagnostic.Descriptor.Code} {diagnostic.Message}");
            Assert.Contains("bomb.tar", diagnostic.Message, StringComparison.Ordinal);
            Assert.Contains(part, diagnostic.Message, StringComparison.Ordinal);
            Assert.Empty(Directory.EnumerateFiles(store.Directory, "*", SearchOption.AllDirectories));
            return 1;
        });

    private static void Read(string path, ContentStore store)
    {
        using var file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[Decompression.MagicSize];
        file.ReadExactly(start);
        file.Position = 0;
        var limits = ArchiveLimits.Default;
        using var plain = Decompression.Open(file, Decompression.FromMagic(start), limits.UnpackedBytesFor(file.Length));
        using var transaction = store.BeginTransaction();
        TarTreeReader.Read(plain, "bomb.tar", transaction, limits, ArchiveRules.FilesAndLinks);
    }
}
