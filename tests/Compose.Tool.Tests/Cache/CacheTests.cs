using System.Text.Json;
using Compose.FileTrees.Storage;

namespace Compose.Tool.Tests.Cache;

public sealed class CacheTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("compose-cache-");
    private readonly ContentStore _store;

    public CacheTests() => _store = new ContentStore(_directory.FullName);

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Info_shows_each_kind()
    {
        AddDownload();
        _store.Add(new byte[2_000_000]);

        var table = Run(0, "info");
        Assert.Contains(_directory.FullName, table, StringComparison.Ordinal);
        Assert.Matches("downloads +1 +1.0 MB", table);
        Assert.Matches("unpacked +1 +2.0 MB", table);

        using var json = JsonDocument.Parse(Run(0, "info", "--json"));
        Assert.Equal(1_000_000, json.RootElement.GetProperty("kinds").GetProperty("downloads").GetProperty("bytes").GetInt64());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("kinds").GetProperty("blocks").GetProperty("latestUse").ValueKind);
    }

    [Fact]
    public void Prune_says_what_would_go_and_takes_it_out()
    {
        var blob = AddDownload();
        Assert.Contains("--include-recent", Run(0, "prune", "--size", "0"), StringComparison.Ordinal);
        Assert.True(File.Exists(blob.HostPath));

        File.SetLastWriteTimeUtc(blob.HostPath, DateTime.UtcNow.AddDays(-3));
        Assert.StartsWith("Would take out 1 files, 1.0 MB (downloads 1.0 MB).", Run(0, "prune", "--days", "2", "--dry-run"), StringComparison.Ordinal);
        Assert.True(File.Exists(blob.HostPath));

        using var json = JsonDocument.Parse(Run(0, "prune", "--size", "10K", "--json"));
        Assert.Equal(1, json.RootElement.GetProperty("removed").GetProperty("files").GetInt32());
        Assert.False(File.Exists(blob.HostPath));
    }

    [Fact]
    public void Verify_names_what_is_damaged_and_fails_once()
    {
        var blob = AddDownload();
        File.WriteAllBytes(blob.HostPath, new byte[1_000_000]);

        Assert.Contains($"(hello 1.0)", Run(1, "verify"), StringComparison.Ordinal);
        Assert.False(File.Exists(blob.HostPath));
        using var json = JsonDocument.Parse(Run(0, "verify", "--json"));
        Assert.Empty(json.RootElement.GetProperty("damaged").EnumerateArray());
    }

    [Theory]
    [InlineData("info")]
    [InlineData("verify")]
    [InlineData("prune --size 0")]
    public void A_folder_that_is_not_there_is_not_made(string arguments)
    {
        var missing = Path.Combine(_directory.FullName, "missing");

        var result = ComposeCommand.Run(["cache", .. arguments.Split(' '), "--directory", missing]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("error COMPOSE9105", result.Error, StringComparison.Ordinal);
        Assert.Contains(missing, result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(missing));
    }

    [Theory]
    [InlineData("cache")]
    [InlineData("cache prune")]
    [InlineData("cache prune --size much")]
    [InlineData("cache prune --days -1")]
    [InlineData("cache info --no-such-option")]
    public void Wrong_arguments_end_with_2(string arguments) =>
        Assert.Equal(2, ComposeCommand.Run(arguments.Split(' ')).ExitCode);

    private BlobContent AddDownload()
    {
        var bytes = new byte[1_000_000];
        new Random(1).NextBytes(bytes);
        var blob = _store.Add(bytes);
        _store.NoteDownload(blob.Digest, "hello 1.0");
        return blob;
    }

    private string Run(int exitCode, params string[] arguments)
    {
        var result = ComposeCommand.Run(["cache", .. arguments, "--directory", _directory.FullName]);
        Assert.True(result.ExitCode == exitCode, $"{result.Command} ended with {result.ExitCode}:\n{result.Output}\n{result.Error}");
        return result.Output;
    }
}
