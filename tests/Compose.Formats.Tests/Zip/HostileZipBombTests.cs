using System.IO.Compression;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Tar;
using Compose.Formats.Zip;
using Compose.Tests.Hostile;

namespace Compose.Formats.Tests.Zip;

/// <summary>
/// Small zip archives of very much, written by .NET, each in a process of its own, whose memory is watched. Deflate packs a
/// thousand to one at most, so that ten kilobytes are ten gigabytes only where entries overlap or lie, as in
/// <see cref="HostileZipTests"/>.
/// </summary>
public sealed class HostileZipBombTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Too_many_entries_are_refused_with_little_memory() => HostileProcess.Run(
        GetType(),
        "entries",
        folder => Make(Path.Combine(folder, "bomb.zip"), 500_001, ""),
        folder =>
        {
            var store = new ContentStore(_folder["store"]);
            var diagnostic = Assert.Throws<DiagnosticException>(() => Read(Path.Combine(folder, "bomb.zip"), store)).Diagnostic;

            Assert.Equal($"COMPOSE1003 {diagnostic.Message}", $"{diagnostic.Descriptor.Code} {diagnostic.Message}");
            Assert.Contains("bomb.zip is refused: it holds 500001 entries", diagnostic.Message, StringComparison.Ordinal);
            Assert.Empty(Directory.EnumerateFiles(store.Directory, "*", SearchOption.AllDirectories));
            return 1;
        });

    [Fact]
    public void The_largest_archive_that_is_allowed_is_read_with_little_memory() => HostileProcess.Run(
        GetType(),
        "full",
        folder => Make(Path.Combine(folder, "bomb.zip"), 499_990, new string('n', 80)),
        folder =>
        {
            Assert.Equal(499_991, Read(Path.Combine(folder, "bomb.zip"), new ContentStore(_folder["store"])).Count);
            return 1;
        });

    private static FileTree Read(string path, ContentStore store)
    {
        using var file = File.OpenRead(path);
        using var transaction = store.BeginTransaction();
        return ZipTreeReader.Read(file, "bomb.zip", transaction, ArchiveLimits.Default, ArchiveRules.FilesAndLinks);
    }

    private static void Make(string path, int count, string name)
    {
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        for (var i = 0; i < count; i++)
        {
            zip.CreateEntry($"{i:x6}{name}");
        }
    }
}
