using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Compose.Machines.Guest;

namespace Compose.Machines.Tests.Guests;

/// <summary>
/// The real agent in this computer's bash, with a port like a machine's: the host's end stays open while agents come
/// and go, and what no agent has read waits for the next.
/// </summary>
internal sealed class AgentPort : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TestFolder _folder = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Socket _hostEnd;
    private readonly Socket _guestEnd;
    private readonly Task _relaying;
    private Process? _agent;

    public AgentPort()
    {
        _listener.Start();
        _hostEnd = new(SocketType.Stream, ProtocolType.Tcp);
        _hostEnd.Connect(_listener.LocalEndpoint);
        _guestEnd = _listener.AcceptSocket();
        HostStream = new NetworkStream(_hostEnd, ownsSocket: true);
        _relaying = RelayAsync();
    }

    /// <summary>The port as the channel sees it.</summary>
    public Stream HostStream { get; }

    /// <summary>The folder that the agent works in.</summary>
    public string AgentDirectory => _folder.Path;

    /// <summary>Starts the agent, after the one before if there was one.</summary>
    public void StartAgent()
    {
        _agent?.Dispose();
        var script = _folder.PathOf("agent.sh");
        File.WriteAllText(script, EmbeddedText.Read("agent.sh"));
        // bash tells there of the commands that the tests kill.
        var start = new ProcessStartInfo("bash", [script]) { RedirectStandardError = true };
        start.Environment["COMPOSE_AGENT_PORT"] = $"/dev/tcp/127.0.0.1/{((IPEndPoint)_listener.LocalEndpoint).Port}";
        start.Environment["COMPOSE_AGENT_DIRECTORY"] = _folder.Path;
        _agent = Tool.Start("bash", start);
    }

    /// <summary>Ends the agent and what it runs, as a reset of a machine does.</summary>
    public async Task KillAgentAsync()
    {
        _agent!.Kill(entireProcessTree: true);
        await _agent.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_agent is { HasExited: false })
        {
            await KillAgentAsync();
        }

        _agent?.Dispose();
        await _closing.CancelAsync();
        await Task.WhenAny(_relaying);
        _listener.Stop();
        _guestEnd.Dispose();
        await HostStream.DisposeAsync();
        _closing.Dispose();
        _folder.Dispose();
    }

    private async Task RelayAsync()
    {
        using var host = new NetworkStream(_guestEnd);
        while (true)
        {
            using var connection = await _listener.AcceptSocketAsync(_closing.Token);
            using var guest = new NetworkStream(connection);
            using var gone = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
            var down = CopyAsync(host, guest, gone.Token);
            await CopyAsync(guest, host, _closing.Token);
            await gone.CancelAsync();
            await down;
        }
    }

    private static async Task CopyAsync(Stream from, Stream to, CancellationToken cancellationToken)
    {
        try
        {
            await from.CopyToAsync(to, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // One side is gone.
        }
    }
}
