using System.Runtime.ExceptionServices;
using System.Text;
using Compose.FileTrees.HostFiles.Linux;
using Compose.FileTrees.Operations;
using Compose.FileTrees.Storage;

namespace Compose.FileTrees.HostFiles;

/// <summary>
/// Reads folders of the build host with all that the host knows of them: owners, modes, times, extended attributes, hard
/// links, devices, pipes, sockets, and names that are not UTF-8.
/// </summary>
/// <remarks>
/// This needs Linux. Elsewhere .NET shows none of it, and a folder is read as <see cref="HostDirectory.Read"/> does: it is
/// root's, with plain modes and time 0.
/// </remarks>
public static class HostTree
{
    /// <summary>Reads a folder. Files are listed and not opened; symbolic links below it are not followed.</summary>
    /// <param name="directory">The folder; it may be a symbolic link to one.</param>
    /// <param name="exclude">What is left out with all below it. Folders that are left out are not entered.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">Something in the folder cannot be read (COMPOSE4910).</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    public static FileTree Read(string directory, IReadOnlyCollection<Glob> exclude, CancellationToken cancellationToken = default)
    {
        if (!Directory.Exists(directory))
        {
            throw new DirectoryNotFoundException($"'{directory}' is not a folder.");
        }

        if (!OperatingSystem.IsLinux())
        {
            return HostDirectory.Read(directory).Where(item => !IsExcluded(item.Path, exclude));
        }

        try
        {
            var reader = new HostEntryReader(Encoding.UTF8.GetBytes(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory))));
            var root = new HostListing(TreePath.Root);
            List<TreeItem> items = [new TreeItem(TreePath.Root, reader.ReadRoot())];
            List(root, reader, exclude, cancellationToken);
            root.AddTo(items);
            return new FileTree([.. items]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(
                StorageDiagnostics.UnreadableHostFolder.Create($"The folder '{directory}' cannot be read. {e.Message} Nothing may change in it meanwhile."), e);
        }
    }

    /// <summary>Lists a folder and all below it, those of one depth at the same time: most of it is the kernel's work.</summary>
    private static void List(HostListing root, HostEntryReader reader, IReadOnlyCollection<Glob> exclude, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken };
        for (IReadOnlyList<HostListing> level = [root]; level.Count > 0; level = [.. level.SelectMany(listing => listing.Folders)])
        {
            var failures = new Exception?[level.Count];
            Parallel.For(0, level.Count, options, () => new byte[HostEntryReader.BufferSize], (i, _, buffer) =>
            {
                try
                {
                    level[i].Read(reader, path => IsExcluded(path, exclude), ref buffer);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    failures[i] = e;
                }

                return buffer;
            }, _ => { });

            // The first one, whatever thread came first.
            if (Array.Find(failures, failure => failure is not null) is { } first)
            {
                ExceptionDispatchInfo.Throw(first);
            }
        }
    }

    private static bool IsExcluded(TreePath path, IReadOnlyCollection<Glob> exclude)
    {
        foreach (var pattern in exclude)
        {
            if (pattern.Matches(path))
            {
                return true;
            }
        }

        return false;
    }
}
