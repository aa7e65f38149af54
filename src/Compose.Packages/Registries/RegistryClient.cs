using System.Text.Json;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Oci;
using Compose.Packages.Downloads;

namespace Compose.Packages.Registries;

/// <summary>How registries are reached.</summary>
public sealed record RegistryOptions
{
    /// <summary>The folder of the Docker configuration; null for the environment's <c>DOCKER_CONFIG</c>, else the user's.</summary>
    public string? DockerConfigFolder { get; init; }

    /// <summary>How long a program that keeps credentials may take.</summary>
    public TimeSpan CredentialHelperTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How downloads go.</summary>
    public DownloaderOptions Downloads { get; init; } = new();
}

/// <summary>Reads images' manifests, tags and blobs from registries (Docker Registry HTTP API V2; OCI Distribution Specification 1.1).</summary>
public sealed class RegistryClient : IDisposable
{
    private const int MaximumTags = 200_000;

    /// <summary>Registries may give fewer tags a page than they are asked for, but not one or none for ever.</summary>
    private const int MaximumTagPages = 2000;

    /// <summary>A tag's most characters (OCI Distribution Specification 1.1, "Pulling manifests").</summary>
    private const int MaximumTagLength = 128;

    private const int PageSize = 1000;

    private readonly Downloader _downloader;
    private readonly SessionFiles _session;

    /// <summary>A client that puts blobs into <paramref name="store"/>.</summary>
    /// <param name="store">Where blobs go.</param>
    /// <param name="options">How registries are reached.</param>
    /// <param name="session">What identifies a restore of several projects: they read each manifest once. Null for none.</param>
    /// <exception cref="DiagnosticException">The Docker configuration cannot be read.</exception>
    public RegistryClient(ContentStore store, RegistryOptions? options = null, string? session = null)
    {
        _session = new SessionFiles(store, session);
        options ??= new RegistryOptions();
        var folder = options.DockerConfigFolder ?? Environment.GetEnvironmentVariable(DockerConfigFile.EnvironmentVariable);
        var config = DockerConfigFile.Load(DockerConfigFile.PathIn(folder), new CredentialHelper(options.CredentialHelperTimeout));
        _downloader = new Downloader(store, options.Downloads, "registry", inner => new RegistryHandler(config, inner));
    }

    /// <inheritdoc/>
    public void Dispose() => _downloader.Dispose();

    /// <summary>Reads the manifest or index that a reference names.</summary>
    /// <param name="image">The image; its digest, where it has one, counts rather than its tag.</param>
    /// <param name="isInsecure">Whether the registry is reached by http; null for one on this machine only.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">The registry cannot be reached, or does not give such a manifest.</exception>
    public async Task<OciDocument> GetManifestAsync(ImageReference image, bool? isInsecure, CancellationToken cancellationToken = default)
    {
        var which = image.Digest is { } digest ? $"sha256:{digest}" : image.Tag;
        var answer = await GetAsync(image, Address(image, isInsecure, $"manifests/{which}"), OciMediaTypes.Accepted, cancellationToken).ConfigureAwait(false);
        if (image.Digest is { } pinned && Sha256Digest.Of(answer.Bytes) != pinned)
        {
            throw new DiagnosticException(PackageDiagnostics.WrongHash.Create(
                $"The registry's manifest of '{image}' has the SHA-256 {Sha256Digest.Of(answer.Bytes)}.", image.ToString()));
        }

        return OciDocumentReader.Read(answer.Bytes, answer.MediaType, image.ToString());
    }

    /// <summary>The tags of an image's repository.</summary>
    /// <exception cref="DiagnosticException">The registry cannot be reached, or does not give them.</exception>
    public async Task<IReadOnlyList<string>> ListTagsAsync(ImageReference image, bool? isInsecure, CancellationToken cancellationToken = default)
    {
        var tags = new List<string>();
        var seen = new HashSet<Uri>();
        var page = Address(image, isInsecure, $"tags/list?n={PageSize}");
        while (page is not null)
        {
            if (!seen.Add(page))
            {
                throw BadTags(image, "its pages go in a circle");
            }

            if (tags.Count > MaximumTags || seen.Count > MaximumTagPages)
            {
                throw BadTags(image, $"there are more than {MaximumTags}, or more than {MaximumTagPages} pages of them");
            }

            var answer = await GetAsync(image, page, ["application/json"], cancellationToken).ConfigureAwait(false);
            tags.AddRange(ReadTags(image, answer.Bytes));
            page = NextPage(image, page, answer.Link);
        }

        return tags;
    }

    /// <summary>The request for a blob of an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="isInsecure">Whether the registry is reached by http; null for one on this machine only.</param>
    /// <param name="digest">The blob's digest.</param>
    /// <param name="size">The blob's size in bytes.</param>
    /// <param name="name">The blob's name for messages.</param>
    public static DownloadRequest Blob(ImageReference image, bool? isInsecure, Sha256Digest digest, long size, string name) =>
        new(Address(image, isInsecure, $"blobs/sha256:{digest}"), digest, size, name);

    /// <summary>Downloads those blobs that the store does not have.</summary>
    /// <param name="blobs">The blobs.</param>
    /// <param name="progress">Told of what arrives, from several threads.</param>
    /// <param name="arrived">Called for each blob that the store has, once its digest is known to be right, from several threads.</param>
    /// <param name="cancellationToken">Ends the work. What was downloaded stays.</param>
    /// <exception cref="DiagnosticException">The first failure.</exception>
    public async Task GetBlobsAsync(
        IEnumerable<DownloadRequest> blobs,
        IProgress<DownloadProgress>? progress = null,
        Action<BlobContent>? arrived = null,
        CancellationToken cancellationToken = default)
    {
        // Large ones first, as the downloader does.
        var ordered = blobs.DistinctBy(blob => blob.Sha256).OrderByDescending(blob => blob.Size).ToArray();
        var options = new ParallelOptions { MaxDegreeOfParallelism = _downloader.Options.Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(ordered, options, async (blob, token) =>
        {
            var content = await GetBlobAsync(blob, progress, token).ConfigureAwait(false);
            arrived?.Invoke(content);
        }).ConfigureAwait(false);
    }

    private static Uri Address(ImageReference image, bool? isInsecure, string what) =>
        new($"{((isInsecure ?? image.IsLoopback) ? Uri.UriSchemeHttp : Uri.UriSchemeHttps)}://{image.Registry}/v2/{image.Repository}/{what}");

    private static DiagnosticException BadTags(ImageReference image, string reason) =>
        new(PackageDiagnostics.DownloadFailed.Create($"The tags of '{image.Name}' cannot be read: {reason}."));

    private static IEnumerable<string> ReadTags(ImageReference image, byte[] json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, DockerJson.Default.TagsJson)?.Tags?.OfType<string>().Where(tag => tag.Length <= MaximumTagLength) ?? [];
        }
        catch (JsonException e)
        {
            throw BadTags(image, $"the registry's list is malformed at line {e.LineNumber + 1}");
        }
    }

    /// <summary>The next page's address: <c>Link: &lt;/v2/…&gt;; rel="next"</c>. It stays at the registry and the repository.</summary>
    private static Uri? NextPage(ImageReference image, Uri page, string? link)
    {
        if (link is null || !link.Contains("next", StringComparison.Ordinal))
        {
            return null;
        }

        var (open, close) = (link.IndexOf('<', StringComparison.Ordinal), link.IndexOf('>', StringComparison.Ordinal));
        return open >= 0 && close > open && Uri.TryCreate(page, link[(open + 1)..close], out var next)
            && next.Scheme == page.Scheme && next.Authority == page.Authority && next.AbsolutePath == page.AbsolutePath
            ? next
            : throw BadTags(image, "the registry's next page is not an address of its list");
    }

    private async Task<BlobContent> GetBlobAsync(DownloadRequest blob, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            return await _downloader.GetAsync(blob, progress, reader: null, cancellationToken).ConfigureAwait(false);
        }
        catch (DiagnosticException e) when (e.Diagnostic.Descriptor == PackageDiagnostics.FileMissing)
        {
            throw new DiagnosticException(
                RegistryDiagnostics.NotFound.Create(
                    $"The registry {blob.Address.Authority} does not have {blob.Name}. If the image was pushed anew since the lock file was made, "
                    + "'dotnet restore --force-evaluate' takes what is there now."),
                e);
        }
    }

    private async Task<SmallDownload> GetAsync(
        ImageReference image, Uri address, IReadOnlyList<string> mediaTypes, CancellationToken cancellationToken)
    {
        try
        {
            return SmallDownload.FromFile(await _session.GetAsync(
                $"{address.AbsoluteUri}\n{string.Join('\n', mediaTypes)}",
                async token => (await _downloader.GetSmallAsync(address, mediaTypes, OciDocumentReader.MaximumSize, token).ConfigureAwait(false)).ToFile(),
                cancellationToken).ConfigureAwait(false));
        }
        catch (DiagnosticException e) when (e.Diagnostic.Descriptor == PackageDiagnostics.FileMissing)
        {
            throw new DiagnosticException(
                RegistryDiagnostics.NotFound.Create($"The registry {image.Registry} does not have '{image}'.", image.ToString()), e);
        }
    }
}
