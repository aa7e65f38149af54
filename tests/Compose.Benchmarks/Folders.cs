namespace Compose.Benchmarks;

/// <summary>Where things are. Only <see cref="Results"/> is meant to be committed.</summary>
/// <param name="Repository">The repository's folder.</param>
/// <param name="Work">The folder of everything that can be made again: trees, tools, outputs.</param>
/// <param name="Results">The folder that reports go to.</param>
internal sealed record Folders(string Repository, string Work, string Results)
{
    /// <summary>The folder of this project.</summary>
    public string Project => Path.Combine(Repository, "tests", "Compose.Benchmarks");

    /// <summary>The trees that are packed; used again by the next run.</summary>
    public string Trees => Path.Combine(Work, "trees");

    /// <summary>The tools that were built from sources.</summary>
    public string Tools => Path.Combine(Work, "tools");

    /// <summary>What is being written: images, caches. Emptied by every run. On the file system of the trees.</summary>
    public string Output => Path.Combine(Work, "output");

    /// <summary>Finds the repository that the program was built in.</summary>
    /// <param name="results">The folder for reports; null for the usual one.</param>
    /// <param name="isComplete">Whether all is run: then the report goes to the folder that is committed.</param>
    /// <exception cref="BenchmarkException">The program was moved out of the repository.</exception>
    public static Folders Find(string? results, bool isComplete)
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "Compose.sln")))
            {
                var work = Path.Combine(directory, "artifacts", "benchmarks");
                var usual = isComplete ? Path.Combine(directory, "tests", "Compose.Benchmarks", "results") : Path.Combine(work, "results");
                return new Folders(directory, work, results ?? usual);
            }
        }

        throw new BenchmarkException("The program is not below the folder of Compose.sln, which it takes its packages and keys from.");
    }

    /// <summary>An empty folder below <see cref="Output"/>.</summary>
    public string EmptyOutput()
    {
        if (Directory.Exists(Output))
        {
            Directory.Delete(Output, recursive: true);
        }

        Directory.CreateDirectory(Output);
        return Output;
    }
}
