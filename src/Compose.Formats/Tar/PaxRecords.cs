using System.Buffers.Text;
using System.Text;
using Compose.FileTrees;

namespace Compose.Formats.Tar;

/// <summary>The values of PAX headers that matter: "LENGTH KEY=VALUE\n" records (POSIX.1-2017, pax).</summary>
internal sealed class PaxRecords
{
    private readonly Dictionary<string, byte[]> _attributes = [];

    public PaxRecords()
    {
    }

    /// <summary>Starts with the values of the archive's global headers, which have no extended attributes.</summary>
    public PaxRecords(PaxRecords global)
    {
        Path = global.Path;
        LinkPath = global.LinkPath;
        Size = global.Size;
        UserId = global.UserId;
        GroupId = global.GroupId;
        ModifiedTime = global.ModifiedTime;
        IsSparse = global.IsSparse;
    }

    public byte[]? Path { get; private set; }

    public byte[]? LinkPath { get; private set; }

    public long? Size { get; private set; }

    public long? UserId { get; private set; }

    public long? GroupId { get; private set; }

    /// <summary>Whole seconds, rounded down.</summary>
    public long? ModifiedTime { get; private set; }

    public bool IsSparse { get; private set; }

    public bool HasExtendedAttributes => _attributes.Count > 0;

    public ExtendedAttributes ExtendedAttributes =>
        _attributes.Count == 0
            ? ExtendedAttributes.Empty
            : new ExtendedAttributes(_attributes.Select(pair => new ExtendedAttribute(pair.Key, pair.Value)));

    public void Add(ReadOnlySpan<byte> records)
    {
        while (!records.IsEmpty)
        {
            if (!Utf8Parser.TryParse(records, out int length, out var digits)
                || length <= digits + 2 || length > records.Length
                || records[digits] != (byte)' ' || records[length - 1] != (byte)'\n')
            {
                throw new InvalidDataException("A PAX header of the tar archive is malformed.");
            }

            var record = records[(digits + 1)..(length - 1)];
            var equals = record.IndexOf((byte)'=');
            if (equals <= 0)
            {
                throw new InvalidDataException("A PAX header of the tar archive has a record without a value.");
            }

            Set(record[..equals], record[(equals + 1)..]);
            records = records[length..];
        }
    }

    private void Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.SequenceEqual("path"u8))
        {
            Path = Name(value);
        }
        else if (key.SequenceEqual("linkpath"u8))
        {
            LinkPath = Name(value);
        }
        else if (key.SequenceEqual("size"u8))
        {
            Size = Number(value) is >= 0 and var size ? size : throw new InvalidDataException("A PAX header has a negative size.");
        }
        else if (key.SequenceEqual("uid"u8))
        {
            UserId = Number(value);
        }
        else if (key.SequenceEqual("gid"u8))
        {
            GroupId = Number(value);
        }
        else if (key.SequenceEqual("mtime"u8))
        {
            ModifiedTime = Seconds(value);
        }
        else if (key.StartsWith("SCHILY.xattr."u8))
        {
            _attributes[Encoding.UTF8.GetString(key["SCHILY.xattr.".Length..])] = value.ToArray();
        }
        else if (key.StartsWith("GNU.sparse."u8))
        {
            IsSparse = true;
        }
    }

    private static byte[] Name(ReadOnlySpan<byte> value) =>
        value.Contains((byte)0) ? throw new InvalidDataException("A PAX header has a name with a NUL.") : value.ToArray();

    private static long Number(ReadOnlySpan<byte> value) =>
        Utf8Parser.TryParse(value, out long number, out var used) && used == value.Length
            ? number
            : throw new InvalidDataException("A PAX header has a number that is none.");

    private static long Seconds(ReadOnlySpan<byte> value)
    {
        var dot = value.IndexOf((byte)'.');
        var whole = Number(dot < 0 ? value : value[..dot]);
        var hasFraction = dot >= 0 && value[(dot + 1)..].IndexOfAnyExcept((byte)'0') >= 0;
        return value is [(byte)'-', ..] && hasFraction ? whole - 1 : whole;
    }
}
