namespace Compose.FileTrees.Storage;

/// <summary>A file's bytes in a <see cref="ContentStore"/>.</summary>
public sealed class BlobContent : FileContent
{
    private readonly ContentStore _store;

    internal BlobContent(ContentStore store, Sha256Digest digest, long length)
    {
        _store = store;
        Digest = digest;
        Length = length;
    }

    /// <summary>The SHA-256 of the bytes.</summary>
    public Sha256Digest Digest { get; }

    /// <inheritdoc/>
    public override long Length { get; }

    /// <summary>Where the bytes lie on the build host.</summary>
    public string HostPath => _store.BlobPath(Digest);

    /// <summary>Whether the store holds the bytes, by presence and size; they are not read. Asking counts as a use.</summary>
    public bool IsPresent => _store.TryGetBlob(Digest, out var found) && found.Length == Length;

    /// <summary>
    /// Opens the bytes. Whoever reads them in order to the end gets the last of them only when all have the digest.
    /// </summary>
    /// <exception cref="DiagnosticException">The content is missing, or found to be damaged; the same holds for reading.</exception>
    public override Stream OpenRead() => new BlobStream(this, OpenUnchecked());

    /// <summary>Opens the bytes for one who hashes them anyway.</summary>
    /// <exception cref="DiagnosticException">The content is missing, or has another size.</exception>
    public FileStream OpenUnchecked()
    {
        try
        {
            // No buffer: readers bring their own, and most files are smaller than one.
            var stream = new FileStream(HostPath, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            if (stream.Length == Length)
            {
                return stream;
            }

            stream.Dispose();
            throw RemoveDamaged();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Missing(e);
        }
    }

    /// <inheritdoc/>
    /// <remarks>The bytes are not checked.</remarks>
    public override int ReadStart(Span<byte> destination)
    {
        try
        {
            return new HostFileContent(HostPath, Length).ReadStart(destination);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Missing(e);
        }
    }

    /// <summary>Reads the bytes and sees that they have the digest.</summary>
    /// <exception cref="DiagnosticException">The content is missing or damaged.</exception>
    public void Verify()
    {
        using var stream = OpenRead();
        stream.CopyTo(Stream.Null, 128 * 1024);
    }

    /// <summary>Takes the content out of the store, because its bytes are others, and gives the error to throw.</summary>
    public DiagnosticException RemoveDamaged()
    {
        _store.Remove(Digest);
        return new DiagnosticException(StorageDiagnostics.DamagedBlob.Create(
            $"The content {Digest} ({Length} bytes) was damaged in the content store, and was taken out of it. Build again with -t:Rebuild to have it anew."));
    }

    private DiagnosticException Missing(Exception e)
    {
        _store.NoteRemoval();
        return new DiagnosticException(
            StorageDiagnostics.MissingBlob.Create(
                $"The content store no longer holds {Digest} ({Length} bytes). Build again with -t:Rebuild to make it anew."),
            e);
    }
}
