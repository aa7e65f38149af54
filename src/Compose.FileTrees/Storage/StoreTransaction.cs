namespace Compose.FileTrees.Storage;

/// <summary>
/// Contents and records that come into the store together or not at all, such as those of an archive whose digest is known
/// only at its end. What is not committed is gone on disposal.
/// </summary>
/// <remarks>
/// For one thread at a time. Until they are committed, contents lie in <see cref="ContentStore.PartialDirectory"/>: what a
/// killed build leaves there is deleted after a day.
/// </remarks>
public sealed class StoreTransaction : IDisposable
{
    private readonly ContentStore _store;
    private readonly string _partial;
    private readonly Dictionary<Sha256Digest, (int Number, long Length)> _blobs = [];
    private readonly List<(string Kind, Sha256Digest Key, Action<Stream> Write)> _records = [];
    private int _numbers;

    internal StoreTransaction(ContentStore store, string partial)
    {
        _store = store;
        _partial = partial;
    }

    /// <summary>Adds bytes; when the store or the transaction has them already, nothing is written.</summary>
    /// <returns>A reference, good once the transaction is committed.</returns>
    public BlobContent Add(ReadOnlySpan<byte> bytes)
    {
        var digest = Sha256Digest.Of(bytes);
        if (TryGet(digest, bytes.Length) is { } existing)
        {
            return existing;
        }

        var number = _numbers++;
        try
        {
            using var file = File.OpenHandle(PathOf(number), FileMode.CreateNew, FileAccess.Write, preallocationSize: bytes.Length);
            RandomAccess.Write(file, bytes, 0);
        }
        catch
        {
            File.Delete(PathOf(number));
            throw;
        }

        return Keep(number, digest, bytes.Length);
    }

    /// <summary>Begins a blob that is written piece by piece. It is part of the transaction once it is committed itself.</summary>
    public BlobWriter BeginBlob()
    {
        var number = _numbers++;
        return new BlobWriter(PathOf(number), (_, digest, length) =>
        {
            if (TryGet(digest, length) is not { } existing)
            {
                return Keep(number, digest, length);
            }

            File.Delete(PathOf(number));
            return existing;
        });
    }

    /// <summary>Adds a record; see <see cref="ContentStore.WriteRecord(string, Sha256Digest, Action{Stream})"/>.</summary>
    /// <param name="kind">What sort of record, a file name.</param>
    /// <param name="key">The digest of all that the record depends on.</param>
    /// <param name="write">Writes the record, when the transaction is committed.</param>
    public void AddRecord(string kind, Sha256Digest key, Action<Stream> write) => _records.Add((kind, key, write));

    /// <summary>Puts all into the store: first the contents, then the records that speak of them.</summary>
    public void Commit()
    {
        foreach (var (digest, (number, length)) in _blobs)
        {
            _store.Publish(PathOf(number), digest, length);
            _blobs.Remove(digest);
        }

        foreach (var (kind, key, write) in _records)
        {
            _store.WriteRecord(kind, key, write);
        }

        _records.Clear();
    }

    /// <summary>Deletes what was not committed.</summary>
    public void Dispose()
    {
        foreach (var (number, _) in _blobs.Values)
        {
            File.Delete(PathOf(number));
        }

        _blobs.Clear();
        _records.Clear();
    }

    private string PathOf(int number) => $"{_partial}-{number}";

    private BlobContent? TryGet(Sha256Digest digest, long length) =>
        _blobs.TryGetValue(digest, out var blob) && blob.Length == length ? _store.Reference(digest, length)
        : _store.TryGetBlob(digest, out var existing) && existing.Length == length ? existing
        : null;

    private BlobContent Keep(int number, Sha256Digest digest, long length)
    {
        _blobs.Add(digest, (number, length));
        return _store.Reference(digest, length);
    }
}
