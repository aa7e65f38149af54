using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DotnetWorker;

/// <summary>
/// Tells each client on a port of the loopback interface what it is and the time, and closes the connection. The port is the
/// configuration's TimeServer:Port: that of appsettings.json, unless a unit sets TimeServer__Port in its environment.
/// </summary>
internal sealed class TimeServer(IConfiguration configuration, TimeProvider clock, ILogger<TimeServer> logger) : BackgroundService
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, configuration.GetValue<int>("TimeServer:Port"));

    /// <summary>Listens before the host says that it is ready.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _listener.Start();
        logger.LogInformation("Listening on {EndPoint}", _listener.LocalEndpoint);
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            using var client = await _listener.AcceptTcpClientAsync(stoppingToken);
            try
            {
                var line = string.Create(CultureInfo.InvariantCulture, $"dotnet-worker on .NET {Environment.Version}: {clock.GetUtcNow():O}\n");
                await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(line), stoppingToken);
            }
            catch (IOException e)
            {
                logger.LogInformation("A client left early: {Reason}", e.Message);
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _listener.Dispose();
        base.Dispose();
    }
}
