using System.Text;
using Compose.FileTrees.HostFiles;
using Compose.Packages.Locking;
using Compose.Packages.Offline;

namespace Compose.Packages.Inputs.Applications;

/// <summary>
/// A folder from which NuGet restores a .NET application without a network: the packages that the lock file names for it, and
/// no others. So ranges of versions mean there what is locked.
/// </summary>
public static class ApplicationFeed
{
    /// <summary>It takes the place of all other configurations, which name other sources.</summary>
    private const string ConfigurationName = "nuget.config";

    private const string PackageDirectory = "packages";

    /// <summary>Makes the folder, or brings it up to date.</summary>
    /// <param name="source">What the packages are copied from.</param>
    /// <param name="lockFile">The lock file's absolute path.</param>
    /// <param name="project">The absolute path of the application's project.</param>
    /// <param name="folder">The folder, an absolute path.</param>
    /// <param name="cancellationToken">Ends the work. What was copied stays.</param>
    /// <exception cref="DiagnosticException">The lock file does not name the application, or a package is missing or damaged.</exception>
    public static void Write(OfflineSource source, string lockFile, string project, string folder, CancellationToken cancellationToken = default)
    {
        var name = RestoredApplication.ProjectFrom(Path.GetDirectoryName(lockFile)!, project);
        var application = LockFile.TryRead(lockFile)?.Applications?.FirstOrDefault(application => application.Project == name)
            ?? throw OfflineSource.Needs($"the packages of the application {name}");
        var packages = Path.Combine(folder, PackageDirectory);
        Directory.CreateDirectory(packages);
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        foreach (var package in application.Packages)
        {
            // A package of the same name with other bytes has another digest, and so is never taken for this one.
            var content = source.Find(package);
            var directory = Path.Combine(packages, content.Sha256.ToString());
            var path = Path.Combine(directory, $"{package.Name}.{package.Version}.nupkg".ToLowerInvariant());
            wanted.Add(directory);
            if (new FileInfo(path) is not { Exists: true } file || file.Length != content.Size)
            {
                source.CopyTo(content, path, cancellationToken);
            }
        }

        foreach (var other in Directory.GetDirectories(packages).Where(directory => !wanted.Contains(directory)))
        {
            Directory.Delete(other, recursive: true);
        }

        AtomicFile.WriteWhenDifferent(Path.Combine(folder, ConfigurationName), Encoding.UTF8.GetBytes(
            $"""
            <configuration>
              <packageSources>
                <clear />
                <add key="compose vendor" value="{PackageDirectory}" />
              </packageSources>
            </configuration>

            """.ReplaceLineEndings("\n")));
    }
}
