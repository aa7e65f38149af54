using System.Net;
using System.Net.Sockets;
using System.Text;
using Compose.Machines.Emulator;
using Compose.Machines.Qmp;
using Compose.Machines.Tests.Guests;

namespace Compose.Machines.Tests;

public sealed class QmpClientTests : IDisposable
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_real_qemu_answers_refuses_tells_and_quits()
    {
        var path = _folder.PathOf("qmp");
        using var emulator = EmulatorProcess.Start(
            QemuTools.Find(),
            ["-nodefaults", "-display", "none", "-machine", "none", "-S", "-qmp", $"unix:{path},server=on,wait=off"],
            ConsoleMode.Log);
        await using var client = await QmpClient.ConnectAsync(await ConnectAsync(path), Cancel);

        var version = await client.ExecuteAsync("query-version", cancellationToken: Cancel);
        Assert.True(version.GetProperty("qemu").GetProperty("major").GetInt32() >= 7);

        var refusal = await Assert.ThrowsAsync<QmpException>(() => client.ExecuteAsync("no-such-command", cancellationToken: Cancel));
        Assert.Contains("no-such-command", refusal.Message, StringComparison.Ordinal);

        await client.ExecuteAsync("quit", cancellationToken: Cancel);
        var shutdown = await client.WaitForEventAsync("SHUTDOWN", cancellationToken: Cancel);
        Assert.Equal("host-qmp-quit", shutdown.Data.GetProperty("reason").GetString());

        Assert.Equal(0, await emulator.Exited.WaitAsync(TestMachines.BootDeadline, Cancel));
        await Assert.ThrowsAsync<QmpException>(() => client.WaitForEventAsync("RESET", cancellationToken: Cancel));
        await Assert.ThrowsAsync<QmpException>(() => client.ExecuteAsync("query-version", cancellationToken: Cancel));
    }

    [Theory]
    [InlineData("not json\n")]
    [InlineData("{}\n")]
    [InlineData("")]
    public async Task Another_server_is_refused(string greeting)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndpoint, Cancel);
        using (var server = await listener.AcceptSocketAsync(Cancel))
        {
            await server.SendAsync(Encoding.ASCII.GetBytes(greeting), Cancel);
        }

        await Assert.ThrowsAsync<QmpException>(() => QmpClient.ConnectAsync(new NetworkStream(socket), Cancel));
    }

    private static async Task<Stream> ConnectAsync(string path)
    {
        while (true)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), Cancel);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException)
            {
                socket.Dispose();
                await Task.Delay(20, Cancel);
            }
        }
    }
}
