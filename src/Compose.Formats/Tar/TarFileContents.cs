using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Microsoft.Win32.SafeHandles;

namespace Compose.Formats.Tar;

/// <summary>Leaves contents where they are: in an uncompressed archive that is a file.</summary>
/// <param name="archive">The archive. It must stay as it is.</param>
public sealed class TarFileContents(SafeFileHandle archive) : ITarContents
{
    /// <inheritdoc/>
    public FileContent Keep(TarReader tar, long length, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new FileRangeContent(archive, tar.Position, length);
    }
}
