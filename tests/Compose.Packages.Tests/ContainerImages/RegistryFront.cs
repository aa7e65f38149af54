using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Compose.Tests.Oci;

namespace Compose.Packages.Tests.ContainerImages;

/// <summary>A request as the server got it.</summary>
internal sealed record FrontRequest(string Method, string Path, string? Authorization, string Body);

/// <summary>What it answers.</summary>
internal sealed record FrontReply(int Status, byte[] Body, params (string Name, string Value)[] Headers)
{
    public FrontReply(int status, string body = "", params (string Name, string Value)[] headers)
        : this(status, Encoding.UTF8.GetBytes(body), headers)
    {
    }
}

/// <summary>An HTTP server on the loopback interface that answers as a test says; what is left open goes to a real registry.</summary>
internal sealed class RegistryFront : IDisposable
{
    private readonly HttpListener _listener;
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false });
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string? _registry;
    private readonly Task _loop;

    /// <summary>Starts it.</summary>
    /// <param name="registry">The real registry's host; null for none.</param>
    public RegistryFront(string? registry = null)
    {
        _registry = registry;
        (_listener, Host) = Listen();
        _loop = Task.Run(AcceptAsync);
    }

    public string Host { get; }

    /// <summary>All requests in the order of their arrival.</summary>
    public ConcurrentQueue<FrontRequest> Requests { get; } = new();

    /// <summary>The answer; null for the real registry's.</summary>
    public Func<FrontRequest, FrontReply?>? Answer { get; set; }

    public void Dispose()
    {
        // Not stopped before: closing what is stopped binds the port once more, and another process may have it by then.
        _listener.Close();
        _end.SetResult();
        _loop.GetAwaiter().GetResult();
        _client.Dispose();
    }

    /// <summary>Another server may take a port between its being found free and its use: then another one is tried.</summary>
    private static (HttpListener Listener, string Host) Listen()
    {
        for (var tries = 1; ; tries++)
        {
            var host = $"127.0.0.1:{DockerRegistry.FreePort()}";
            var listener = new HttpListener { Prefixes = { $"http://{host}/" } };
            try
            {
                listener.Start();
                return (listener, host);
            }
            catch (HttpListenerException) when (tries < 20)
            {
                listener.Close();
            }
        }
    }

    private async Task AcceptAsync()
    {
        var answers = new List<Task>();
        try
        {
            while (true)
            {
                // A wait that begins just when the listener is closed has no end of its own.
                var next = _listener.GetContextAsync();
                if (await Task.WhenAny(next, _end.Task) != next)
                {
                    break;
                }

                answers.Add(AnswerAsync(await next));
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // It is closed.
        }

        await Task.WhenAll(answers);
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            using var reader = new StreamReader(context.Request.InputStream);
            var request = new FrontRequest(
                context.Request.HttpMethod, context.Request.RawUrl!, context.Request.Headers["Authorization"], await reader.ReadToEndAsync());
            Requests.Enqueue(request);
            var reply = Answer?.Invoke(request) ?? await ForwardAsync(context.Request);
            context.Response.StatusCode = reply.Status;
            foreach (var (name, value) in reply.Headers)
            {
                context.Response.Headers[name] = value;
            }

            context.Response.ContentLength64 = reply.Body.Length;
            await context.Response.OutputStream.WriteAsync(reply.Body);
            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or IOException or ObjectDisposedException)
        {
            // The other side went away.
        }
    }

    private async Task<FrontReply> ForwardAsync(HttpListenerRequest request)
    {
        if (_registry is null)
        {
            return new FrontReply(404);
        }

        using var message = new HttpRequestMessage(HttpMethod.Get, $"http://{_registry}{request.RawUrl}");
        foreach (var type in request.AcceptTypes ?? [])
        {
            message.Headers.TryAddWithoutValidation("Accept", type);
        }

        using var response = await _client.SendAsync(message);
        var type2 = response.Content.Headers.ContentType?.ToString() ?? "application/octet-stream";
        return new FrontReply((int)response.StatusCode, await response.Content.ReadAsByteArrayAsync(), ("Content-Type", type2));
    }
}
