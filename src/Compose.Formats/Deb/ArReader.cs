using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using Compose.FileTrees;
using Compose.Formats.Compression;

namespace Compose.Formats.Deb;

/// <summary>Reads the members of a Unix archive (ar, common format) forward; dpkg uses the subset without long names.</summary>
internal sealed class ArReader
{
    private const int HeaderSize = 60;
    private const int NameSize = 16;
    private const int SizeOffset = 48;
    private const int SizeSize = 10;

    private readonly Stream _source;
    private string _name = string.Empty;
    private long _size;
    private long _left;

    /// <exception cref="InvalidDataException">The stream is no such archive.</exception>
    public ArReader(Stream source)
    {
        _source = source;
        Span<byte> magic = stackalloc byte[8];
        if (source.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) < magic.Length || !magic.SequenceEqual("!<arch>\n"u8))
        {
            throw new InvalidDataException("it does not begin as an ar archive does");
        }
    }

    /// <summary>Goes to the next member; what was not read of the one before is skipped.</summary>
    /// <exception cref="InvalidDataException">The archive is damaged or truncated.</exception>
    public bool TryReadNext([NotNullWhen(true)] out Member? member)
    {
        SkipContent();
        Span<byte> header = stackalloc byte[HeaderSize];
        if ((_size & 1) != 0 && _source.Read(header[..1]) == 1 && header[0] != (byte)'\n')
        {
            throw new InvalidDataException($"the member '{_name}' has an odd size and is not padded");
        }

        member = null;
        var read = _source.ReadAtLeast(header, HeaderSize, throwOnEndOfStream: false);
        if (read == 0)
        {
            return false;
        }

        if (read < HeaderSize || header[58] != (byte)'`' || header[59] != (byte)'\n')
        {
            var place = _name.Length == 0 ? "the first member" : $"the member behind '{_name}'";
            throw new InvalidDataException($"the header of {place} is damaged or truncated");
        }

        var name = header[..NameSize].TrimEnd((byte)' ');
        if (name is [.., (byte)'/'])
        {
            name = name[..^1];
        }

        _name = TreePath.Describe(name);
        var digits = header.Slice(SizeOffset, SizeSize).TrimEnd((byte)' ');
        if (!Utf8Parser.TryParse(digits, out long size, out var used) || used != digits.Length || size < 0)
        {
            throw new InvalidDataException($"the size of the member '{_name}' is not a number");
        }

        _size = _left = size;
        member = new Member(this, _name, size);
        return true;
    }

    private int ReadContent(Span<byte> buffer)
    {
        if (_left == 0 || buffer.IsEmpty)
        {
            return 0;
        }

        var read = _source.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
        _left -= read;
        return read > 0 ? read : throw new InvalidDataException($"the member '{_name}' claims {_size} bytes and has {_left} fewer");
    }

    private void SkipContent()
    {
        Span<byte> buffer = stackalloc byte[4096];
        while (ReadContent(buffer) > 0)
        {
        }
    }

    /// <summary>A member's name and, as a stream, its content; the stream is valid until the reader goes on.</summary>
    public sealed class Member(ArReader archive, string name, long size) : ForwardStream
    {
        /// <summary>The name as text; control characters and what is not UTF-8 are escaped.</summary>
        public string Name { get; } = name;

        /// <summary>The size in bytes that the header claims.</summary>
        public long Size { get; } = size;

        public override int Read(Span<byte> buffer) => archive.ReadContent(buffer);
    }
}
