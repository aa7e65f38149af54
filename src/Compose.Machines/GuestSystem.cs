using Compose.Machines.Guest;

namespace Compose.Machines;

/// <summary>The system in a machine, through its agent. Commands run one after the other, as root.</summary>
public sealed class GuestSystem
{
    private readonly GuestChannel _channel;
    private readonly MachineWatch _watch;

    internal GuestSystem(GuestChannel channel, MachineWatch watch)
    {
        _channel = channel;
        _watch = watch;
    }

    /// <summary>Runs a bash script. An exit code other than zero is a result, not an exception.</summary>
    /// <param name="script">The script. Its working directory is <c>/</c>.</param>
    /// <param name="timeout">How long it may take; then it is ended in the guest. It counts whole seconds, rounded up.</param>
    /// <param name="cancellationToken">Ends the wait; the guest runs the script to its end or its limit.</param>
    /// <exception cref="MachineException">It took longer, or the machine failed.</exception>
    public Task<GuestCommandResult> RunAsync(string script, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        RunAsync(script, ReadOnlyMemory<byte>.Empty, timeout, cancellationToken);

    /// <summary>Runs a bash script with a standard input.</summary>
    /// <inheritdoc cref="RunAsync(string, TimeSpan, CancellationToken)"/>
    /// <param name="script">The script. Its working directory is <c>/</c>.</param>
    /// <param name="input">Its standard input. The guest keeps it in memory.</param>
    /// <param name="timeout">How long it may take; then it is ended in the guest. It counts whole seconds, rounded up.</param>
    /// <param name="cancellationToken">Ends the wait; the guest runs the script to its end or its limit.</param>
    public Task<GuestCommandResult> RunAsync(
        string script, ReadOnlyMemory<byte> input, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        _watch.WaitAsync(
            $"Running '{script}' in the guest",
            // The channel has its own limits, and better messages.
            timeout + timeout + timeout + GuestChannel.Grace + GuestChannel.Grace,
            token => _channel.RunAsync(script, input, timeout, token),
            cancellationToken);

    /// <summary>Waits until the boot has ended, well or not: until no start-up job is left.</summary>
    /// <param name="deadline">How long.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MachineException">It did not end, or the machine failed.</exception>
    public async Task<BootState> WaitForBootAsync(TimeSpan deadline, CancellationToken cancellationToken = default)
    {
        // In the early boot there is nothing yet that --wait could wait with; then it fails at once.
        const string Script = """
            until state=$(systemctl is-system-running --wait); [[ $state && $state != initializing && $state != starting ]]; do
                sleep 1
            done
            echo "$state"
            systemctl list-units --failed --plain --no-legend --no-pager | cut -d ' ' -f 1
            """;
        var lines = (await RunAsync(Script, deadline, cancellationToken).ConfigureAwait(false)).EnsureSuccess()
            .StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return new(lines[0], lines[1..]);
    }

    /// <summary>Waits until a unit is active.</summary>
    /// <param name="unit">Its full name.</param>
    /// <param name="deadline">How long.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MachineException">It failed, is not there, or is not active in time; the message has its status.</exception>
    public async Task WaitForUnitAsync(string unit, TimeSpan deadline, CancellationToken cancellationToken = default)
    {
        // It prints the status at the end in each case; the script's own limit is before that of the command.
        var limit = Math.Max(1, (int)deadline.TotalSeconds);
        var script = $"""
            unit={Bash.Quote(unit)}
            while ((SECONDS < {limit})); do
                case $(systemctl show --property=LoadState,ActiveState --value -- "$unit" | tr '\n' ' ') in
                    'loaded active ') exit 0 ;;
                    'loaded failed ') break ;;
                    'not-found '* | 'bad-setting '* | 'masked '*) break ;;
                esac
                sleep 0.5
            done
            systemctl status --no-pager --full --lines=20 -- "$unit"
            ((SECONDS < {limit})) && exit 3 || exit 4
            """;
        var result = await RunAsync(script, deadline + TimeSpan.FromSeconds(20), cancellationToken).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            var status = result.StandardOutput + result.StandardError;
            throw result.ExitCode == 4
                ? _watch.Fail(MachineFailure.DeadlinePassed, $"{unit} was not active after {limit} s:\n{status.TrimEnd()}")
                : _watch.Fail(MachineFailure.UnitFailed, $"{unit} failed, or is not there:\n{status.TrimEnd()}");
        }
    }

    /// <summary>Reboots, and waits until the agent answers from the next boot. The machine must not exit on reboot.</summary>
    /// <param name="deadline">How long.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MachineException">It did not come back, or the machine failed.</exception>
    public Task RebootAsync(TimeSpan deadline, CancellationToken cancellationToken = default) =>
        _watch.WaitAsync(
            "Rebooting the guest",
            deadline,
            async token =>
            {
                var before = await _channel.WaitForSessionAsync(null, token).ConfigureAwait(false);
                await RequestAsync("systemctl reboot", deadline, token).ConfigureAwait(false);
                return await _channel.WaitForSessionAsync(before.BootId, token).ConfigureAwait(false);
            },
            cancellationToken);

    /// <summary>Asks systemd for something that ends the agent; the answer may be lost.</summary>
    internal async Task RequestAsync(string command, TimeSpan deadline, CancellationToken cancellationToken)
    {
        try
        {
            var result = await _channel.RunAsync(command, default, deadline, cancellationToken).ConfigureAwait(false);
            result.EnsureSuccess();
        }
        catch (Exception exception) when (exception is GuestRestartedException or IOException)
        {
            // That was quick.
        }
    }
}
