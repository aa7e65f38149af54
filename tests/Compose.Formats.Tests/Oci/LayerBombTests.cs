using System.Globalization;
using System.IO.Compression;
using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.FileTrees.Storage;
using Compose.Formats.Oci;
using Compose.Formats.Tar;
using Compose.Formats.Tests.Deb;

namespace Compose.Formats.Tests.Oci;

/// <summary>Small layers of very much, each in a process of its own, whose memory is watched.</summary>
public sealed class LayerBombTests : IDisposable
{
    private const string Variable = "COMPOSE_TEST_LAYER_BOMB";

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("zeros")]
    [InlineData("files")]
    [InlineData("names")]
    [InlineData("whiteouts")]
    public void A_bomb_ends_with_little_memory(string kind)
    {
        if (Environment.GetEnvironmentVariable(Variable) is { } chosen)
        {
            Assert.SkipUnless(chosen == kind, "Another bomb is tried in this process.");
            Explode(kind);
            return;
        }

        var assembly = typeof(LayerBombTests).Assembly.Location;
        var output = Tool.Run(
            "env", $"{Variable}={kind}", $"DOTNET_GCHeapHardLimit={384 << 20:x}", "dotnet", "exec", assembly, "--filter-method", $"*{nameof(A_bomb_ends_with_little_memory)}*");

        Assert.Contains("failed: 0", output, StringComparison.Ordinal);
        Assert.Contains("succeeded: 1", output, StringComparison.Ordinal);
    }

    private void Explode(string kind)
    {
        var bomb = _folder["bomb"];
        if (kind == "zeros")
        {
            WriteZeros(bomb);
        }
        else
        {
            using var file = File.Create(bomb);
            using var gzip = new GZipStream(file, CompressionLevel.Fastest);
            Write(kind, gzip);
        }

        var store = new ContentStore(_folder["store"]);
        var packed = new HostFileContent(bomb, new FileInfo(bomb).Length);

        var diagnostic = Assert.Throws<DiagnosticException>(
            () => LayerReader.Read(packed, Sha256Digest.Of([]), "The layer", store, ArchiveLimits.Default)).Diagnostic;

        Assert.Equal("COMPOSE1003", diagnostic.Descriptor.Code);
        var peak = File.ReadLines("/proc/self/status").Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        Assert.InRange(long.Parse(peak.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture), 1, 512 * 1024);
        Assert.Empty(Directory.GetFiles(store.PartialDirectory));
    }

    /// <summary>A file of 7 GiB, of which one is enough to pass the limit.</summary>
    private void WriteZeros(string bomb)
    {
        using (var plain = File.Create(_folder["plain"]))
        {
            plain.Write(new TarBytes().File("zeros", "", claimedSize: 7L << 30).WithoutEnd());
            plain.SetLength(1L << 30);
        }

        Tool.Run("zstd", "-q", "--rm", _folder["plain"], "-o", bomb);
    }

    private static void Write(string kind, Stream output)
    {
        switch (kind)
        {
            case "names":
                for (var i = 0; i < 300; i++)
                {
                    var record = $" path={i}/{string.Concat(Enumerable.Repeat(new string('d', 4000) + "/", 200))}a\n";
                    output.Write(new TarBytes().Add("x", 'x', content: Encoding.ASCII.GetBytes($"{record.Length + 6}{record}")).File("a").WithoutEnd());
                }

                break;
            default:
                for (var i = 0; i <= ArchiveLimits.Default.Entries; i++)
                {
                    output.Write(new TarBytes().File($"{(kind == "files" ? "" : ".wh.")}{i}").WithoutEnd());
                }

                break;
        }

        output.Write(new byte[1024]);
    }
}
