using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees.Storage;

namespace Compose.FileTrees.Tests;

public sealed class StorageTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("compose-store-");
    private readonly ContentStore _store;

    public StorageTests() => _store = new ContentStore(_directory.FullName);

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void The_same_bytes_are_kept_once()
    {
        var first = _store.Add("hello"u8);
        var second = _store.Add(new MemoryStream("hello"u8.ToArray()));
        Assert.Equal(first.Digest, second.Digest);
        Assert.Equal("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", first.Digest.ToString());
        Assert.Single(Directory.EnumerateFiles(Path.Combine(_directory.FullName, "blobs"), "*", SearchOption.AllDirectories));
        using var reader = new StreamReader(second.OpenRead());
        Assert.Equal("hello", reader.ReadToEnd());
    }

    [Fact]
    public void What_is_not_committed_leaves_nothing()
    {
        using (var blob = _store.BeginBlob())
        {
            blob.Write("half"u8);
        }

        using (var blob = _store.BeginBlob())
        {
            blob.Write("other"u8);
            Assert.Null(blob.Commit(Sha256Digest.Of("expected"u8)));
        }

        Assert.Throws<IOException>(() => _store.Add(new FailingStream()));
        Assert.Empty(Directory.EnumerateFiles(_directory.FullName, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void What_is_in_a_transaction_is_in_the_store_once_it_is_committed()
    {
        var known = _store.Add("known"u8);
        var key = Sha256Digest.Of("key"u8);
        using var transaction = _store.BeginTransaction();

        var small = transaction.Add("small"u8);
        var again = transaction.Add("small"u8);
        var large = Write(transaction, "large");
        var twice = Write(transaction, "small");
        transaction.Add("known"u8);
        transaction.AddRecord("kind", key, record => record.Write([1, 2]));

        Assert.Equal([small.Digest, small.Digest], [again.Digest, twice.Digest]);
        Assert.False(small.IsPresent || large.IsPresent || _store.TryReadRecord("kind", key, out _));
        Assert.Equal(2, Directory.EnumerateFiles(_store.PartialDirectory).Count());
        transaction.Commit();

        Assert.True(small.IsPresent && large.IsPresent && known.IsPresent && _store.TryReadRecord("kind", key, out _));
        using var reader = new StreamReader(large.OpenRead());
        Assert.Equal("large", reader.ReadToEnd());
        Assert.Empty(Directory.EnumerateFiles(_store.PartialDirectory));
    }

    [Fact]
    public void A_transaction_that_is_not_committed_leaves_nothing()
    {
        using (var transaction = _store.BeginTransaction())
        {
            transaction.Add("small"u8);
            Write(transaction, "large");
            using var blob = transaction.BeginBlob();
            blob.Write("half"u8);
            transaction.AddRecord("kind", Sha256Digest.Of("key"u8), record => record.WriteByte(1));
        }

        Assert.Empty(Directory.EnumerateFiles(_directory.FullName, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Two_transactions_may_hold_the_same_bytes()
    {
        using var first = _store.BeginTransaction();
        using var second = _store.BeginTransaction();
        first.Add("same"u8);
        var blob = second.Add("same"u8);

        first.Commit();
        second.Commit();

        Assert.True(blob.IsPresent);
        Assert.Single(Directory.EnumerateFiles(_directory.FullName, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_missing_blob_is_a_diagnostic()
    {
        var blob = _store.Add("gone"u8);
        Assert.True(blob.IsPresent);
        _store.Remove(blob.Digest);
        Assert.False(blob.IsPresent);
        Assert.False(_store.TryGetBlob(blob.Digest, out _));
        Assert.Equal("COMPOSE4901", Assert.Throws<DiagnosticException>(blob.OpenRead).Diagnostic.Descriptor.Code);
    }

    [Fact]
    public void A_blob_of_another_size_is_not_read()
    {
        var blob = _store.Add("whole"u8);
        File.WriteAllText(blob.HostPath, "who");
        Assert.False(blob.IsPresent);
        Assert.Equal("COMPOSE4905", Assert.Throws<DiagnosticException>(blob.OpenRead).Diagnostic.Descriptor.Code);
        Assert.Equal(5, new FileInfo(_store.Add("whole"u8).HostPath).Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(99_999)]
    [InlineData(199_999)]
    public void A_damaged_blob_is_never_read_to_its_end_and_goes(int position)
    {
        var bytes = new byte[200_000];
        new Random(1).NextBytes(bytes);
        var blob = _store.Add(bytes);
        Damage(blob.HostPath, position);

        using (var stream = blob.OpenRead())
        {
            Assert.Equal("COMPOSE4905", Assert.Throws<DiagnosticException>(() => stream.CopyTo(Stream.Null)).Diagnostic.Descriptor.Code);
        }

        Assert.False(_store.TryGetBlob(blob.Digest, out _));
        _store.Add(bytes).Verify();
    }

    [Fact]
    public void A_blob_may_be_read_out_of_order()
    {
        var bytes = new byte[1000];
        new Random(1).NextBytes(bytes);
        using var stream = _store.Add(bytes).OpenRead();
        var half = new byte[500];
        stream.Position = 500;
        stream.ReadExactly(half);
        Assert.Equal(bytes[500..], half);
        stream.Seek(0, SeekOrigin.Begin);
        stream.ReadExactly(half);
        Assert.Equal(bytes[..500], half);
        stream.Position = 100;
        Assert.Equal(900, stream.ReadAtLeast(new byte[1000], 1000, throwOnEndOfStream: false));
    }

    [Fact]
    public void A_damaged_record_is_none()
    {
        var key = Sha256Digest.Of("key"u8);
        _store.WriteRecord("deb", key, "value"u8);
        var other = Sha256Digest.Of("other"u8);
        Directory.CreateDirectory(Path.GetDirectoryName(_store.RecordPath("deb", other))!);
        File.Copy(_store.RecordPath("deb", key), _store.RecordPath("deb", other));
        Assert.True(_store.TryReadRecord("deb", key, out _));
        Assert.False(_store.TryReadRecord("deb", other, out _));

        Damage(_store.RecordPath("deb", key), 2);
        Assert.False(_store.TryReadRecord("deb", key, out _));
        File.WriteAllText(_store.RecordPath("deb", key), "abc");
        Assert.False(_store.TryReadRecord("deb", key, out _));
    }

    [Fact]
    public void A_record_is_fresh_until_something_is_removed()
    {
        var key = Sha256Digest.Of("key"u8);
        Assert.False(_store.WasUsedJustNow("deb", key));
        _store.WriteRecord("deb", key, "value"u8);
        Assert.True(_store.WasUsedJustNow("deb", key));
        _store.Remove(_store.Add("content"u8).Digest);
        Assert.False(_store.WasUsedJustNow("deb", key));
        Thread.Sleep(20);
        _store.NoteUse("deb", key);
        Assert.True(_store.WasUsedJustNow("deb", key));
        File.SetLastWriteTimeUtc(_store.RecordPath("deb", key), DateTime.UtcNow.AddHours(-2));
        Assert.False(_store.WasUsedJustNow("deb", key));
    }

    [Fact]
    public void Many_writers_of_the_same_bytes_do_not_disturb_each_other()
    {
        Parallel.For(0, 64, i =>
        {
            var bytes = Encoding.UTF8.GetBytes($"content {i % 4}");
            var blob = new ContentStore(_directory.FullName).Add(new MemoryStream(bytes));
            Assert.Equal(Sha256Digest.Of(bytes), blob.Digest);
            Assert.True(blob.IsPresent);
        });
        Assert.Equal(4, Directory.EnumerateFiles(Path.Combine(_directory.FullName, "blobs"), "*", SearchOption.AllDirectories).Count());
        Assert.Empty(Directory.EnumerateFiles(_store.PartialDirectory));
    }

    [Fact]
    public void Records_are_replaced()
    {
        var key = Sha256Digest.Of("key"u8);
        Assert.False(_store.TryReadRecord("deb", key, out _));
        _store.WriteRecord("deb", key, "one"u8);
        _store.WriteRecord("deb", key, "two"u8);
        Assert.True(_store.TryReadRecord("deb", key, out var record));
        Assert.Equal("two"u8.ToArray(), record);
        Assert.False(_store.TryReadRecord("other", key, out _));
    }

    [Fact]
    public void A_tree_file_keeps_everything()
    {
        var tree = AllKinds().StoreContents(_store);
        Trees.AssertSame(tree, RoundTrip(tree));
    }

    [Fact]
    public void A_tree_file_depends_on_the_tree_alone() =>
        Assert.Equal(Serialize(AllKinds().StoreContents(_store)), Serialize(AllKinds().StoreContents(_store)));

    [Fact]
    public void A_cut_tree_file_is_refused_at_every_length()
    {
        var bytes = Serialize(AllKinds().StoreContents(_store));
        for (var length = 0; length < bytes.Length; length++)
        {
            var exception = Assert.Throws<DiagnosticException>(() => FileTreeFile.Read(new MemoryStream(bytes, 0, length), _store));
            Assert.Equal("COMPOSE4902", exception.Diagnostic.Descriptor.Code);
        }
    }

    [Fact]
    public void A_damaged_tree_file_never_crashes()
    {
        var bytes = Serialize(AllKinds().StoreContents(_store));
        for (var position = 0; position < bytes.Length; position++)
        {
            foreach (var value in (byte[])[0x00, 0x01, 0x7F, 0x80, 0xFF])
            {
                var damaged = bytes.ToArray();
                damaged[position] = value;
                var exception = Record.Exception(() => FileTreeFile.Read(new MemoryStream(damaged), _store));
                Assert.True(exception is null or DiagnosticException, $"{exception}");
            }
        }
    }

    internal static void Damage(string path, int position)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[position] ^= 0x10;
        File.WriteAllBytes(path, bytes);
    }

    internal static FileTree AllKinds()
    {
        Assert.True(TreePath.TryParse([(byte)'n', 0xFF], out var notUtf8));
        return new FileTreeBuilder()
            .SetText("dir/file", "text")
            .Link(TreePath.Parse("dir/link"), TreePath.Parse("dir/file"))
            .SetText("same", "text")
            .Set("program", new FileEntry(
                new EntryMetadata
                {
                    Permissions = 0x9ED,
                    UserId = 1000,
                    GroupId = uint.MaxValue,
                    ModifiedTime = -5,
                    ExtendedAttributes = new([new("security.capability", new byte[] { 1, 0, 0, 2 }), new("user.x", default)]),
                },
                new BytesContent(new byte[100_000])))
            .Set("symlink", new SymlinkEntry("../elsewhere"))
            .Set("null", new DeviceEntry(EntryMetadata.File, DeviceKind.Character, 1, 3))
            .Set("disk", new DeviceEntry(EntryMetadata.File, DeviceKind.Block, 259, 1_000_000))
            .Set("pipe", new FifoEntry(EntryMetadata.File))
            .Set("socket", new SocketEntry(EntryMetadata.File))
            .Set(notUtf8, new FileEntry(EntryMetadata.File, new BytesContent("")))
            .Build();
    }

    private static byte[] Serialize(FileTree tree)
    {
        var stream = new MemoryStream();
        FileTreeFile.Write(tree, stream);
        return stream.ToArray();
    }

    private FileTree RoundTrip(FileTree tree) => FileTreeFile.Read(new MemoryStream(Serialize(tree)), _store);

    private static BlobContent Write(StoreTransaction transaction, string text)
    {
        using var blob = transaction.BeginBlob();
        blob.Write(Encoding.UTF8.GetBytes(text));
        return blob.Commit();
    }

    private sealed class FailingStream : MemoryStream
    {
        private bool _read;

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (_read)
            {
                throw new IOException("The source broke.");
            }

            _read = true;
            return 1;
        }
    }
}
