namespace Compose.Machines.Guest;

/// <summary>Reads lines of bytes from a stream that may send anything, without keeping more than a limit.</summary>
/// <param name="stream">Where from.</param>
/// <param name="limit">The longest line in bytes, without its newline.</param>
internal sealed class LineReader(Stream stream, int limit)
{
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private int _searched;

    /// <summary>The next line without its newline, valid until the next call; null at the end of the stream.</summary>
    /// <exception cref="InvalidDataException">A line is longer than the limit.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var newline = _buffer.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                var line = _buffer.AsMemory(_start, _searched + newline - _start);
                _start = _searched = _searched + newline + 1;
                return line;
            }

            _searched = _end;
            if (_end - _start > limit)
            {
                throw new InvalidDataException($"A line is longer than {limit} bytes.");
            }

            MakeRoom();
            var count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                return null;
            }

            _end += count;
        }
    }

    private void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _searched -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, (int)Math.Min(_buffer.Length * 2L, limit + 64L * 1024));
        }
    }
}
