using System.Buffers;
using Compose.FileTrees;
using Compose.FileTrees.Storage;

namespace Compose.Formats.Tar;

/// <summary>Puts contents into a <see cref="ContentStore"/>, from which any later build can take them.</summary>
internal sealed class StoredTarContents(StoreTransaction store) : ITarContents, IDisposable
{
    /// <summary>Up to this size a file is read at once, so that one that the store has already is not written again.</summary>
    private const int SmallFile = 256 * 1024;

    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(SmallFile);

    /// <inheritdoc/>
    public FileContent Keep(TarReader tar, long length, CancellationToken cancellationToken)
    {
        int read;
        if (length <= SmallFile)
        {
            var filled = 0;
            while ((read = tar.ReadContent(_buffer.AsSpan(filled))) > 0)
            {
                filled += read;
            }

            return store.Add(_buffer.AsSpan(0, filled));
        }

        using var blob = store.BeginBlob();
        while ((read = tar.ReadContent(_buffer)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            blob.Write(_buffer.AsSpan(0, read));
        }

        return blob.Commit();
    }

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);
}
