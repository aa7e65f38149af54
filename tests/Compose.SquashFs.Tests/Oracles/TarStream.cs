using System.Globalization;
using System.Text;

namespace Compose.SquashFs.Tests.Oracles;

/// <summary>
/// Reads tar as sqfs2tar and GNU tar write it. System.Formats.Tar takes names for UTF-8 and loses other bytes, which are
/// what some tests are about.
/// </summary>
internal sealed class TarStream
{
    private const int BlockSize = 512;

    private readonly byte[] _bytes;
    private readonly string _root;
    private int _position;

    private TarStream(byte[] bytes, string root)
    {
        _bytes = bytes;
        _root = root;
    }

    /// <summary>Reads a stream whose names all begin with the name of the root.</summary>
    public static Observation Parse(byte[] bytes, string root)
    {
        var stream = new TarStream(bytes, root);
        var observation = new Observation();
        while (stream._position < bytes.Length && bytes[stream._position] != 0)
        {
            stream.ReadEntry(observation);
        }

        return observation;
    }

    private void ReadEntry(Observation observation)
    {
        string? longName = null;
        string? longTarget = null;
        var records = new Dictionary<string, byte[]>();
        while (true)
        {
            var header = _bytes.AsSpan(_position, BlockSize);
            var type = (char)header[156];
            var size = records.TryGetValue("size", out var sizeText) && type is not ('x' or 'L' or 'K')
                ? long.Parse(sizeText, CultureInfo.InvariantCulture)
                : Number(header[124..136]);
            var content = _bytes.AsSpan(_position + BlockSize, (int)size);
            _position += BlockSize + ((int)(size + BlockSize - 1) / BlockSize * BlockSize);
            switch (type)
            {
                case 'L':
                    longName = Text(content);
                    continue;
                case 'K':
                    longTarget = Text(content);
                    continue;
                case 'x':
                    ReadRecords(content, records);
                    continue;
            }

            var name = records.TryGetValue("path", out var path) ? Text(path) : longName ?? Name(header);
            var target = records.TryGetValue("linkpath", out var link) ? Text(link) : longTarget ?? Text(header[157..257]);
            if (type == '1')
            {
                observation.Link(Relative(name), Relative(target));
                return;
            }

            observation.Add(Relative(name), new ObservedInode(
                KindOf(type),
                (int)Number(header[100..108]) & 0xFFF,
                $"{Field(records, "uid", header[108..116])}:{Field(records, "gid", header[116..124])}",
                Field(records, "mtime", header[136..148]),
                type switch
                {
                    '0' or '\0' => ObservedInode.DescribeFile(content),
                    '2' => target,
                    '3' or '4' => $"{Number(header[329..337])},{Number(header[337..345])}",
                    _ => "",
                },
                DescribeAttributes(records)));
            return;
        }
    }

    private static string KindOf(char type) => type switch
    {
        '0' or '\0' => "file",
        '2' => "symlink",
        '3' => "character",
        '4' => "block",
        '5' => "directory",
        '6' => "fifo",
        _ => throw new InvalidDataException($"Unknown tar type '{type}'."),
    };

    private static long Field(Dictionary<string, byte[]> records, string key, ReadOnlySpan<byte> field) =>
        records.TryGetValue(key, out var text)
            ? (long)decimal.Parse(Text(text), CultureInfo.InvariantCulture)
            : Number(field);

    private static string DescribeAttributes(Dictionary<string, byte[]> records)
    {
        const string Prefix = "SCHILY.xattr.";
        return string.Join(' ', records
            .Where(record => record.Key.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(record => $"{record.Key[Prefix.Length..]}={Convert.ToHexStringLower(record.Value)}")
            .Order(StringComparer.Ordinal));
    }

    private static void ReadRecords(ReadOnlySpan<byte> content, Dictionary<string, byte[]> records)
    {
        while (!content.IsEmpty)
        {
            var space = content.IndexOf((byte)' ');
            var length = int.Parse(content[..space], CultureInfo.InvariantCulture);
            var record = content[(space + 1)..(length - 1)];
            var equals = record.IndexOf((byte)'=');
            records[Encoding.Latin1.GetString(record[..equals])] = record[(equals + 1)..].ToArray();
            content = content[length..];
        }
    }

    private static long Number(ReadOnlySpan<byte> field)
    {
        if ((field[0] & 0x80) != 0)
        {
            var value = (long)(field[0] & 0x3F);
            foreach (var octet in field[1..])
            {
                value = (value << 8) | octet;
            }

            return value;
        }

        var text = Text(field).Trim(' ');
        return text.Length == 0 ? 0 : Convert.ToInt64(text, 8);
    }

    private static string Name(ReadOnlySpan<byte> header)
    {
        var prefix = header[257..263].SequenceEqual("ustar\0"u8) ? Text(header[345..500]) : "";
        var name = Text(header[..100]);
        return prefix.Length > 0 ? $"{prefix}/{name}" : name;
    }

    private static string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? field : field[..end]);
    }

    private string Relative(string name)
    {
        name = name.TrimEnd('/');
        Assert.StartsWith(_root, name, StringComparison.Ordinal);
        return name[_root.Length..].TrimStart('/');
    }
}
