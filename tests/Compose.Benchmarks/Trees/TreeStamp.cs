namespace Compose.Benchmarks.Trees;

/// <summary>Says, in a file beside it, what a complete folder was made of. A folder without one is not used.</summary>
/// <param name="directory">The folder.</param>
/// <param name="source">What it is made of.</param>
internal sealed class TreeStamp(string directory, string source)
{
    private readonly string _path = directory + ".stamp";

    /// <summary>Whether the folder is complete and made of the same.</summary>
    public bool Fits => Directory.Exists(directory) && File.Exists(_path) && File.ReadAllText(_path) == source;

    /// <summary>Says that the folder is complete.</summary>
    public void Set() => File.WriteAllText(_path, source);

    /// <summary>Takes the folder away.</summary>
    public void Remove()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(directory)!);
        File.Delete(_path);
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
