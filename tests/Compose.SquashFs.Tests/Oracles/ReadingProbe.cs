using Compose.SquashFs.Reading;

namespace Compose.SquashFs.Tests.Oracles;

/// <summary>
/// Reads all of an image that may be damaged. Anything but a diagnostic is a bug and passes through, and so is memory that
/// the image's size does not explain.
/// </summary>
internal static class ReadingProbe
{
    /// <summary>The limits of a program that expects small images.</summary>
    public static SquashFsReadOptions Limits { get; } = new()
    {
        MaximumEntries = 10_000,
        MaximumNameBytes = 4 * 1024 * 1024,
        MaximumContentBytes = 16 * 1024 * 1024,
        MaximumProblems = 50,
        Threads = 1,
    };

    /// <summary>What may be allocated in all, over the whole of the reading: what the limits allow, and the working set.</summary>
    public const long MaximumAllocation = 64 * 1024 * 1024;

    /// <summary>Reads the tree and all contents.</summary>
    /// <returns>What was wrong; null when nothing was.</returns>
    public static Diagnostic? ReadAll(byte[] image, SquashFsReadOptions? limits = null)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using var opened = SquashFsReader.Open(image, "hostile", limits ?? Limits);
            foreach (var entry in opened.ReadTree().Items)
            {
                if (entry.Entry is FileEntry file)
                {
                    using var stream = file.Content.OpenRead();
                    stream.CopyTo(Stream.Null);
                }
            }

            return null;
        }
        catch (DiagnosticException e)
        {
            return e.Diagnostic;
        }
        finally
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaximumAllocation);
        }
    }

    /// <summary>Verifies the image.</summary>
    /// <returns>What was reported.</returns>
    public static List<Diagnostic> Verify(byte[] image, SquashFsReadOptions? limits = null)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var problems = new ProblemCollector();
        try
        {
            using var opened = SquashFsReader.Open(image, "hostile", limits ?? Limits);
            var result = opened.Verify(problems);
            Assert.Equal(problems.Diagnostics.Count, result.Problems);
        }
        catch (DiagnosticException e)
        {
            problems.Report(e.Diagnostic);
        }
        finally
        {
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaximumAllocation);
        }

        return problems.Diagnostics;
    }
}
