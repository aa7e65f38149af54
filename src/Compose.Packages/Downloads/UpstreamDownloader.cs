using System.Net;
using Compose.FileTrees.Storage;
using Compose.Packages.Inputs;

namespace Compose.Packages.Downloads;

/// <summary>
/// Downloads files from any server into a content store, by a digest or by an entity tag: again after failures that may pass,
/// and from where a cut connection left off, also in the next run. User and password of an address are in no message.
/// </summary>
public sealed class UpstreamDownloader : IDisposable
{
    private readonly ContentStore _store;
    private readonly DownloaderOptions _options;
    private readonly HttpClient _client;
    private readonly UpstreamAnswer _answer;

    /// <summary>A downloader into <paramref name="store"/>. Proxies are those of the environment.</summary>
    public UpstreamDownloader(ContentStore store, DownloaderOptions? options = null)
    {
        _store = store;
        _options = options ?? new DownloaderOptions();
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(20),
            MaxConnectionsPerServer = Math.Max(1, _options.Parallelism),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestHeaders = { { "User-Agent", "compose" } },
        };
        _answer = new UpstreamAnswer(_client, _options.StallTimeout);
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>Downloads a file, unless the store has it by its digest.</summary>
    /// <returns>Null when the server still has the file of the known entity tag.</returns>
    /// <exception cref="DiagnosticException">The server cannot be reached, does not have the file, or has another one.</exception>
    public async Task<UpstreamFile?> GetAsync(
        UpstreamRequest request, IProgress<DownloadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (request.Sha256 is { } digest && _store.TryGetBlob(digest, out var existing))
            {
                return new UpstreamFile(existing, null);
            }

            if (request.Address.IsFile)
            {
                return new UpstreamFile(CopyFile(request, cancellationToken), null);
            }

            // Another build may be at the same file: its lock on the partial file is waited for.
            if (UpstreamPartial.TryOpen(_store, request) is { } partial)
            {
                using (partial)
                {
                    return await CompleteAsync(request, partial, progress, cancellationToken).ConfigureAwait(false);
                }
            }

            await Task.Delay(100, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Downloads a small file into memory.</summary>
    /// <exception cref="DiagnosticException">The server cannot be reached, does not have the file, or it is too large.</exception>
    public async Task<byte[]> GetSmallAsync(Uri address, int maximumSize, CancellationToken cancellationToken = default)
    {
        var request = new UpstreamRequest(address, maximumSize);
        if (address.IsFile)
        {
            using var file = OpenFile(request);
            return await ReadAllAsync(file, request, cancellationToken).ConfigureAwait(false);
        }

        return await RetryAsync(
            request,
            async () =>
            {
                using var response = await _answer.SendAsync(address, _ => { }, cancellationToken).ConfigureAwait(false);
                CheckStatus(response, request);
                using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
                return await ReadAllAsync(body, request, cancellationToken).ConfigureAwait(false);
            },
            progressed: () => false,
            cancellationToken).ConfigureAwait(false);
    }

    private static DiagnosticException WrongBytes(UpstreamRequest request) => Downloader.Fail(
        PackageDiagnostics.ArchiveChanged,
        $"'{request.Name}' is not the file that was asked for: SHA-256 {request.Sha256} was expected. It was changed on its way, or its publisher has replaced it.");

    private static FileStream OpenFile(UpstreamRequest request)
    {
        var path = request.Address.LocalPath;
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Downloader.Fail(PackageDiagnostics.FileMissing, $"'{path}' does not exist.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Downloader.Fail(PackageDiagnostics.DownloadFailed, $"'{path}' cannot be read: {e.Message}", e);
        }
    }

    private async Task<byte[]> ReadAllAsync(Stream body, UpstreamRequest request, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await Stall.ReadAsync(body, buffer, _options.StallTimeout, cancellationToken).ConfigureAwait(false)) > 0)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > request.MaximumSize)
            {
                throw Downloader.Fail(
                    PackageDiagnostics.DownloadFailed, $"'{request.Name}' is larger than the {request.MaximumSize} bytes that such a file may have.");
            }
        }

        return bytes.ToArray();
    }

    private static void CheckStatus(HttpResponseMessage response, UpstreamRequest request)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        var status = (int)response.StatusCode;
        if (status is 404 or 410)
        {
            throw Downloader.Fail(PackageDiagnostics.FileMissing, $"'{request.Name}' is not on the server ({status}).");
        }

        if (status is 408 or 429 or >= 500)
        {
            throw new TransientFailureException($"the server answered {status} {response.ReasonPhrase}");
        }

        throw Downloader.Fail(
            PackageDiagnostics.DownloadFailed, $"'{request.Name}' cannot be downloaded: the server answered {status} {response.ReasonPhrase}.");
    }

    private BlobContent CopyFile(UpstreamRequest request, CancellationToken cancellationToken)
    {
        using var source = OpenFile(request);
        if (source.Length > request.MaximumSize)
        {
            throw Downloader.Fail(
                PackageDiagnostics.DownloadFailed,
                $"'{request.Name}' is larger than the {request.MaximumSize} bytes that it may have. Set the metadatum MaximumSize if it shall be.");
        }

        using var blob = _store.BeginBlob();
        var buffer = new byte[128 * 1024];
        int read;
        while ((read = source.Read(buffer)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            blob.Write(buffer.AsSpan(0, read));
        }

        var copy = blob.Commit(request.Sha256) ?? throw WrongBytes(request);
        _store.NoteDownload(copy.Digest, request.Name);
        return copy;
    }

    private async Task<UpstreamFile?> CompleteAsync(
        UpstreamRequest request, UpstreamPartial partial, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        partial.HashPrefix(cancellationToken);
        while (true)
        {
            var before = partial.Length;
            var isNew = await RetryAsync(
                request,
                () =>
                {
                    before = partial.Length;
                    return ContinueAsync(request, partial, progress, cancellationToken);
                },
                progressed: () => partial.Length > before,
                cancellationToken).ConfigureAwait(false);
            if (!isNew)
            {
                partial.Restart();
                return null;
            }

            var (wasResumed, tag) = (partial.WasResumed, partial.EntityTag?.ToString());
            if (partial.Publish() is { } content)
            {
                _store.NoteDownload(content.Digest, request.Name);
                return new UpstreamFile(content, tag);
            }

            // The rest of an earlier run may be of another file: once more from the start.
            if (!wasResumed)
            {
                throw WrongBytes(request);
            }
        }
    }

    /// <returns>False when the server still has the known file.</returns>
    private async Task<bool> ContinueAsync(
        UpstreamRequest request, UpstreamPartial partial, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        using var response = await _answer.SendAsync(request.Address, partial.Prepare, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotModified && request.KnownEntityTag is not null)
        {
            return false;
        }

        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            partial.Restart();
            throw new TransientFailureException("the server has fewer bytes than were downloaded");
        }

        CheckStatus(response, request);
        var total = partial.Accept(response);
        using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(128 * 1024);
        try
        {
            int read;
            while ((read = await Stall.ReadAsync(body, buffer, _options.StallTimeout, cancellationToken).ConfigureAwait(false)) > 0)
            {
                partial.Write(buffer.AsSpan(0, read));
                progress?.Report(new DownloadProgress(request.Name, partial.Length, total ?? long.MaxValue));
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }

        if (partial.Length < total)
        {
            throw new TransientFailureException($"the connection was cut after {partial.Length} of {total} bytes");
        }

        return true;
    }

    private async Task<T> RetryAsync<T>(UpstreamRequest request, Func<Task<T>> attempt, Func<bool> progressed, CancellationToken cancellationToken)
    {
        for (var failures = 0; ;)
        {
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (Exception e) when (e is HttpRequestException or TransientFailureException or HttpIOException)
            {
                failures = progressed() ? 1 : failures + 1;
                if (failures > _options.Retries)
                {
                    throw e is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.ProxyTunnelError }
                        ? Downloader.Fail(PackageDiagnostics.Offline, $"The server of '{request.Name}' cannot be reached: {e.Message}. Is this machine offline?", e)
                        : Downloader.Fail(PackageDiagnostics.DownloadFailed, $"'{request.Name}' cannot be downloaded: {e.Message}.", e);
                }

                await Task.Delay(_options.RetryDelay * Math.Pow(2, failures - 1), cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
