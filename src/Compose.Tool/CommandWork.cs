using Compose.Diagnostics;

namespace Compose.Tool;

/// <summary>Runs the work of a command: a signal cancels it, and what is wrong becomes a message and an exit code.</summary>
internal static class CommandWork
{
    /// <summary>Runs it.</summary>
    /// <param name="work">The work; it gives the exit code.</param>
    /// <param name="failed">The exit code when something is wrong.</param>
    public static async Task<int> RunAsync(Func<CancellationToken, Task<int>> work, int failed = ExitCodes.Failed)
    {
        using var termination = new Termination();
        try
        {
            return await work(termination.Token);
        }
        catch (OperationCanceledException) when (termination.Token.IsCancellationRequested)
        {
            Console.Error.WriteLine("Interrupted.");
            return termination.ExitCode;
        }
        catch (DiagnosticException e)
        {
            new ConsoleReporter().Report(e.Diagnostic);
            return failed;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            new ConsoleReporter().Report(ToolDiagnostics.FileAccess.Create(e.Message));
            return failed;
        }
    }
}
