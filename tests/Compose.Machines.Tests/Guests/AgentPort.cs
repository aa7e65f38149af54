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
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly TestFolder folder = new();
    private readonly CancellationTokenSource closing = new();
    private readonly Socket hostEnd;
    private readonly Socket guestEnd;
    private readonly Task relaying;
    private Process? agent;

    public AgentPort()
    {
        listener.Start();
        hostEnd = new(SocketType.Stream, ProtocolType.Tcp);
        hostEnd.Connect(listener.LocalEndpoint);
        guestEnd = listener.AcceptSocket();
        HostStream = new NetworkStream(hostEnd, ownsSocket: true);
        relaying = RelayAsync();
    }

    /// <summary>The port as the channel sees it.</summary>
    public Stream HostStream { get; }

    /// <summary>The folder that the agent works in.</summary>
    public string AgentDirectory => folder.Path;

    /// <summary>Starts the agent, after the one before if there was one.</summary>
    public void StartAgent()
    {
        agent?.Dispose();
        var script = folder.PathOf("agent.sh");
        File.WriteAllText(script, EmbeddedText.Read("agent.sh"));
        // bash tells there of the commands that the tests kill.
        var start = new ProcessStartInfo("bash", [script]) { RedirectStandardError = true };
        start.Environment["COMPOSE_AGENT_PORT"] = $"/dev/tcp/127.0.0.1/{((IPEndPoint)listener.LocalEndpoint).Port}";
        start.Environment["COMPOSE_AGENT_DIRECTORY"] = folder.Path;
        agent = Tool.Start("bash", start);
    }

    /// <summary>Ends the agent and what it runs, as a reset of a machine does.</summary>
    public async Task KillAgentAsync()
    {
        agent!.Kill(entireProcessTree: true);
        await agent.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (agent is { HasExited: false })
        {
            await KillAgentAsync();
        }

        agent?.Dispose();
        await closing.CancelAsync();
        await Task.WhenAny(relaying);
        listener.Stop();
        guestEnd.Dispose();
        await HostStream.DisposeAsync();
        closing.Dispose();
        folder.Dispose();
    }

    private async Task RelayAsync()
    {
        using var host = new NetworkStream(guestEnd);
        while (true)
        {
            using var connection = await listener.AcceptSocketAsync(closing.Token);
            using var guest = new NetworkStream(connection);
            using var gone = CancellationTokenSource.CreateLinkedTokenSource(closing.Token);
            var down = CopyAsync(host, guest, gone.Token);
            await CopyAsync(guest, host, closing.Token);
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
