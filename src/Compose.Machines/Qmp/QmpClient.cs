using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Compose.Machines.Qmp;

/// <summary>
/// QEMU's machine protocol (docs/interop/qmp-spec): a line of JSON each way per command, and events in between.
/// </summary>
public sealed class QmpClient : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly StreamReader _reader;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Dictionary<int, TaskCompletionSource<JsonElement>> _pending = [];
    private readonly List<QmpEvent> _events = [];
    private TaskCompletionSource _changed = NewSignal();
    private Task _reading = Task.CompletedTask;
    private Exception? _broken;
    private int _lastId;

    private QmpClient(Stream stream)
    {
        _stream = stream;
        _reader = new(stream, Encoding.UTF8);
    }

    /// <summary>The events since the connection, oldest first.</summary>
    public IReadOnlyList<QmpEvent> Events
    {
        get
        {
            lock (_gate)
            {
                return [.. _events];
            }
        }
    }

    /// <summary>Takes over a connection: reads the greeting and leaves the negotiation behind.</summary>
    /// <exception cref="QmpException">The other side is no QEMU.</exception>
    internal static async Task<QmpClient> ConnectAsync(Stream stream, CancellationToken cancellationToken)
    {
        var client = new QmpClient(stream);
        try
        {
            var greeting = await client._reader.ReadLineAsync(cancellationToken).ConfigureAwait(false);
            if (greeting is null || !Parse(greeting).TryGetProperty("QMP", out _))
            {
                throw new QmpException("QEMU did not greet.");
            }

            client._reading = client.ReadAsync();
            await client.ExecuteAsync("qmp_capabilities", cancellationToken: cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Runs a command.</summary>
    /// <param name="command">Its name, such as <c>query-status</c>.</param>
    /// <param name="arguments">Its arguments, if it has any.</param>
    /// <param name="cancellationToken">Ends the wait for the answer.</param>
    /// <returns>What the command returns.</returns>
    /// <exception cref="QmpException">QEMU refused it, or is gone.</exception>
    public async Task<JsonElement> ExecuteAsync(
        string command,
        JsonObject? arguments = null,
        CancellationToken cancellationToken = default)
    {
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        int id;
        lock (_gate)
        {
            if (_broken is not null)
            {
                throw new QmpException($"'{command}' cannot be sent: {_broken.Message}", _broken);
            }

            id = ++_lastId;
            _pending.Add(id, answer);
        }

        var request = new JsonObject { ["execute"] = command, ["id"] = id };
        if (arguments is not null)
        {
            request["arguments"] = arguments;
        }

        try
        {
            await WriteAsync(Encoding.UTF8.GetBytes(request.ToJsonString() + "\n"), cancellationToken).ConfigureAwait(false);
            return await answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            throw new QmpException($"'{command}' cannot be sent: {exception.Message}", exception);
        }
        finally
        {
            lock (_gate)
            {
                _pending.Remove(id);
            }
        }
    }

    /// <summary>Waits for an event, counting those that have already come since the connection.</summary>
    /// <param name="name">The event's name.</param>
    /// <param name="occurrence">1 for the first of that name.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="QmpException">QEMU is gone.</exception>
    public async Task<QmpEvent> WaitForEventAsync(string name, int occurrence = 1, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Task signal;
            lock (_gate)
            {
                var found = _events.Where(e => e.Name == name).Skip(occurrence - 1).FirstOrDefault();
                if (found is not null)
                {
                    return found;
                }

                if (_broken is not null)
                {
                    throw new QmpException($"The event {name} did not come: {_broken.Message}", _broken);
                }

                signal = _changed.Task;
            }

            await signal.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Closes the connection. QEMU goes on.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        _reader.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _reader.ReadLineAsync().ConfigureAwait(false) is { } line)
            {
                Take(Parse(line));
            }

            Break(new QmpException("QEMU closed the connection."));
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or QmpException)
        {
            Break(exception);
        }
    }

    private void Take(JsonElement message)
    {
        lock (_gate)
        {
            if (message.TryGetProperty("event", out var name))
            {
                message.TryGetProperty("data", out var data);
                _events.Add(new(name.GetString()!, data));
                Signal();
            }
            else if (message.TryGetProperty("id", out var id) && _pending.TryGetValue(id.GetInt32(), out var answer))
            {
                if (message.TryGetProperty("return", out var result))
                {
                    answer.TrySetResult(result);
                }
                else
                {
                    answer.TrySetException(new QmpException($"QEMU refused a command: {message.GetProperty("error").GetProperty("desc").GetString()}"));
                }
            }
        }
    }

    private void Break(Exception reason)
    {
        lock (_gate)
        {
            _broken = reason;
            foreach (var answer in _pending.Values)
            {
                answer.TrySetException(new QmpException($"QEMU did not answer: {reason.Message}", reason));
            }

            Signal();
        }
    }

    private void Signal()
    {
        _changed.SetResult();
        _changed = NewSignal();
    }

    private async Task WriteAsync(byte[] line, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _stream.WriteAsync(line, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }

    private static JsonElement Parse(string line)
    {
        try
        {
            return JsonElement.Parse(line);
        }
        catch (JsonException exception)
        {
            throw new QmpException("QEMU sent something that is not JSON.", exception);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
