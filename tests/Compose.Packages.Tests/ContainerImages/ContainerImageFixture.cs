using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Oci;
using Compose.Packages.Downloads;
using Compose.Packages.Inputs;
using Compose.Packages.Inputs.Archives;
using Compose.Packages.Inputs.ContainerImages;
using Compose.Packages.Locking;
using Compose.Packages.Registries;
using Compose.Packages.Restoring;

namespace Compose.Packages.Tests.ContainerImages;

/// <summary>A project that asks for container images: its lock file, its store, its user's Docker configuration.</summary>
internal sealed class ContainerImageFixture : IDisposable
{
    public ContainerImageFixture()
    {
        Store = new ContentStore(Folder["store"]);
        Directory.CreateDirectory(Folder["docker"]);
    }

    public TemporaryFolder Folder { get; } = new();

    public ContentStore Store { get; }

    public string LockFilePath => Folder["compose.lock.json"];

    public Reports Reports { get; } = new();

    public TimeSpan HelperTimeout { get; set; } = TimeSpan.FromSeconds(20);

    public static string[] Paths(FileTree tree) => [.. tree.Skip(1).Select(item => item.Path.ToString())];

    public static string Text(FileTree tree, string path)
    {
        tree.TryGet(TreePath.Parse(path), out var entry);
        using var reader = new StreamReader(Assert.IsType<FileEntry>(entry).Content.OpenRead());
        return reader.ReadToEnd();
    }

    public ContainerImageRequest Request(string source, string? version = null, string? tag = null, string platform = "linux/amd64", bool? isInsecure = null)
    {
        Assert.True(OciPlatform.TryParse(platform, out var parsed));
        return new ContainerImageRequest
        {
            Source = source,
            ProjectDirectory = Folder.Path,
            Version = version,
            Tag = tag,
            Platform = parsed,
            IsInsecure = isInsecure,
        };
    }

    /// <summary>Writes the user's Docker configuration.</summary>
    public void Configure(string json) => Folder.Write("docker/config.json", json);

    public Task<RestoreResult> RestoreAsync(params ContainerImageRequest[] images) => RestoreAsync(input => input, images);

    public async Task<RestoreResult> RestoreAsync(Func<RestoreInput, RestoreInput> change, params ContainerImageRequest[] images)
    {
        var input = new RestoreInput
        {
            LockFile = LockFilePath,
            Requests = new InputRequests { Images = images },
            Registries = new RegistryOptions
            {
                DockerConfigFolder = Folder["docker"],
                CredentialHelperTimeout = HelperTimeout,
                Downloads = new DownloaderOptions { RetryDelay = TimeSpan.FromMilliseconds(1), StallTimeout = TimeSpan.FromSeconds(20) },
            },
        };
        using var downloader = new Downloader(Store);
        return await new InputRestorer(Store, downloader, TimeProvider.System, Reports)
            .RestoreAsync(change(input), cancellationToken: TestContext.Current.CancellationToken);
    }

    public InputTree Read(ContainerImageRequest request, ArchiveSelection? selection = null) =>
        new ContainerImageReader(Store).Read(LockFile.TryRead(LockFilePath)!, request, selection ?? new ArchiveSelection());

    /// <summary>Restores an image and reads it.</summary>
    public async Task<FileTree> TakeAsync(ContainerImageRequest request)
    {
        await RestoreAsync(request);
        return Read(request).Tree;
    }

    /// <summary>Asserts that a restore fails, and gives the finding.</summary>
    public async Task<Diagnostic> FailsAsync(string code, ContainerImageRequest request)
    {
        var diagnostic = (await Assert.ThrowsAsync<DiagnosticException>(() => RestoreAsync(request))).Diagnostic;
        Assert.True(code == diagnostic.Descriptor.Code, diagnostic.ToString());
        Assert.False(File.Exists(LockFilePath));
        return diagnostic;
    }

    public void Dispose() => Folder.Dispose();
}
