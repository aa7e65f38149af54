namespace Compose.SquashFs.Reading.Verifying;

/// <summary>Passes problems on, up to as many as the caller wants to see.</summary>
internal sealed class ProblemList(SquashFsImage image, IDiagnosticReporter reporter)
{
    public int Count { get; private set; }

    /// <summary>Reports a problem.</summary>
    /// <exception cref="TooManyProblemsException">There have been enough.</exception>
    public void Add(ImageFault fault, TreePath? path = null) => Add(fault.ToDiagnostic(image.Name, path));

    /// <inheritdoc cref="Add(ImageFault, TreePath?)"/>
    public void Add(Diagnostic diagnostic)
    {
        reporter.Report(diagnostic);
        Count++;
        if (Count == image.Options.MaximumProblems)
        {
            throw new TooManyProblemsException();
        }
    }
}

/// <summary>Ends the work: the image is so damaged that more problems tell nothing.</summary>
internal sealed class TooManyProblemsException : Exception;
