namespace Compose.Tests.Hostile;

/// <summary>What is around a process that reads hostile inputs: the folders that it works in, and files of the system.</summary>
internal sealed class Surroundings : IDisposable
{
    /// <summary>What the inputs name by absolute paths or by many <c>..</c>.</summary>
    private static readonly string[] SystemFiles = ["/etc/passwd", "/etc/shadow", "/etc/outside", "/outside", "/tmp/outside"];

    private readonly string _root = Directory.CreateTempSubdirectory("compose-around-").FullName;

    public Surroundings()
    {
        Directory.CreateDirectory(Inputs);
        foreach (var folder in (string[])[Home, Temporary, WorkingDirectory])
        {
            Directory.CreateDirectory(folder);

            // Names that the inputs would write to.
            File.WriteAllText(Path.Combine(folder, "outside"), "as it was");
            File.WriteAllText(Path.Combine(folder, "passwd"), "as it was");
        }
    }

    public string Home => Path.Combine(_root, "around", "home");

    /// <summary>The folder for temporary files. What the process puts there it takes away again.</summary>
    public string Temporary => Path.Combine(_root, "around", "tmp");

    public string WorkingDirectory => Path.Combine(_root, "around", "here");

    /// <summary>Where the inputs are, when they are files. It does not count.</summary>
    public string Inputs => Path.Combine(_root, "inputs");

    /// <summary>A file that the process may write; it does not count.</summary>
    public string ResultFile => Path.Combine(_root, "result");

    /// <summary>All files and folders around, and what is in the files.</summary>
    public string[] Describe()
    {
        var around = Path.Combine(_root, "around");
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 };
        return
        [
            .. Directory.EnumerateFileSystemEntries(around, "*", options).Order(StringComparer.Ordinal).Select(path => Describe(path, File.ReadAllText)),
            .. SystemFiles.Select(path => Describe(path, TimeOf)),
        ];
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static string Describe(string path, Func<string, string> content)
    {
        var file = new FileInfo(path);
        return file switch
        {
            { LinkTarget: { } target } => $"{path} -> {target}",
            { Exists: true } => $"{path} {file.UnixFileMode} {content(path)}",
            _ => Directory.Exists(path) ? $"{path}/" : $"{path} is not there",
        };
    }

    /// <summary>Not everyone may read all files of the system.</summary>
    private static string TimeOf(string path) => File.GetLastWriteTimeUtc(path).ToString("O", System.Globalization.CultureInfo.InvariantCulture);
}
