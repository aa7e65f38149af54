using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Packages.Downloads;
using Compose.Packages.Inputs;
using Compose.Packages.Inputs.Archives;
using Compose.Packages.Locking;
using Compose.Packages.Restoring;

namespace Compose.Packages.Tests.Archives;

/// <summary>A project's folder with archives, a server and a store.</summary>
internal sealed class ArchiveFolder : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TestServer Server { get; } = new();

    public Reports Reports { get; } = new();

    public FixedClock Clock { get; } = new(DateTimeOffset.UtcNow);

    public string LockPath => _folder["project", "compose.lock.json"];

    public string StorePath { get; set; } = "store";

    public ContentStore Store => new(_folder[StorePath]);

    public string this[params string[] names] => _folder[["project", .. names]];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ArchiveFolder() => Directory.CreateDirectory(_folder["project"]);

    /// <summary>Makes a tar archive of text files with GNU tar.</summary>
    public byte[] MakeTar(string compression, params (string Path, string Text)[] files)
    {
        var tree = Directory.CreateDirectory(_folder[Guid.NewGuid().ToString()]).FullName;
        foreach (var (path, text) in files)
        {
            var file = Path.Combine(tree, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }

        var archive = tree + ".tar";
        Tool.Run("tar", "--sort=name", "--mtime=@1700000000", "--owner=builder:1000", "--group=builder:1000", $"--{compression}", "-C", tree, "-cf", archive, ".");
        return File.ReadAllBytes(archive);
    }

    public string Write(string name, byte[] bytes)
    {
        var path = this[name];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>A request for a file of the server, or of the project's folder.</summary>
    public ArchiveRequest Request(string source, string? version = null) => new()
    {
        Source = source.StartsWith("./", StringComparison.Ordinal) ? source[2..] : new Uri(Server.Address, ".").AbsoluteUri + source,
        ProjectDirectory = _folder["project"],
        Version = version,
    };

    public async Task<RestoreResult> Restore(params ArchiveRequest[] requests) => await Restore(input => input, requests);

    public async Task<RestoreResult> Restore(Func<RestoreInput, RestoreInput> change, params ArchiveRequest[] requests)
    {
        var input = change(new RestoreInput
        {
            LockFile = LockPath,
            Requests = new InputRequests { Archives = requests },
        });
        using var downloader = new Downloader(Store, new DownloaderOptions { Retries = 1, RetryDelay = TimeSpan.FromMilliseconds(1) });
        return await new InputRestorer(Store, downloader, Clock, Reports).RestoreAsync(input, null, Token);
    }

    public async Task<string> Fails(string code, params ArchiveRequest[] requests) => await Fails(code, input => input, requests);

    public async Task<string> Fails(string code, Func<RestoreInput, RestoreInput> change, params ArchiveRequest[] requests)
    {
        var e = await Assert.ThrowsAsync<DiagnosticException>(() => Restore(change, requests));
        Assert.Equal($"{code} {e.Message}", $"{e.Diagnostic.Descriptor.Code} {e.Message}");
        return e.Message;
    }

    public InputTree Read(ArchiveRequest request, ArchiveSelection? selection = null) =>
        new ArchiveReader(Store).Read(LockFile.TryRead(LockPath)!, request, selection ?? new ArchiveSelection(), Token);

    public static string[] Paths(FileTree tree) => [.. tree.Where(item => item.Entry is not DirectoryEntry).Select(item => item.Path.ToString()!)];

    public void Dispose()
    {
        Server.Dispose();
        _folder.Dispose();
    }
}
