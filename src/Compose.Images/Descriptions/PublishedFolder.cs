using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;

namespace Compose.Images.Descriptions;

/// <summary>
/// A folder as a server offers it to systemd-sysupdate: images by names with their versions, and <c>SHA256SUMS</c>, which says
/// what is there (sysupdate.d(5)). Several extensions, and several versions of each, may be in one folder.
/// </summary>
public static class PublishedFolder
{
    /// <summary>The list's name.</summary>
    public const string ListName = "SHA256SUMS";

    /// <summary>The name of the list's detached OpenPGP signature.</summary>
    public const string SignatureName = ListName + ".gpg";

    /// <summary>Lists files of the folder, beside those of earlier publications that are still there.</summary>
    /// <param name="folder">The folder's absolute path.</param>
    /// <param name="names">The names of files in it.</param>
    /// <param name="known">Digests that need not be computed again, by name.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>Whether the list is another one than before.</returns>
    /// <exception cref="DiagnosticException">The folder has a list that cannot be read.</exception>
    /// <exception cref="IOException">A file cannot be read, or the list cannot be written.</exception>
    public static bool List(
        string folder,
        IEnumerable<string> names,
        IReadOnlyDictionary<string, Sha256Digest> known,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(known);
        var listed = names.ToDictionary(
            name => name,
            name => known.TryGetValue(name, out var digest) ? digest : Checksums.Describe(Path.Combine(folder, name), cancellationToken).Sha256,
            StringComparer.Ordinal);

        // Projects that are built at the same time may publish to one folder.
        using var mutex = new Mutex(initiallyOwned: false, $"compose-{Sha256Digest.Of(Encoding.UTF8.GetBytes(Path.GetFullPath(folder)))}");
        try
        {
            mutex.WaitOne();
        }
        catch (AbandonedMutexException)
        {
            // The other one was killed. It wrote the list whole or not at all.
        }

        try
        {
            var path = Path.Combine(folder, ListName);
            foreach (var (name, digest) in Read(path))
            {
                if (!listed.ContainsKey(name) && File.Exists(Path.Combine(folder, name)))
                {
                    listed.Add(name, digest);
                }
            }

            return AtomicFile.WriteWhenDifferent(path, Encoding.UTF8.GetBytes(Checksums.Create(listed)));
        }
        finally
        {
            mutex.ReleaseMutex();
        }
    }

    /// <summary>Reads a list.</summary>
    /// <returns>The digests by name; none when there is no such file.</returns>
    /// <exception cref="DiagnosticException">It cannot be read.</exception>
    public static IReadOnlyDictionary<string, Sha256Digest> Read(string path)
    {
        try
        {
            return File.Exists(path) ? Checksums.Parse(File.ReadAllText(path)) : new Dictionary<string, Sha256Digest>();
        }
        catch (FormatException e)
        {
            throw new DiagnosticException(
                ImageDiagnostics.UnreadableChecksums.Create($"'{path}' cannot be read: {e.Message} Delete it, or publish to another folder.") with { SourceFile = path },
                e);
        }
    }
}
