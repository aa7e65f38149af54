using Compose.FileTrees;

namespace Compose.Formats.Tar;

/// <summary>Decides where the contents of a tar archive's files are kept.</summary>
public interface ITarContents
{
    /// <summary>Keeps the content of the current entry.</summary>
    /// <param name="tar">Stands at the start of the content. What is not read of it is skipped afterwards.</param>
    /// <param name="length">The content's size in bytes.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="InvalidDataException">The archive is truncated.</exception>
    FileContent Keep(TarReader tar, long length, CancellationToken cancellationToken);
}
