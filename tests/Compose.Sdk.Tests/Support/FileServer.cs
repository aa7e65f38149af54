using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Compose.Sdk.Tests.Support;

/// <summary>An HTTP server on the loopback interface that serves files from memory.</summary>
internal sealed class FileServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _loop;

    public FileServer()
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _loop = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>What is served, by path.</summary>
    public ConcurrentDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>The paths that were asked for.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <inheritdoc/>
    public void Dispose()
    {
        _listener.Stop();
        _loop.GetAwaiter().GetResult();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(AnswerAsync(await _listener.AcceptTcpClientAsync()));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
            if (await reader.ReadLineAsync() is not { } line)
            {
                return;
            }

            while (await reader.ReadLineAsync() is { Length: > 0 })
            {
                // No header matters here.
            }

            var path = line.Split(' ')[1];
            Requests.Enqueue(path);
            var isThere = Files.TryGetValue(path, out var body);
            body ??= [];
            var head = $"HTTP/1.1 {(isThere ? "200 OK" : "404 Not Found")}\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
            await stream.WriteAsync(body);
        }
    }
}
