using Compose.SquashFs.Reading;

namespace Compose.SquashFs.Tests.Oracles;

/// <summary>Asserts what our reader makes of an image.</summary>
internal static class ReadingAssert
{
    /// <summary>It reads the tree that the image was made from, and finds nothing wrong.</summary>
    public static void Holds(FileTree tree, string image) => Holds(ExpectedTree.Of(tree), image);

    /// <inheritdoc cref="Holds(FileTree, string)"/>
    public static void Holds(Observation expected, string image, ObservedDetails details = ObservedDetails.Attributes)
    {
        using var opened = SquashFsReader.Open(image);
        var actual = ExpectedTree.Of(opened.ReadTree());
        Assert.Equal(expected.ToLines(details), actual.ToLines(details));
        IsSound(opened);
    }

    /// <summary>It reads what squashfs-tools and squashfs-tools-ng read, and finds nothing wrong.</summary>
    public static void AgreesWithOthers(string image, bool canSquashfsTools = true, bool canSquashfsToolsNg = true)
    {
        using var opened = SquashFsReader.Open(image);
        var actual = ExpectedTree.Of(opened.ReadTree());
        if (canSquashfsTools)
        {
            ImageAssert.IsReadByUnsquashfs(actual, image);
        }

        if (canSquashfsToolsNg)
        {
            ImageAssert.IsReadBySquashfsToolsNg(actual, image);
        }

        IsSound(opened);
    }

    /// <summary>Verifying finds nothing wrong.</summary>
    public static void IsSound(SquashFsImage image)
    {
        var problems = new ProblemCollector();
        var result = image.Verify(problems);
        Assert.Empty(problems.Diagnostics);
        Assert.True(result.IsComplete);
        Assert.Equal(image.Facts.InodeCount, result.Inodes);
        Assert.Equal(image.Facts.FragmentCount, result.Fragments);
    }
}

/// <summary>Keeps what is reported.</summary>
internal sealed class ProblemCollector : IDiagnosticReporter
{
    public List<Diagnostic> Diagnostics { get; } = [];

    public void Report(Diagnostic diagnostic) => Diagnostics.Add(diagnostic);
}
