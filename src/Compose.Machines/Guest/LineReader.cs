namespace Compose.Machines.Guest;

/// <summary>Reads lines of bytes from a stream that may send anything, without keeping more than a limit.</summary>
/// <param name="stream">Where from.</param>
/// <param name="limit">The longest line in bytes, without its newline.</param>
internal sealed class LineReader(Stream stream, int limit)
{
    private byte[] buffer = new byte[64 * 1024];
    private int start;
    private int end;
    private int searched;

    /// <summary>The next line without its newline, valid until the next call; null at the end of the stream.</summary>
    /// <exception cref="InvalidDataException">A line is longer than the limit.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var newline = buffer.AsSpan(searched, end - searched).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                var line = buffer.AsMemory(start, searched + newline - start);
                start = searched = searched + newline + 1;
                return line;
            }

            searched = end;
            if (end - start > limit)
            {
                throw new InvalidDataException($"A line is longer than {limit} bytes.");
            }

            MakeRoom();
            var count = await stream.ReadAsync(buffer.AsMemory(end), cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                return null;
            }

            end += count;
        }
    }

    private void MakeRoom()
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            end -= start;
            searched -= start;
            start = 0;
        }

        if (end == buffer.Length)
        {
            Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, limit + 64L * 1024));
        }
    }
}
