using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Compose.Packages.Tests.Support;

/// <summary>A request as the server got it.</summary>
internal sealed record TestRequest(string Path, long? From, string? IfRange)
{
    public string? IfNoneMatch { get; init; }

    public string? Authorization { get; init; }
}

/// <summary>An answer, possibly a bad one.</summary>
internal sealed record TestReply(int Status, byte[] Body)
{
    /// <summary>Stop sending after this many bytes and cut the connection.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Stop sending after this many bytes and keep the connection open.</summary>
    public int? StallAfter { get; init; }

    public string? Location { get; init; }

    public string? ContentRange { get; init; }

    public string? RetryAfter { get; init; }

    /// <summary>What the header Content-Length says; null for the body's length, empty for no such header.</summary>
    public string? ContentLength { get; init; }

    /// <summary>What follows the status on its line.</summary>
    public string Reason { get; init; } = "Status";

    public string ETag { get; init; } = "\"1\"";
}

/// <summary>An HTTP server on the loopback interface that serves files, with ranges, and misbehaves when asked to.</summary>
internal sealed class TestServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly X509Certificate2? _certificate;
    private readonly Task _loop;

    /// <param name="certificate">A certificate with its key, to serve by https; null to serve by http.</param>
    public TestServer(X509Certificate2? certificate = null)
    {
        _certificate = certificate;
        _listener.Start();
        Address = new Uri($"{(certificate is null ? "http" : "https")}://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/debian/");
        _loop = AcceptAsync();
    }

    /// <summary>The address under which <see cref="Files"/> are.</summary>
    public Uri Address { get; }

    /// <summary>What is served, by path below <see cref="Address"/>.</summary>
    public ConcurrentDictionary<string, byte[]> Files { get; } = new();

    /// <summary>All requests in the order of their arrival.</summary>
    public ConcurrentQueue<TestRequest> Requests { get; } = new();

    /// <summary>Answers instead of <see cref="Files"/> where it gives something.</summary>
    public Func<TestRequest, TestReply?>? Answer { get; set; }

    /// <summary>Awaited before each answer.</summary>
    public Func<TestRequest, Task> Wait { get; set; } = _ => Task.CompletedTask;

    /// <summary>The usual answer: the file, or its rest.</summary>
    public TestReply Serve(TestRequest request)
    {
        if (!Files.TryGetValue(request.Path, out var file))
        {
            return new TestReply(404, []);
        }

        if (request.IfNoneMatch == "\"1\"")
        {
            return new TestReply(304, []);
        }

        if (request.From is not { } from || request.IfRange is not (null or "\"1\""))
        {
            return new TestReply(200, file);
        }

        return from >= file.Length
            ? new TestReply(416, [])
            : new TestReply(206, file[(int)from..]) { ContentRange = $"bytes {from}-{file.Length - 1}/{file.Length}" };
    }

    public void Dispose()
    {
        _end.Cancel();
        _listener.Stop();
        _loop.GetAwaiter().GetResult();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token);
                connections.Add(HandleAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task HandleAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                using var stream = await SecureAsync(client.GetStream());
                using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
                var request = await ReadAsync(reader);
                if (request is null)
                {
                    return;
                }

                Requests.Enqueue(request);
                await Wait(request).WaitAsync(_end.Token);
                await WriteAsync(stream, Answer?.Invoke(request) ?? Serve(request));
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or AuthenticationException)
            {
                // The other side went away, does not trust the certificate, or the test is over.
            }
        }
    }

    private async Task<Stream> SecureAsync(NetworkStream stream)
    {
        if (_certificate is null)
        {
            return stream;
        }

        var secure = new SslStream(stream);
        await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _end.Token);
        return secure;
    }

    private async Task<TestRequest?> ReadAsync(StreamReader reader)
    {
        var line = await reader.ReadLineAsync(_end.Token);
        if (line is null)
        {
            return null;
        }

        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await reader.ReadLineAsync(_end.Token) is { Length: > 0 } header)
        {
            var colon = header.IndexOf(':', StringComparison.Ordinal);
            headers[header[..colon]] = header[(colon + 1)..].Trim();
        }

        var path = Uri.UnescapeDataString(line.Split(' ')[1]);
        path = path.StartsWith(Address.AbsolutePath, StringComparison.Ordinal) ? path[Address.AbsolutePath.Length..] : path;
        long? from = headers.TryGetValue("Range", out var range) ? long.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture) : null;
        return new TestRequest(path, from, headers.GetValueOrDefault("If-Range"))
        {
            IfNoneMatch = headers.GetValueOrDefault("If-None-Match"),
            Authorization = headers.GetValueOrDefault("Authorization"),
        };
    }

    private async Task WriteAsync(Stream stream, TestReply reply)
    {
        var head = new StringBuilder($"HTTP/1.1 {reply.Status} {reply.Reason}\r\nConnection: close\r\nETag: {reply.ETag}\r\n");
        if (reply.ContentLength != "")
        {
            head.Append($"Content-Length: {reply.ContentLength ?? reply.Body.Length.ToString(CultureInfo.InvariantCulture)}\r\n");
        }

        if (reply.ContentRange is not null)
        {
            head.Append($"Content-Range: {reply.ContentRange}\r\n");
        }

        if (reply.RetryAfter is not null)
        {
            head.Append($"Retry-After: {reply.RetryAfter}\r\n");
        }

        if (reply.Location is not null)
        {
            head.Append($"Location: {reply.Location}\r\n");
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), _end.Token);
        var length = reply.CutAfter ?? reply.StallAfter ?? reply.Body.Length;
        await stream.WriteAsync(reply.Body.AsMemory(0, Math.Min(length, reply.Body.Length)), _end.Token);
        await stream.FlushAsync(_end.Token);
        if (reply.StallAfter is not null)
        {
            await Task.Delay(Timeout.Infinite, _end.Token);
        }
    }
}
