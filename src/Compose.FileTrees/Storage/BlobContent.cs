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

    /// <summary>Whether the store holds the bytes, by presence and size; they are not read.</summary>
    public bool IsPresent => new FileInfo(HostPath) is { Exists: true } file && file.Length == Length;

    /// <inheritdoc/>
    public override Stream OpenRead()
    {
        try
        {
            return new HostFileContent(HostPath, Length).OpenRead();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Missing(e);
        }
    }

    /// <inheritdoc/>
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

    private DiagnosticException Missing(Exception e) =>
        new(
            StorageDiagnostics.MissingBlob.Create(
                $"The content store no longer holds {Digest} ({Length} bytes). Build again with -t:Rebuild to make it anew."),
            e);
}
