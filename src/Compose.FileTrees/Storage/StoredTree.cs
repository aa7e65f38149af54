using Compose.FileTrees.Operations;

namespace Compose.FileTrees.Storage;

/// <summary>Trees whose contents are in a store.</summary>
public static class StoredTree
{
    /// <summary>A smaller file is read at once, so that one that the store has already is not written again.</summary>
    private const int SmallFile = 256 * 1024;

    /// <summary>Notes that a record is used which says what a tree holds. The contents' use is noted, too.</summary>
    /// <param name="store">The store of the record and the contents.</param>
    /// <param name="kind">The record's kind.</param>
    /// <param name="key">The record's key.</param>
    /// <param name="tree">What the record says.</param>
    /// <returns>False when the store no longer has all contents: the record is worth nothing then.</returns>
    public static bool TryUseRecord(this ContentStore store, string kind, Sha256Digest key, FileTree tree)
    {
        foreach (var item in tree.Items)
        {
            if (item.Entry is FileEntry { Content: BlobContent { IsPresent: false } })
            {
                return false;
            }
        }

        if (!store.WasUsedJustNow(kind, key))
        {
            store.NoteUse(kind, key);
        }

        return true;
    }

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
