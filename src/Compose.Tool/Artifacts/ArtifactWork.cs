using Compose.Diagnostics;
using Compose.Images.Artifacts;
using Compose.SquashFs.Reading;

namespace Compose.Tool.Artifacts;

/// <summary>
/// Runs a command that reads artifacts: shows a bar on a terminal, turns signals into a cancellation, and failures into
/// diagnostics and exit codes.
/// </summary>
internal static class ArtifactWork
{
    /// <summary>Runs the work, shows the findings, and then the result.</summary>
    /// <typeparam name="T">What the work finds.</typeparam>
    /// <param name="work">The work.</param>
    /// <param name="show">Shows the result on the standard output, and gives the exit code.</param>
    /// <param name="quiet">Whether there is no bar.</param>
    /// <param name="failure">The exit code when the work cannot be done.</param>
    public static int Run<T>(
        Func<CollectingReporter, IProgress<ArtifactProgress>?, CancellationToken, T> work,
        Func<T, CollectingReporter, int> show,
        bool quiet = false,
        int failure = ExitCodes.Failed)
    {
        var reporter = new CollectingReporter();
        using var termination = new Termination();
        try
        {
            var result = quiet || Console.IsErrorRedirected
                ? work(reporter, null, termination.Token)
                : ArtifactProgressBar.Run(progress => work(reporter, progress, termination.Token));
            reporter.Show();
            return show(result, reporter);
        }
        catch (OperationCanceledException) when (termination.Token.IsCancellationRequested)
        {
            Console.Error.WriteLine("Interrupted.");
            return termination.ExitCode;
        }
        catch (DiagnosticException e)
        {
            reporter.Report(e.Diagnostic);
            reporter.Show();
            return failure;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            reporter.Report(ToolDiagnostics.UnreadableArtifact.Create(e.Message));
            reporter.Show();
            return failure;
        }
    }

    /// <summary>Opens an artifact.</summary>
    /// <param name="path">The image or folder.</param>
    /// <param name="limits">How much a squashfs file system may hold.</param>
    /// <param name="reporter">Told of what is damaged.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">It cannot be read, or is of no known kind.</exception>
    public static Artifact Open(string path, SquashFsReadOptions limits, IDiagnosticReporter reporter, CancellationToken cancellationToken)
    {
        try
        {
            return Artifact.Open(path, reporter, limits, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(ToolDiagnostics.UnreadableArtifact.Create($"'{path}' cannot be read: {e.Message}"), e);
        }
    }
}
