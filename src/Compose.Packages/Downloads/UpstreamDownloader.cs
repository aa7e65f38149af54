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
    private readonly SessionFiles _session;
    private readonly DownloadClient _client;

    /// <summary>A downloader into <paramref name="store"/>. Proxies are those of the environment.</summary>
    /// <param name="store">Where files go.</param>
    /// <param name="options">How to go about it.</param>
    /// <param name="session">What identifies a restore of several projects: they download each file once. Null for none.</param>
    public UpstreamDownloader(ContentStore store, DownloaderOptions? options = null, string? session = null)
    {
        _store = store;
        _options = options ?? new DownloaderOptions();
        _session = new SessionFiles(store, session);
        _client = new DownloadClient(_options, "server", inner => new RedirectHandler(inner));
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>Downloads a file, unless the store has it by its digest.</summary>
    /// <returns>Null when the server still has the file of the known entity tag.</returns>
    /// <exception cref="DiagnosticException">The server cannot be reached, does not have the file, or has another one.</exception>
    public async Task<UpstreamFile?> GetAsync(
        UpstreamRequest request, IProgress<DownloadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        // A file of known digest is shared by the store itself.
        if (request.Sha256 is not null || request.Address.IsFile)
        {
            return await DownloadAsync(request, progress, cancellationToken).ConfigureAwait(false);
        }

        // A file whose digest nobody knows: the projects of a session have it by the digest that the first of them got.
        var answer = await _session.GetAsync(
            $"{Credentials.WithoutUser(request.Address).AbsoluteUri}\n{request.KnownEntityTag}",
            async token => UpstreamFile.Describe(await DownloadAsync(request, progress, token).ConfigureAwait(false)),
            cancellationToken).ConfigureAwait(false);
        return UpstreamFile.TryFind(answer, _store, out var file) && !(file?.Content.Length > request.MaximumSize)
            ? file
            : await DownloadAsync(request, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Downloads a small file into memory.</summary>
    /// <exception cref="DiagnosticException">The server cannot be reached, does not have the file, or it is too large.</exception>
    public async Task<byte[]> GetSmallAsync(Uri address, int maximumSize, CancellationToken cancellationToken = default)
    {
        var request = new UpstreamRequest(address, maximumSize);
        if (address.IsFile)
        {
            using var file = OpenFile(request);
            return await _client.ReadAllAsync(file, request.Name, maximumSize, cancellationToken).ConfigureAwait(false);
        }

        return await _session.GetAsync(
            $"{Credentials.WithoutUser(address).AbsoluteUri}\n{maximumSize}", token => DownloadSmallAsync(request, token), cancellationToken).ConfigureAwait(false);
    }

    private Task<byte[]> DownloadSmallAsync(UpstreamRequest request, CancellationToken cancellationToken) => _client.RetryAsync(
        request.Name,
        async () =>
        {
            using var message = new HttpRequestMessage(HttpMethod.Get, request.Address);
            using var response = await _client.SendAsync(message, cancellationToken).ConfigureAwait(false);
            CheckStatus(response, request);
            using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            return await _client.ReadAllAsync(body, request.Name, request.MaximumSize, cancellationToken).ConfigureAwait(false);
        },
        progressed: () => false,
        cancellationToken);

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
        catch (UnauthorizedAccessException e) when (Directory.Exists(path))
        {
            throw Downloader.Fail(PackageDiagnostics.DownloadFailed, $"'{path}' is a folder, and a file is asked for.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Downloader.Fail(PackageDiagnostics.DownloadFailed, $"'{path}' cannot be read: {e.Message}", e);
        }
    }

    private void CheckStatus(HttpResponseMessage response, UpstreamRequest request)
    {
        // Other answers that count as success, such as 202 and 204, do not have the file.
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw _client.FailureOf(response, request.Name);
        }
    }

    private BlobContent CopyFile(UpstreamRequest request, CancellationToken cancellationToken)
    {
        using var source = OpenFile(request);
        if (source.CanSeek && source.Length > request.MaximumSize)
        {
            throw UpstreamPartial.TooLarge(request);
        }

        using var blob = _store.BeginBlob();
        var buffer = new byte[128 * 1024];
        int read;
        while ((read = source.Read(buffer)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // A device, or a file that grows, has more than its size said.
            if (blob.Length + read > request.MaximumSize)
            {
                throw UpstreamPartial.TooLarge(request);
            }

            blob.Write(buffer.AsSpan(0, read));
        }

        var copy = blob.Commit(request.Sha256) ?? throw UpstreamPartial.WrongBytes(request);
        _store.NoteDownload(copy.Digest, request.Name);
        return copy;
    }

    private async Task<UpstreamFile?> DownloadAsync(
        UpstreamRequest request, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
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
                return new UpstreamFile(CopyFile(request, cancellationToken), null);
            }

            // Another build may be at the same file: it is waited for.
            var held = await StoreLock.TakeAsync(_store, UpstreamPartial.NameOf(request), cancellationToken).ConfigureAwait(false);
            await using (held.ConfigureAwait(false))
            {
                if (TryGet(request) is { } finished)
                {
                    return finished;
                }

                if (UpstreamPartial.TryOpen(_store, request) is { } partial)
                {
                    using (partial)
                    {
                        return await WatchAsync(request, partial, progress, cancellationToken).ConfigureAwait(false);
                    }
                }
            }

            await Task.Delay(100, cancellationToken).ConfigureAwait(false);
        }
    }

    private UpstreamFile? TryGet(UpstreamRequest request) =>
        request.Sha256 is { } digest && _store.TryGetBlob(digest, out var existing) ? new UpstreamFile(existing, null) : null;

    /// <summary>Completes the file, and tells of the beginning and of an end without a file.</summary>
    private async Task<UpstreamFile?> WatchAsync(
        UpstreamRequest request, UpstreamPartial partial, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        UpstreamFile? file = null;
        try
        {
            return file = await CompleteAsync(request, partial, progress, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (file is null)
            {
                progress?.Report(new DownloadProgress(request.Name, partial.Length, request.Size ?? long.MaxValue) { IsAbandoned = true });
            }
        }
    }

    private async Task<UpstreamFile?> CompleteAsync(
        UpstreamRequest request, UpstreamPartial partial, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        partial.HashPrefix(cancellationToken);
        if (partial.Length < (request.Size ?? long.MaxValue))
        {
            progress?.Report(new DownloadProgress(request.Name, partial.Length, request.Size ?? long.MaxValue));
        }

        var furthest = partial.Length;
        for (var isAgain = false; ; isAgain = true)
        {
            var isNew = await _client.RetryAsync(
                request.Name, () => ContinueAsync(request, partial, progress, cancellationToken), HasProgressed, cancellationToken).ConfigureAwait(false);
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
            if (!wasResumed || isAgain)
            {
                throw UpstreamPartial.WrongBytes(request);
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

    /// <returns>False when the server still has the known file.</returns>
    private async Task<bool> ContinueAsync(
        UpstreamRequest request, UpstreamPartial partial, IProgress<DownloadProgress>? progress, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, request.Address);
        partial.Prepare(message);
        using var response = await _client.SendAsync(message, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotModified && request.KnownEntityTag is not null)
        {
            return false;
        }

        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            partial.Restart();
            throw new TransientFailureException("the server has fewer bytes than were downloaded");
        }

        if (response.StatusCode != HttpStatusCode.PartialContent)
        {
            CheckStatus(response, request);
        }

        var total = partial.Accept(response);
        using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent(128 * 1024);
        try
        {
            int read;
            while ((read = await Stall.ReadAsync(body, buffer, _options.StallTimeout, cancellationToken).ConfigureAwait(false)) > 0)
            {
                if (total - partial.Length < read)
                {
                    partial.Restart();
                    throw new TransientFailureException("the server sent more bytes than it said");
                }

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

        if (total is null)
        {
            // Only now it is known that this is all.
            progress?.Report(new DownloadProgress(request.Name, partial.Length, partial.Length));
        }

        return true;
    }
}
