using System.Net;

namespace Compose.Packages.Downloads;

/// <summary>
/// Sends requests, and makes them again after failures that may pass: with growing pauses, and not before a server that says
/// when it may be asked again.
/// </summary>
internal sealed class DownloadClient : IDisposable
{
    private readonly DownloaderOptions _options;
    private readonly string _server;
    private readonly HttpClient _client;

    /// <summary>A client. Proxies are those of the environment.</summary>
    /// <param name="options">How to go about it.</param>
    /// <param name="server">What messages call the servers: a mirror, a registry or a server.</param>
    /// <param name="handler">What follows redirects and logs in, over a handler that does neither.</param>
    public DownloadClient(DownloaderOptions options, string server, Func<HttpMessageHandler, HttpMessageHandler> handler)
    {
        _options = options;
        _server = server;
        _client = new HttpClient(handler(new SocketsHttpHandler
        {
            // What is downloaded is checked by its digest: it has to come as it is.
            AutomaticDecompression = DecompressionMethods.None,
            AllowAutoRedirect = false,
            ConnectTimeout = TimeSpan.FromSeconds(20),
            MaxConnectionsPerServer = Math.Max(1, options.Parallelism),
        }))
        {
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestHeaders = { { "User-Agent", "compose" } },
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>Sends a request.</summary>
    /// <returns>The answer, which is no redirect; the body is not read yet.</returns>
    /// <exception cref="DiagnosticException">A redirect cannot be followed.</exception>
    /// <exception cref="TransientFailureException">The server did not answer in time.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage message, CancellationToken cancellationToken)
    {
        using var stall = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stall.CancelAfter(_options.StallTimeout);
        try
        {
            return await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, stall.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TransientFailureException($"the {_server} did not answer in time", e);
        }
    }

    /// <summary>What to throw for an answer that does not have the file.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="name">The file's name for messages.</param>
    public Exception FailureOf(HttpResponseMessage response, string name) => (int)response.StatusCode switch
    {
        404 or 410 => Downloader.Fail(PackageDiagnostics.FileMissing, $"'{name}' is not on the {_server} ({(int)response.StatusCode})."),
        408 or 429 or >= 500 => TransientFailureException.Of($"the {_server}", response),
        _ => Downloader.Fail(
            PackageDiagnostics.DownloadFailed, $"'{name}' cannot be downloaded: the {_server} answered {DownloadFailure.StatusOf(response)}."),
    };

    /// <summary>Reads a small file.</summary>
    /// <exception cref="DiagnosticException">It is larger than it may be.</exception>
    public async Task<byte[]> ReadAllAsync(Stream body, string name, long maximumSize, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await Stall.ReadAsync(body, buffer, _options.StallTimeout, cancellationToken).ConfigureAwait(false)) > 0)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > maximumSize)
            {
                throw Downloader.Fail(PackageDiagnostics.DownloadFailed, $"'{name}' is larger than the {maximumSize} bytes that such a file may have.");
            }
        }

        return bytes.ToArray();
    }

    /// <summary>Does something until it succeeds, or has failed too often.</summary>
    /// <param name="name">The file's name for messages.</param>
    /// <param name="attempt">Does it once.</param>
    /// <param name="progressed">Whether the last attempt got further than those before: then it counts as the first.</param>
    /// <param name="cancellationToken">Ends the work, and the pauses.</param>
    /// <exception cref="DiagnosticException">It failed too often or for good, or the server wants to be left alone for longer than is waited.</exception>
    public async Task<T> RetryAsync<T>(string name, Func<Task<T>> attempt, Func<bool> progressed, CancellationToken cancellationToken)
    {
        for (var failures = 0; ;)
        {
            TimeSpan pause;
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (Exception e) when (e is HttpRequestException or TransientFailureException or HttpIOException)
            {
                failures = progressed() ? 1 : failures + 1;
                if (failures > _options.Retries || DownloadFailure.IsLasting(e))
                {
                    throw DownloadFailure.Of(_server, name, e);
                }

                pause = PauseAfter(e, failures, name);
            }

            await Task.Delay(pause, _options.Clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private TimeSpan PauseAfter(Exception failure, int failures, string name)
    {
        var pause = _options.RetryDelay * Math.Pow(2, failures - 1);
        if (failure is not TransientFailureException { RetryAfter: { } asked })
        {
            return pause;
        }

        var wait = asked.Delta ?? asked.Date!.Value - _options.Clock.GetUtcNow();
        if (wait > _options.MaximumRetryAfter)
        {
            throw Downloader.Fail(
                PackageDiagnostics.DownloadFailed,
                $"'{name}' cannot be downloaded: {failure.Message}, and wants to be asked again later (Retry-After: {asked}), which is more than the "
                + $"{_options.MaximumRetryAfter.TotalSeconds} seconds that are waited for.",
                failure);
        }

        return wait > pause ? wait : pause;
    }
}
