namespace Compose.SquashFs.Data;

/// <summary>Threads that work together: when one fails, all are stopped, and the first failure is kept.</summary>
internal sealed class WorkerThreads(CancellationTokenSource stop) : IDisposable
{
    private readonly List<Thread> _threads = [];
    private Exception? _failure;

    /// <summary>The first exception that a thread ended with, other than by being stopped.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    public void Start(int count, string name, Action run)
    {
        for (var i = 0; i < count; i++)
        {
            var thread = new Thread(() => Run(run)) { Name = name, IsBackground = true };
            _threads.Add(thread);
            thread.Start();
        }
    }

    /// <summary>Waits until all have ended.</summary>
    public void Join()
    {
        foreach (var thread in _threads)
        {
            thread.Join();
        }
    }

    /// <summary>Stops the threads that still run and waits for them.</summary>
    public void Dispose()
    {
        if (_threads.Exists(thread => thread.IsAlive))
        {
            stop.Cancel();
            Join();
        }
    }

    private void Run(Action run)
    {
        try
        {
            run();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopped because another thread failed or the caller cancelled: that is what is reported.
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _failure, e, null);
            stop.Cancel();
        }
    }
}
