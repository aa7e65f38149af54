using Compose.FileTrees.HostFiles;

namespace Compose.Tasks.Parameters;

/// <summary>The folders of the build host that an image should not name.</summary>
internal static class BuildFolders
{
    /// <summary>The project's folder, that of its repository and the user's, each also without symbolic links.</summary>
    public static IReadOnlyList<string> Of(string projectDirectory)
    {
        string[] folders =
        [
            projectDirectory,
            RepositoryOf(projectDirectory) ?? projectDirectory,
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
        ];
        var existing = folders.Where(Directory.Exists).ToArray();
        return [.. existing.Concat(existing.Select(HostPath.Resolve)).Distinct()];
    }

    /// <summary>The folder above the project that git has cloned; a worktree has a file in the place of git's folder.</summary>
    private static string? RepositoryOf(string directory)
    {
        for (var folder = new DirectoryInfo(directory); folder is not null; folder = folder.Parent)
        {
            if (Path.Exists(Path.Combine(folder.FullName, ".git")))
            {
                return folder.FullName;
            }
        }

        return null;
    }
}
