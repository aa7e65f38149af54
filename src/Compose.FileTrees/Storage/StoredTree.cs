using Compose.FileTrees.Operations;

namespace Compose.FileTrees.Storage;

/// <summary>Puts the contents of trees into a store.</summary>
public static class StoredTree
{
    /// <summary>A smaller file is read at once, so that one that the store has already is not written again.</summary>
    private const int SmallFile = 256 * 1024;

    /// <summary>The same tree with every file's content in the store; what is there already is not read.</summary>
    public static FileTree StoreContents(this FileTree tree, ContentStore store, CancellationToken cancellationToken = default)
    {
        byte[]? buffer = null;
        var stored = new Dictionary<TreeEntry, TreeEntry>(ReferenceEqualityComparer.Instance);
        return tree.MapEntries(item =>
        {
            if (item.Entry is not FileEntry { Content: not BlobContent } file)
            {
                return item.Entry;
            }

            if (!stored.TryGetValue(file, out var entry))
            {
                cancellationToken.ThrowIfCancellationRequested();
                entry = new FileEntry(file.Metadata, Store(file.Content));
                stored.Add(file, entry);
            }

            return entry;
        });

        BlobContent Store(FileContent content)
        {
            if (content is BytesContent bytes)
            {
                return store.Add(bytes.Bytes.Span);
            }

            using var stream = content.OpenRead();
            if (content.Length >= SmallFile)
            {
                return store.Add(stream, cancellationToken);
            }

            buffer ??= new byte[SmallFile];
            var read = stream.ReadAtLeast(buffer, SmallFile, throwOnEndOfStream: false);
            if (read < SmallFile)
            {
                return store.Add(buffer.AsSpan(0, read));
            }

            // It has more bytes than it said.
            using var blob = store.BeginBlob();
            blob.Write(buffer);
            stream.CopyTo(blob);
            return blob.Commit();
        }
    }
}
