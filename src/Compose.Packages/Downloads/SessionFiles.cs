using System.Text;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.FileTrees.Storage;

namespace Compose.Packages.Downloads;

/// <summary>
/// Small files that the projects of one restore share, also when several processes restore them: each is downloaded once. They
/// lie with the store's unfinished files and go after a day.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="session">What identifies the restore; null when a project is restored alone and shares nothing.</param>
internal sealed class SessionFiles(ContentStore store, string? session)
{
    /// <summary>Gives the file, downloaded now unless another project of the session has done so.</summary>
    /// <param name="key">The file's address, and what else decides what is downloaded.</param>
    /// <param name="download">Downloads it.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task<byte[]> GetAsync(string key, Func<CancellationToken, Task<byte[]>> download, CancellationToken cancellationToken)
    {
        if (session is null)
        {
            return await download(cancellationToken).ConfigureAwait(false);
        }

        var name = $"{Sha256Digest.Of(Encoding.UTF8.GetBytes($"{session}\n{key}"))}.session";
        var path = Path.Combine(store.PartialDirectory, name);
        if (!File.Exists(path))
        {
            var held = await StoreLock.TakeAsync(store, name, cancellationToken).ConfigureAwait(false);
            await using (held.ConfigureAwait(false))
            {
                if (!File.Exists(path))
                {
                    var bytes = await download(cancellationToken).ConfigureAwait(false);
                    AtomicFile.Write(path, file => file.Write(bytes));
                    return bytes;
                }
            }
        }

        return await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
    }
}
