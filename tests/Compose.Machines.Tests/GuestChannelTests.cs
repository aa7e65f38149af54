using System.Text;
using Compose.Machines.Guest;
using Compose.Machines.Tests.Guests;

namespace Compose.Machines.Tests;

/// <summary>The channel against the real agent, which runs in this computer's bash.</summary>
public sealed class GuestChannelTests : IAsyncLifetime
{
    private const int OutputLimit = 100_000;

    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly AgentPort _port = new();
    private readonly GuestChannel _channel;

    public GuestChannelTests() => _channel = new(_port.HostStream, OutputLimit);

    public ValueTask InitializeAsync()
    {
        _port.StartAgent();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _port.DisposeAsync();
    }

    [Theory]
    [InlineData("true", 0, "", "")]
    [InlineData("echo out; echo err >&2; exit 7", 7, "out\n", "err\n")]
    [InlineData("printf 'no newline'", 0, "no newline", "")]
    [InlineData("# a comment\nx='two\n\nlines $HOME `id` \"%s\"'\nprintf '%s' \"$x\"", 0, "two\n\nlines $HOME `id` \"%s\"", "")]
    [InlineData("echo ünïcödé", 0, "ünïcödé\n", "")]
    [InlineData("pwd", 0, "/\n", "")]
    [InlineData("cat", 0, "", "")]
    [InlineData("exit 124", 124, "", "")]
    [InlineData("", 0, "", "")]
    public async Task A_script_gives_its_exit_code_and_outputs(string script, int exitCode, string output, string error)
    {
        var result = await _channel.RunAsync(script, default, Limit, Cancel);

        Assert.Equal((exitCode, output, error), (result.ExitCode, result.StandardOutput, result.StandardError));
        Assert.False(result.IsTruncated);
    }

    [Fact]
    public async Task Input_and_output_may_be_any_bytes()
    {
        var bytes = new byte[90_000];
        new Random(1).NextBytes(bytes);
        "\nrun x 1 1 1 1 1\n"u8.CopyTo(bytes);

        var result = await _channel.RunAsync("cat; printf '\\377\\0' >&2", bytes, Limit, Cancel);

        Assert.True(result.Output.Span.SequenceEqual(bytes));
        Assert.Equal([0xff, 0], result.Error.ToArray());
    }

    [Fact]
    public async Task Output_beyond_the_limit_is_counted_and_left_out()
    {
        var result = await _channel.RunAsync("head -c 1000000 /dev/zero; echo x >&2", default, Limit, Cancel);

        Assert.Equal((OutputLimit, 1_000_000, 2), (result.Output.Length, result.OutputLength, result.ErrorLength));
        Assert.True(result.IsTruncated);
    }

    [Fact]
    public async Task Commands_sent_at_once_run_one_after_the_other()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => _channel.RunAsync(
            $"[[ ! -e busy ]] && : >\"{_port.AgentDirectory}/busy\"; echo {i}; rm \"{_port.AgentDirectory}/busy\"", default, Limit, Cancel)));

        Assert.Equal(Enumerable.Range(0, 8).Select(i => $"{i}\n"), results.Select(result => result.StandardOutput));
        Assert.All(results, result => Assert.Equal(0, result.ExitCode));
    }

    [Fact]
    public async Task A_command_that_takes_too_long_is_ended_and_the_next_one_runs()
    {
        var failure = await Assert.ThrowsAsync<GuestTimeoutException>(
            () => _channel.RunAsync("echo before; trap '' TERM; sleep 60", default, TimeSpan.FromSeconds(1), Cancel));

        Assert.Contains("took longer than 1 s", failure.Message, StringComparison.Ordinal);
        Assert.Contains("before", failure.Message, StringComparison.Ordinal);
        Assert.Equal("after\n", (await _channel.RunAsync("echo after", default, Limit, Cancel)).StandardOutput);
    }

    [Fact]
    public async Task A_process_left_behind_does_not_hold_the_answer_back()
    {
        var result = await _channel.RunAsync("sleep 60 & echo $!", default, Limit, Cancel);

        var process = int.Parse(result.StandardOutput, System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(TestMachines.IsAlive(process));
        await _channel.RunAsync($"kill {process}", default, Limit, Cancel);
    }

    [Fact]
    public async Task A_cancelled_command_does_not_give_its_answer_to_the_next()
    {
        using var source = new CancellationTokenSource();
        var cancelled = _channel.RunAsync("sleep 1; echo first", default, Limit, source.Token);
        await _channel.WaitForSessionAsync(null, Cancel);
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.Equal("second\n", (await _channel.RunAsync("echo second", default, Limit, Cancel)).StandardOutput);
    }

    [Fact]
    public async Task A_restart_of_the_guest_fails_the_command_and_the_next_one_runs()
    {
        var session = await _channel.WaitForSessionAsync(null, Cancel);
        var running = _channel.RunAsync($": >\"{_port.AgentDirectory}/started\"; sleep 60", default, Limit, Cancel);
        while (!File.Exists(Path.Combine(_port.AgentDirectory, "started")))
        {
            await Task.Delay(20, Cancel);
        }

        await _port.KillAgentAsync();
        _port.StartAgent();

        await Assert.ThrowsAsync<GuestRestartedException>(() => running);
        Assert.Equal("again\n", (await _channel.RunAsync("echo again", default, Limit, Cancel)).StandardOutput);
        Assert.NotEqual(session, await _channel.WaitForSessionAsync(null, Cancel));
    }

    [Fact]
    public async Task A_request_that_no_agent_read_is_not_run_by_the_next_agent()
    {
        var trace = Path.Combine(_port.AgentDirectory, "trace");
        await _channel.WaitForSessionAsync(null, Cancel);
        await _port.KillAgentAsync();
        var lost = _channel.RunAsync($"echo lost >>\"{trace}\"", new byte[200_000], Limit, Cancel);
        await Task.Delay(200, Cancel);
        _port.StartAgent();

        await Assert.ThrowsAsync<GuestRestartedException>(() => lost);
        await _channel.RunAsync($"echo run >>\"{trace}\"", default, Limit, Cancel);
        Assert.Equal("run\n", await File.ReadAllTextAsync(trace, Encoding.ASCII, Cancel));
    }

    [Fact]
    public async Task A_closed_port_fails_the_command()
    {
        await _channel.WaitForSessionAsync(null, Cancel);
        var running = _channel.RunAsync("sleep 60", default, Limit, Cancel);
        await Task.Delay(200, Cancel);
        await _port.HostStream.DisposeAsync();

        await Assert.ThrowsAsync<IOException>(() => running);
        await Assert.ThrowsAsync<IOException>(() => _channel.RunAsync("true", default, Limit, Cancel));
    }
}
