using Compose.FileTrees.Storage;

namespace Compose.FileTrees.Tests;

public sealed class RecordWriterTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("compose-test-");
    private readonly ContentStore _store;

    public RecordWriterTests() => _store = new ContentStore(_directory.FullName);

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void A_record_may_be_written_piece_by_piece()
    {
        var key = Sha256Digest.Of("key"u8);
        var bytes = new byte[300_000];
        new Random(1).NextBytes(bytes);

        _store.WriteRecord("deb", key, stream =>
        {
            for (var i = 0; i < bytes.Length; i += 1000)
            {
                stream.WriteByte(bytes[i]);
                stream.Write(bytes.AsSpan(i + 1, 999));
            }
        });

        Assert.True(_store.TryReadRecord("deb", key, out var record));
        Assert.Equal(bytes, record);
        Assert.Throws<InvalidOperationException>(() => _store.WriteRecord("deb", key, _ => throw new InvalidOperationException()));
        Assert.True(_store.TryReadRecord("deb", key, out _));
        Assert.Empty(Directory.EnumerateFiles(_store.PartialDirectory));
    }
}
