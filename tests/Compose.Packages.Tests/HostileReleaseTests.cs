using System.Text;
using Compose.FileTrees.Storage;
using Compose.Packages.Downloads;
using Compose.Packages.Locking;
using Compose.Packages.Releases;
using Compose.Packages.Resolution;
using Compose.Packages.Restoring;

namespace Compose.Packages.Tests;

/// <summary>
/// Repositories that lie, by name. Each lie is an error with a code of its own that names the suite or the file; the lock file
/// stays as it was. What a release file can have wrong besides is in <see cref="ReleaseVerifierTests"/>.
/// </summary>
public sealed class HostileReleaseTests : IDisposable
{
    private const string Old = "Sat, 01 Aug 2026 08:00:00 UTC";
    private const string New = "Sat, 01 Aug 2026 08:00:01 UTC";
    private const string InRelease = "dists/trixie/InRelease";

    private static readonly DebianRepository Trixie = new("trixie", ["main"], "amd64");

    private readonly TemporaryFolder _folder = new();
    private readonly TestServer _server = new();
    private readonly TestRepository _repository = new();
    private readonly TestRepository _stranger = new();
    private readonly FixedClock _clock = new(new DateTimeOffset(2026, 8, 2, 0, 0, 0, TimeSpan.Zero));
    private string _store = "store";

    public HostileReleaseTests()
    {
        // The keys and signatures are made now, whenever that is.
        _clock.Now = DateTimeOffset.UtcNow > _clock.Now ? DateTimeOffset.UtcNow : _clock.Now;
        _repository.Add("hello", "1.0");
        _stranger.Add("hello", "1.0");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _server.Dispose();
        _repository.Dispose();
        _stranger.Dispose();
        _folder.Dispose();
    }

    public static TheoryData<string, string, string> HostileRepositories => new()
    {
        { "index of another hash", "COMPOSE1053", "dists/trixie/main/binary-amd64/" },
        { "index of another size", "COMPOSE1053", "dists/trixie/main/binary-amd64/" },
        { "package of another hash", "COMPOSE1053", "hello_1.0_amd64.deb" },
        { "text that was changed", "COMPOSE1023", "'trixie'" },
        { "key that nobody trusts", "COMPOSE1022", "'trixie'" },
        { "Valid-Until that has passed", "COMPOSE1026", "'trixie' was valid until 2026-08-01 09:00:00Z" },
        { "older than one that was accepted", "COMPOSE1054", "'trixie' is of 2026-08-01 08:00:00Z, and one of 2026-08-01 08:00:01Z was accepted" },
        { "older than that of the lock file", "COMPOSE1054", "'trixie' is of 2026-08-01 08:00:00Z, and the lock file was made with one of 2026-08-01 08:00:01Z" },
        { "no signature", "COMPOSE1021", "'trixie'" },
        { "text before what is signed", "COMPOSE1021", "'trixie'" },
        { "date in the future", "COMPOSE1025", "'trixie' is dated 2099-08-01" },
        { "another suite's", "COMPOSE1027", "'sid'" },
        { "nothing", "COMPOSE1021", "'trixie'" },
    };

    [Theory]
    [MemberData(nameof(HostileRepositories))]
    public async Task A_hostile_repository_is_refused(string name, string code, string part)
    {
        var input = await Serve(name);
        var before = File.Exists(input.LockFile) ? await File.ReadAllBytesAsync(input.LockFile, Token) : null;

        var e = await Assert.ThrowsAsync<DiagnosticException>(() => Restore(input));

        Assert.Equal($"{code} {e.Diagnostic.Message}", $"{e.Diagnostic.Descriptor.Code} {e.Diagnostic.Message}");
        Assert.Contains(part, e.Diagnostic.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.Exists(input.LockFile) ? await File.ReadAllBytesAsync(input.LockFile, Token) : null);

        // Locks stay, and the names of downloads, but none of their bytes.
        Assert.All(Directory.GetFiles(_folder[_store, "partial"]), path => Assert.Equal(0, new FileInfo(path).Length));
    }

    [Fact]
    public async Task The_honest_repository_is_taken_and_its_date_is_locked_with_what_it_pins()
    {
        _repository.Publish(_server.Files, date: Old);
        var result = await Restore(Input());
        Assert.Equal(new DateTimeOffset(2026, 8, 1, 8, 0, 0, TimeSpan.Zero), Assert.Single(result.LockFile.Repositories!).Date);

        // A later release file with the same packages is no change.
        _repository.Publish(_server.Files, date: New);
        Assert.False((await Restore(Input() with { ForceEvaluate = true })).WasWritten);

        _repository.Add("hello", "1.1");
        _repository.Publish(_server.Files, date: New);
        Assert.True((await Restore(Input() with { ForceEvaluate = true })).WasWritten);
        Assert.Equal(new DateTimeOffset(2026, 8, 1, 8, 0, 1, TimeSpan.Zero), Assert.Single(LockFile.TryRead(LockPath)!.Repositories!).Date);
    }

    private async Task<RestoreInput> Serve(string name)
    {
        switch (name)
        {
            case "index of another hash":
                _repository.Publish(_server.Files);
                ChangeIndexes(bytes => [.. bytes[..^1], (byte)~bytes[^1]]);
                return Input();
            case "index of another size":
                _repository.Publish(_server.Files);
                ChangeIndexes(bytes => [.. bytes, 0]);
                return Input();
            case "package of another hash":
                _repository.Publish(_server.Files);
                Change(_server.Files.Keys.Single(path => path.EndsWith(".deb", StringComparison.Ordinal)), bytes => [.. bytes[..^1], (byte)~bytes[^1]]);
                return Input();
            case "text that was changed":
                _repository.Publish(_server.Files);
                ChangeText(text => text.Replace("Origin: Test", "Origin: Tast", StringComparison.Ordinal));
                return Input();
            case "key that nobody trusts":
                _stranger.Publish(_server.Files);
                return Input();
            case "Valid-Until that has passed":
                _repository.Publish(_server.Files, extraFields: "Valid-Until: Sat, 01 Aug 2026 09:00:00 UTC\n");
                return Input();
            case "older than one that was accepted":
                _repository.Publish(_server.Files, date: New);
                await Restore(Input());
                _repository.Publish(_server.Files, date: Old);
                File.Delete(LockPath);
                return Input();
            case "older than that of the lock file":
                _repository.Publish(_server.Files, date: New);
                await Restore(Input());
                _repository.Publish(_server.Files, date: Old);
                _store = "store-that-has-seen-neither";
                return Input() with { ForceEvaluate = true };
            case "no signature":
                _repository.Publish(_server.Files);
                ChangeText(text => text[(text.IndexOf("\n\n", StringComparison.Ordinal) + 2)..text.IndexOf("-----BEGIN PGP SIGNATURE", StringComparison.Ordinal)]);
                return Input();
            case "text before what is signed":
                _repository.Publish(_server.Files);
                ChangeText(text => "Suite: trixie\n" + text);
                return Input();
            case "date in the future":
                _repository.Publish(_server.Files, date: "Sat, 01 Aug 2099 08:00:00 UTC");
                return Input();
            case "another suite's":
                _repository.Publish(_server.Files, suite: "sid");
                return Input();
            case "nothing":
                _repository.Publish(_server.Files);
                Change(InRelease, _ => []);
                return Input();
            default:
                throw new ArgumentOutOfRangeException(nameof(name), name, null);
        }
    }

    private void ChangeIndexes(Func<byte[], byte[]> change)
    {
        foreach (var path in _server.Files.Keys.Where(path => path.Contains("binary-amd64", StringComparison.Ordinal)).ToArray())
        {
            Change(path, change);
        }
    }

    private void ChangeText(Func<string, string> change) => Change(InRelease, bytes => Encoding.UTF8.GetBytes(change(Encoding.UTF8.GetString(bytes))));

    private void Change(string path, Func<byte[], byte[]> change) => _server.Files[path] = change(_server.Files[path]);

    private string LockPath => _folder["compose.lock.json"];

    private RestoreInput Input() => new()
    {
        LockFile = LockPath,
        Requests = new InputRequests
        {
            Repositories = [Trixie],
            Groups = [new PackageGroup { Name = "extension", Requests = [new PackageRequest("hello")] }],
        },
        Sources = [new RepositorySource(Trixie, [_repository.KeyFile], () => _server.Address)],
    };

    private async Task<RestoreResult> Restore(RestoreInput input)
    {
        var store = new ContentStore(_folder[_store]);
        using var downloader = new Downloader(store, new DownloaderOptions { Retries = 1, RetryDelay = TimeSpan.FromMilliseconds(1) });
        return await new InputRestorer(store, downloader, _clock, new Reports()).RestoreAsync(input, null, Token);
    }
}
