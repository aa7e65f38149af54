using System.Diagnostics.CodeAnalysis;
using Compose.FileTrees;

namespace Compose.Formats.Tar;

/// <summary>
/// Reads a tar archive forward: v7, ustar, GNU (long names, base-256 numbers) and PAX (POSIX.1-2001).
/// </summary>
/// <remarks>
/// System.Formats.Tar gives names and PAX values as text and so loses what is not UTF-8: such file names, and the binary
/// values of extended attributes such as <c>security.capability</c>. It also reads PAX headers of any size into memory.
/// </remarks>
/// <param name="source">The archive, not compressed.</param>
/// <param name="mayLackEnd">
/// Whether the archive may end behind an entry's content, without padding and end mark, as some writers leave it. Only for one
/// whose digest is known: an archive that was cut off there looks the same.
/// </param>
public sealed class TarReader(Stream source, bool mayLackEnd = false)
{
    private const int BlockSize = 512;

    /// <summary>
    /// The most bytes of PAX headers and long names that may stand before one entry, and of those for all entries: they are
    /// kept in memory until an entry takes them.
    /// </summary>
    private const int MaximumExtension = 1024 * 1024;

    private readonly byte[] _block = new byte[BlockSize];
    private readonly PaxRecords _global = new();
    private long _contentLeft;
    private int _padding;
    private int _globalBytes;
    private bool _hasEntries;

    /// <summary>Goes to the next entry; what was not read of the content before it is skipped.</summary>
    /// <exception cref="InvalidDataException">The archive is damaged, truncated, or uses a feature that is not known.</exception>
    public bool TryReadNext([NotNullWhen(true)] out TarEntry? entry)
    {
        SkipContent();
        var local = new PaxRecords(_global);
        byte[]? longName = null;
        byte[]? longLink = null;
        var localBytes = 0;
        var mayEnd = mayLackEnd && _hasEntries;
        while (ReadHeader(mayEnd))
        {
            mayEnd = false;
            var size = Number(TarHeader.Size);
            switch ((char)_block[TarHeader.TypeFlag])
            {
                case 'x':
                    local.Add(ReadExtension(size, ref localBytes));
                    break;
                case 'g':
                    _global.Add(ReadExtension(size, ref _globalBytes));
                    if (_global.HasExtendedAttributes)
                    {
                        // No program writes such archives, and each entry would have all of them.
                        throw new InvalidDataException("The tar archive gives all its entries extended attributes, which is not supported.");
                    }

                    local = new PaxRecords(_global);
                    break;
                case 'L':
                    longName = UntilNul(ReadExtension(size, ref localBytes));
                    break;
                case 'K':
                    longLink = UntilNul(ReadExtension(size, ref localBytes));
                    break;
                default:
                    entry = MakeEntry(size, local, longName, longLink);
                    _contentLeft = entry.Length;
                    _padding = Padding(entry.Length);
                    _hasEntries = true;
                    return true;
            }
        }

        entry = null;
        return false;
    }

    /// <summary>Whether a block of 512 bytes is a header: its checksum is right.</summary>
    public static bool IsHeader(ReadOnlySpan<byte> block)
    {
        var (unsigned, signed) = TarHeader.Checksums(block);
        Span<byte> digits = stackalloc byte[8];
        block[TarHeader.Checksum].CopyTo(digits);
        var text = digits.Trim(" \0"u8);
        var value = 0;
        foreach (var digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'7')
            {
                return false;
            }

            value = (value * 8) + (digit - '0');
        }

        return !text.IsEmpty && (value == unsigned || value == signed);
    }

    /// <summary>Where the source stands, in bytes. Only for a source that can be positioned.</summary>
    public long Position => source.Position;

    /// <summary>Reads from the content of the current entry.</summary>
    /// <returns>The number of bytes; 0 at the content's end.</returns>
    /// <exception cref="InvalidDataException">The archive is truncated.</exception>
    public int ReadContent(Span<byte> buffer)
    {
        if (_contentLeft == 0 || buffer.IsEmpty)
        {
            return 0;
        }

        var read = source.Read(buffer[..(int)Math.Min(buffer.Length, _contentLeft)]);
        if (read == 0)
        {
            throw Truncated();
        }

        _contentLeft -= read;
        return read;
    }

    private static int Padding(long size) => (int)(-size & (BlockSize - 1));

    private static InvalidDataException Truncated() => new("The tar archive is truncated.");

    private static byte[] UntilNul(byte[] bytes)
    {
        var end = bytes.AsSpan().IndexOf((byte)0);
        return end < 0 ? bytes : bytes[..end];
    }

    private TarEntry MakeEntry(long size, PaxRecords pax, byte[]? longName, byte[]? longLink)
    {
        var name = pax.Path ?? longName ?? HeaderName();
        if (pax.IsSparse)
        {
            throw new InvalidDataException($"'{TarEntry.Describe(name)}' is stored as a sparse file, which is not supported.");
        }

        var kind = Kind(name);
        return new TarEntry
        {
            Kind = kind,
            Name = name,
            LinkName = kind is TarEntryKind.HardLink or TarEntryKind.Symlink
                ? pax.LinkPath ?? longLink ?? UntilNul(_block[TarHeader.LinkName])
                : [],
            Length = kind == TarEntryKind.File ? ContentSize(pax.Size ?? size) : 0,
            Metadata = new EntryMetadata
            {
                Permissions = (ushort)(Number(TarHeader.Mode) & EntryMetadata.PermissionMask),
                UserId = Owner(pax.UserId ?? Number(TarHeader.UserId)),
                GroupId = Owner(pax.GroupId ?? Number(TarHeader.GroupId)),
                ModifiedTime = pax.ModifiedTime ?? Number(TarHeader.ModifiedTime),
                ExtendedAttributes = pax.ExtendedAttributes,
            },
            DeviceMajor = kind is TarEntryKind.BlockDevice or TarEntryKind.CharacterDevice ? Owner(Number(TarHeader.DeviceMajor)) : 0,
            DeviceMinor = kind is TarEntryKind.BlockDevice or TarEntryKind.CharacterDevice ? Owner(Number(TarHeader.DeviceMinor)) : 0,
        };
    }

    private TarEntryKind Kind(byte[] name) => (char)_block[TarHeader.TypeFlag] switch
    {
        // Before ustar a directory was a file whose name ends in a slash.
        '0' or '\0' or '7' => name is [.., (byte)'/'] ? TarEntryKind.Directory : TarEntryKind.File,
        '1' => TarEntryKind.HardLink,
        '2' => TarEntryKind.Symlink,
        '3' => TarEntryKind.CharacterDevice,
        '4' => TarEntryKind.BlockDevice,
        '5' => TarEntryKind.Directory,
        '6' => TarEntryKind.Fifo,
        var other => throw new InvalidDataException(
            $"'{TarEntry.Describe(name)}' is a tar entry of type 0x{(int)other:x2}, which is not supported."),
    };

    private byte[] HeaderName()
    {
        var name = UntilNul(_block[TarHeader.Name]);

        // Only POSIX's magic says that the prefix is one; GNU's has times there.
        var prefix = _block.AsSpan(TarHeader.Magic).SequenceEqual("ustar\0"u8) ? UntilNul(_block[TarHeader.Prefix]) : [];
        return prefix.Length == 0 ? name : [.. prefix, (byte)'/', .. name];
    }

    private static long ContentSize(long value) =>
        value >= 0 ? value : throw new InvalidDataException("The tar archive holds a negative size.");

    private static uint Owner(long value) =>
        value is >= 0 and <= uint.MaxValue ? (uint)value : throw new InvalidDataException($"The tar archive holds the number {value}, which is not an owner or device.");

    /// <summary>Reads a header block.</summary>
    /// <returns>False at the archive's end mark, or where it ends without one and may.</returns>
    private bool ReadHeader(bool mayEnd)
    {
        var read = source.ReadAtLeast(_block, BlockSize, throwOnEndOfStream: false);
        if (read < BlockSize)
        {
            return read == 0 && mayEnd ? false : throw Truncated();
        }

        if (_block.AsSpan().IndexOfAnyExcept((byte)0) < 0)
        {
            return false;
        }

        var (unsigned, signed) = TarHeader.Checksums(_block);
        var stored = Number(TarHeader.Checksum);
        return stored == unsigned || stored == signed
            ? true
            : throw new InvalidDataException("A header of the tar archive has a wrong checksum.");
    }

    /// <summary>Reads a PAX header or long name.</summary>
    /// <param name="size">Its size in bytes.</param>
    /// <param name="total">The bytes of those before it that are still kept.</param>
    private byte[] ReadExtension(long size, ref int total)
    {
        if (size < 0 || size > MaximumExtension - BlockSize - total)
        {
            throw new InvalidDataException(
                $"A header of the tar archive claims {size} bytes of names or attributes. With the headers before it these are more than the {MaximumExtension} that are allowed.");
        }

        total += BlockSize + (int)size;
        var bytes = new byte[size];
        if (source.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
        {
            throw Truncated();
        }

        Skip(Padding(size));
        return bytes;
    }

    /// <summary>A number: octal digits, or big-endian base 256 when the first bit is set (GNU).</summary>
    private long Number(Range range)
    {
        var field = _block.AsSpan(range);
        if ((field[0] & 0x80) != 0)
        {
            return Base256(field);
        }

        var digits = field.Trim(" \0"u8);
        if (digits.IsEmpty)
        {
            return 0;
        }

        var value = 0L;
        foreach (var digit in digits)
        {
            // Some writers put other fields' rest behind a NUL.
            if (digit is 0 or (byte)' ')
            {
                break;
            }

            value = digit is >= (byte)'0' and <= (byte)'7'
                ? (value << 3) | (uint)(digit - '0')
                : throw new InvalidDataException("A number in a header of the tar archive is not octal.");
        }

        return value;
    }

    private static long Base256(ReadOnlySpan<byte> field)
    {
        var negative = (field[0] & 0x40) != 0;
        var value = negative ? -1L : 0L;
        for (var i = 0; i < field.Length; i++)
        {
            var part = i == 0 ? (byte)(negative ? field[0] : field[0] & 0x7F) : field[i];
            if (value is > (long.MaxValue >> 8) or < (long.MinValue >> 8))
            {
                throw new InvalidDataException("A number in a header of the tar archive is too large.");
            }

            value = (value << 8) | part;
        }

        return value;
    }

    private void SkipContent()
    {
        if (mayLackEnd)
        {
            Skip(_contentLeft);
            source.ReadAtLeast(_block.AsSpan(0, _padding), _padding, throwOnEndOfStream: false);
        }
        else
        {
            Skip(_contentLeft + _padding);
        }

        _contentLeft = 0;
        _padding = 0;
    }

    private void Skip(long count)
    {
        if (count == 0)
        {
            return;
        }

        if (source.CanSeek)
        {
            source.Position = count <= source.Length - source.Position ? source.Position + count : throw Truncated();
            return;
        }

        var buffer = System.Buffers.ArrayPool<byte>.Shared.Rent((int)Math.Min(count, 64 * 1024));
        try
        {
            while (count > 0)
            {
                var read = source.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, count)));
                if (read == 0)
                {
                    throw Truncated();
                }

                count -= read;
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
