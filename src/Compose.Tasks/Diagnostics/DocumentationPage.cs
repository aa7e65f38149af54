namespace Compose.Tasks.Diagnostics;

/// <summary>The page about a diagnostic: in the package's <c>docs</c>, or in the repository's <c>sdk/docs</c>.</summary>
internal static class DocumentationPage
{
    private static readonly string? Directory = FindDirectory(Path.GetDirectoryName(typeof(DocumentationPage).Assembly.Location)!);

    /// <summary>The page's path, or null when the documentation is not there.</summary>
    public static string? For(string code) => Directory is null ? null : Path.Combine(Directory, $"{code}.md");

    /// <summary>Looks upwards from the tasks: <c>tools/net10.0</c> in a package, <c>artifacts</c> in the repository.</summary>
    private static string? FindDirectory(string start)
    {
        for (var directory = new DirectoryInfo(start); directory is not null; directory = directory.Parent)
        {
            foreach (var candidate in (string[])["docs", "sdk/docs"])
            {
                var path = Path.Combine(directory.FullName, candidate);
                if (File.Exists(Path.Combine(path, "COMPOSE9001.md")))
                {
                    return path;
                }
            }
        }

        return null;
    }
}
