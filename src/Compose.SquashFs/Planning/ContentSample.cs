using Compose.FileTrees.Storage;

namespace Compose.SquashFs.Planning;

/// <summary>
/// A part of a tree's contents that stands for all: blocks at equal distances in the sequence of all contents. Contents
/// known to be equal count once.
/// </summary>
internal sealed class ContentSample
{
    /// <summary>The number of blocks, which is 8 MiB at the default size.</summary>
    private const int MaximumBlocks = 64;

    private readonly List<FileContent> _contents = [];
    private readonly int _blockSize;

    public ContentSample(FileTree tree, int blockSize)
    {
        _blockSize = blockSize;
        var known = new HashSet<object>();
        foreach (var (_, entry) in tree.Items)
        {
            if (entry is FileEntry { Content: { Length: > 0 } content } && known.Add(content is BlobContent blob ? blob.Digest : content))
            {
                _contents.Add(content);
                TotalLength += content.Length;
            }
        }
    }

    /// <summary>The number of bytes that the sample stands for.</summary>
    public long TotalLength { get; private set; }

    /// <summary>Reads the sample.</summary>
    /// <exception cref="DiagnosticException">A content cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public List<byte[]> Read(CancellationToken cancellationToken)
    {
        var blockCount = (TotalLength + _blockSize - 1) / _blockSize;
        var sampleCount = (int)Math.Min(blockCount, MaximumBlocks);
        var blocks = new List<byte[]>(sampleCount);
        var content = 0;
        var contentStart = 0L;
        for (var i = 0; i < sampleCount; i++)
        {
            // The middles of as many equal parts.
            var start = (long)((Int128)blockCount * ((2 * i) + 1) / (2 * sampleCount)) * _blockSize;
            var block = new byte[Math.Min(_blockSize, TotalLength - start)];
            for (var filled = 0; filled < block.Length;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var offset = start + filled - contentStart;
                if (offset >= _contents[content].Length)
                {
                    contentStart += _contents[content++].Length;
                    continue;
                }

                var count = (int)Math.Min(block.Length - filled, _contents[content].Length - offset);
                ReadPart(_contents[content], offset, block.AsSpan(filled, count));
                filled += count;
            }

            blocks.Add(block);
        }

        return blocks;
    }

    private static void ReadPart(FileContent content, long offset, Span<byte> part)
    {
        try
        {
            using var stream = content.OpenRead();
            if (stream.CanSeek)
            {
                stream.Position = offset;
            }
            else
            {
                Skip(stream, offset);
            }

            // One that is shorter than it says is an error when it is packed, not here.
            stream.ReadAtLeast(part, part.Length, throwOnEndOfStream: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(
                SquashFsDiagnostics.ContentUnreadable.Create($"A file's content cannot be read: {e.Message}"), e);
        }
    }

    private static void Skip(Stream stream, long count)
    {
        var buffer = new byte[(int)Math.Min(count, 64 * 1024)];
        while (count > 0)
        {
            var read = stream.Read(buffer, 0, (int)Math.Min(count, buffer.Length));
            if (read == 0)
            {
                return;
            }

            count -= read;
        }
    }
}
