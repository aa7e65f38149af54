namespace Compose.Formats.Deb;

/// <summary>
/// Reads a file of paragraphs separated by empty lines, such as a repository's <c>Packages</c>, from a stream. The buffer
/// holds one paragraph at a time and is used again.
/// </summary>
public sealed class Deb822Reader(Stream source, int maximumParagraph = Deb822Reader.DefaultMaximumParagraph)
{
    /// <summary>The largest paragraph that is accepted unless said otherwise, in bytes.</summary>
    public const int DefaultMaximumParagraph = 16 * 1024 * 1024;

    private byte[] _buffer = new byte[256 * 1024];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Reads the next paragraph's bytes. They are valid until the next call.</summary>
    /// <returns>False at the file's end.</returns>
    /// <exception cref="InvalidDataException">A paragraph is larger than allowed.</exception>
    public bool TryRead(out ReadOnlyMemory<byte> paragraph)
    {
        while (true)
        {
            SkipNewlines();
            if (_start < _end || _ended)
            {
                break;
            }

            Fill();
        }

        var searched = 0;
        while (true)
        {
            var index = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf("\n\n"u8);
            if (index >= 0 || _ended)
            {
                var length = index >= 0 ? searched + index + 1 : _end - _start;
                paragraph = _buffer.AsMemory(_start, length);
                _start += length;
                return length > 0;
            }

            searched = Math.Max(0, _end - _start - 1);
            Fill();
        }
    }

    private void SkipNewlines()
    {
        while (_start < _end && _buffer[_start] is (byte)'\n' or (byte)'\r')
        {
            _start++;
        }
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= maximumParagraph)
            {
                throw new InvalidDataException($"A paragraph is larger than {maximumParagraph} bytes.");
            }

            Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, maximumParagraph));
        }

        var read = source.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _ended = read == 0;
    }
}
