using System.Net;
using Compose.FileTrees.Storage;
using Compose.Packages.Inputs;

namespace Compose.Packages.Downloads;

/// <summary>
/// Downloads files into a content store: several at once, again after failures that may pass, and from where a cut
/// connection left off, also in the next run.
/// </summary>
public sealed class Downloader : IDisposable
{
    private readonly ContentStore _store;
    private readonly DownloaderOptions _options;
    private readonly DownloadClient _client;

    /// <summary>
    /// A downloader of mirrors into <paramref name="store"/>. Proxies are those of the environment. User and password of an address
    /// are sent to its server only, and are in no message.
    /// </summary>
    public Downloader(ContentStore store, DownloaderOptions? options = null)
        : this(store, options, "mirror", inner => new RedirectHandler(inner))
    {
    }

    /// <summary>A downloader for servers that ask for more than a plain request.</summary>
    /// <param name="store">Where files go.</param>
    /// <param name="options">How to go about it.</param>
    /// <param name="server">What messages call the servers.</param>
    /// <param name="handler">What follows redirections and logs in, over a handler that does neither.</param>
    internal Downloader(ContentStore store, DownloaderOptions? options, string server, Func<HttpMessageHandler, HttpMessageHandler> handler)
    {
        _store = store;
        _options = options ?? new DownloaderOptions();
        _client = new DownloadClient(_options, server, handler);
    }

    /// <summary>How it goes about it.</summary>
    internal DownloaderOptions Options => _options;

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>Downloads those files that the store does not have.</summary>
    /// <param name="requests">The files.</param>
    /// <param name="progress">Told of what arrives, from several threads.</param>
    /// <param name="reader">Reads files while they arrive, not those that the store has; null for none.</param>
    /// <param name="cancellationToken">Ends the work. What was downloaded stays.</param>
    /// <exception cref="DiagnosticException">The first failure.</exception>
    public Task GetAllAsync(
        IEnumerable<DownloadRequest> requests,
        IProgress<DownloadProgress>? progress = null,
        DownloadReader? reader = null,
        CancellationToken cancellationToken = default)
    {
        // Large files first: at the end no single one is waited for.
        var ordered = requests.DistinctBy(request => request.Sha256).OrderByDescending(request => request.Size).ToArray();
        var options = new ParallelOptions { MaxDegreeOfParallelism = _options.Parallelism, CancellationToken = cancellationToken };
        return Parallel.ForEachAsync(
            ordered, options, async (request, token) => await GetAsync(request, progress, reader, token).ConfigureAwait(false));
    }

    /// <summary>Downloads a file unless the store has it.</summary>
    /// <param name="request">The file.</param>
    /// <param name="progress">Told of what arrives.</param>
    /// <param name="reader">Reads the file while it arrives, unless the store has it; null for none.</param>
    /// <param name="cancellationToken">Ends the work. What was downloaded stays.</param>
    /// <exception cref="DiagnosticException">
    /// The mirror cannot be reached, does not have the file, or has another one; or it has the right one, which then is in the
    /// store, and the reader refuses it.
    /// </exception>
    public async Task<BlobContent> GetAsync(
        DownloadRequest request, IProgress<DownloadProgress>? progress = null, DownloadReader? reader = null, CancellationToken cancellationToken = default)
    {
        var feed = new DownloadFeed(_store, request, reader, cancellationToken);
        await using (feed.ConfigureAwait(false))
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (TryGet(request) is { } existing)
                {
                    return existing;
                }

                if (request.Address.IsFile)
                {
                    return await CopyFileAsync(request, feed, cancellationToken).ConfigureAwait(false);
                }

                // Another build may be at the same file: its lock on the partial file is waited for.
                if (PartialDownload.TryOpen(_store, request, feed) is { } partial)
                {
                    await using (partial.ConfigureAwait(false))
                    {
                        if (TryGet(request) is { } finished)
                        {
                            partial.Discard();
                            return finished;
                        }

                        await WatchAsync(request, partial, progress, cancellationToken).ConfigureAwait(false);
                        _store.NoteDownload(request.Sha256, request.Name);
                        return await AcceptAsync(partial, feed).ConfigureAwait(false);
                    }
                }

                await Task.Delay(100, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Downloads a small file of unknown digest into memory.</summary>
    /// <param name="address">An http, https or file address.</param>
    /// <param name="maximumSize">The most bytes that are accepted.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">The mirror cannot be reached, does not have the file, or it is too large.</exception>
    public async Task<byte[]> GetSmallAsync(Uri address, int maximumSize, CancellationToken cancellationToken = default)
    {
        if (address.IsFile)
        {
            using var file = OpenFile(address);
            return await _client.ReadAllAsync(file, address.LocalPath, maximumSize, cancellationToken).ConfigureAwait(false);
        }

        return (await GetSmallAsync(address, [], maximumSize, cancellationToken).ConfigureAwait(false)).Bytes;
    }

    /// <summary>Downloads a small file of unknown digest into memory, with what the server says of it.</summary>
    /// <param name="address">An http or https address.</param>
    /// <param name="mediaTypes">The media types that are asked for; none for any.</param>
    /// <param name="maximumSize">The most bytes that are accepted.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">The server cannot be reached, does not have the file, or it is too large.</exception>
    internal Task<SmallDownload> GetSmallAsync(
        Uri address, IReadOnlyList<string> mediaTypes, int maximumSize, CancellationToken cancellationToken) =>
        _client.RetryAsync(
            Credentials.Remove(address),
            async () =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, address);
                foreach (var mediaType in mediaTypes)
                {
                    request.Headers.Accept.ParseAdd(mediaType);
                }

                using var response = await _client.SendAsync(request, cancellationToken).ConfigureAwait(false);
                CheckStatus(response, address);
                using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
                var bytes = await _client.ReadAllAsync(body, Credentials.Remove(address), maximumSize, cancellationToken).ConfigureAwait(false);
                return new SmallDownload(
                    bytes,
                    response.Content.Headers.ContentType?.MediaType,
                    response.Headers.TryGetValues("Link", out var links) ? string.Join(", ", links) : null);
            },
            progressed: () => false,
            cancellationToken);

    internal static DiagnosticException Fail(DiagnosticDescriptor descriptor, string message, Exception? inner = null) =>
        new(descriptor.Create(message), inner);

    private static FileStream OpenFile(Uri address)
    {
        try
        {
            return new FileStream(address.LocalPath, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Fail(PackageDiagnostics.FileMissing, $"'{address.LocalPath}' does not exist.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fail(PackageDiagnostics.DownloadFailed, $"'{address.LocalPath}' cannot be read: {e.Message}", e);
        }
    }

    private void CheckStatus(HttpResponseMessage response, Uri address)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw _client.FailureOf(response, Credentials.Remove(address));
        }
    }

    private BlobContent? TryGet(DownloadRequest request) =>
        _store.TryGetBlob(request.Sha256, out var blob) && blob.Length == request.Size ? blob : null;

    private async Task<BlobContent> CopyFileAsync(DownloadRequest request, DownloadFeed feed, CancellationToken cancellationToken)
    {
        using var source = OpenFile(request.Address);
        using var blob = _store.BeginBlob();
        while (blob.Length <= request.Size)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var buffer = feed.GetBuffer();
            var read = source.Read(buffer.Span);
            if (read == 0)
            {
                break;
            }

            blob.Write(buffer.Span[..read]);
            await feed.AdvanceAsync(read).ConfigureAwait(false);
        }

        var file = blob.Commit(request.Sha256) ?? throw PartialDownload.WrongBytes(request);
        _store.NoteDownload(request.Sha256, request.Name);
        await feed.AcceptAsync().ConfigureAwait(false);
        return file;
    }

    /// <summary>Completes the file, and tells of the beginning and of an end without success.</summary>
    private async Task WatchAsync(
        DownloadRequest request, PartialDownload partial, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            await CompleteAsync(request, partial, progress, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            progress?.Report(new DownloadProgress(request.Name, partial.Length, request.Size) { IsAbandoned = true });
            throw;
        }
    }

    private async Task CompleteAsync(
        DownloadRequest request, PartialDownload partial, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        await partial.ReadPrefixAsync(cancellationToken).ConfigureAwait(false);
        if (partial.Length < request.Size)
        {
            progress?.Report(new DownloadProgress(request.Name, partial.Length, request.Size));
        }

        var furthest = partial.Length;
        while (true)
        {
            await _client.RetryAsync(
                Credentials.Remove(request.Address),
                async () =>
                {
                    await ContinueAsync(request, partial, progress, cancellationToken).ConfigureAwait(false);
                    return true;
                },
                HasProgressed,
                cancellationToken).ConfigureAwait(false);
            if (partial.IsRight())
            {
                return;
            }

            // The rest of an earlier run may be of another file: once more from the start.
            var wasResumed = partial.WasResumed;
            partial.Restart();
            if (!wasResumed)
            {
                throw PartialDownload.WrongBytes(request);
            }
        }

        // To come again as far as before is no progress: a server could make the download begin anew without an end.
        bool HasProgressed()
        {
            var isFurther = partial.Length > furthest;
            furthest = Math.Max(furthest, partial.Length);
            return isFurther;
        }
    }

    private static async Task<BlobContent> AcceptAsync(PartialDownload partial, DownloadFeed feed)
    {
        BlobContent file;
        try
        {
            // First what the reader made of the file: a build that waits for the file then finds both.
            await feed.AcceptAsync().ConfigureAwait(false);
        }
        finally
        {
            file = partial.Publish();
        }

        return file;
    }

    private async Task ContinueAsync(
        DownloadRequest request, PartialDownload partial, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        if (partial.Length == request.Size)
        {
            return;
        }

        using var message = new HttpRequestMessage(HttpMethod.Get, request.Address);
        partial.AskForRest(message);
        using var response = await _client.SendAsync(message, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            partial.Restart();
            throw new TransientFailureException("the mirror has fewer bytes than were downloaded");
        }

        CheckStatus(response, request.Address);
        partial.Accept(response);
        using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        while (true)
        {
            var buffer = partial.GetBuffer();
            var read = await Stall.ReadAsync(body, buffer, _options.StallTimeout, cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                break;
            }

            await partial.AppendAsync(buffer[..read]).ConfigureAwait(false);
            progress?.Report(new DownloadProgress(request.Name, partial.Length, request.Size));
        }

        if (partial.Length < request.Size)
        {
            throw new TransientFailureException($"the connection was cut after {partial.Length} of {request.Size} bytes");
        }
    }
}
