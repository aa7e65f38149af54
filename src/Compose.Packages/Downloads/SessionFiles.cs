using System.Text;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.FileTrees.Storage;

namespace Compose.Packages.Downloads;

/// <summary>
/// Small files that the projects of one restore share, also when several processes restore them: each is downloaded once. They
/// lie with the store's unfinished files and go after a day.
/// </summary>
internal sealed class SessionFiles(ContentStore store, string session)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Gives the file, downloaded now unless another project of the session has done so.</summary>
    /// <param name="address">The file's address.</param>
    /// <param name="download">Downloads it.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public async Task<byte[]> GetAsync(Uri address, Func<CancellationToken, Task<byte[]>> download, CancellationToken cancellationToken)
    {
        var name = Sha256Digest.Of(Encoding.UTF8.GetBytes($"{session}\n{address.AbsoluteUri}"));
        var path = Path.Combine(store.PartialDirectory, $"{name}.session");
        while (true)
        {
            if (File.Exists(path))
            {
                return await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
            }

            if (TryLock(path + "-lock") is { } held)
            {
                await using (held.ConfigureAwait(false))
                {
                    if (!File.Exists(path))
                    {
                        var bytes = await download(cancellationToken).ConfigureAwait(false);
                        AtomicFile.Write(path, file => file.Write(bytes));
                    }
                }

                continue;
            }

            await Task.Delay(s_pause, cancellationToken).ConfigureAwait(false);
        }
    }

    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }
}
