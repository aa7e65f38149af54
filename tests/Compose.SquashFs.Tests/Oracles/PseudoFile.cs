using System.Globalization;
using System.Text;

namespace Compose.SquashFs.Tests.Oracles;

/// <summary>
/// Reads what <c>unsquashfs -pf</c> writes: every inode with owners, modes, times, devices, hard links and contents, with
/// no need to be root. It does not tell extended attributes.
/// </summary>
internal sealed class PseudoFile
{
    private static readonly byte[] DataMark = [.. "#\n# START OF DATA - DO NOT MODIFY\n#\n"u8];

    private readonly byte[] _bytes;
    private readonly int _dataStart;
    private int _position;

    private PseudoFile(byte[] bytes)
    {
        _bytes = bytes;
        var mark = bytes.AsSpan().IndexOf(DataMark);
        _dataStart = mark < 0 ? bytes.Length : mark + DataMark.Length;
        End = mark < 0 ? bytes.Length : mark;
    }

    private int End { get; }

    public static Observation Parse(byte[] bytes)
    {
        var file = new PseudoFile(bytes);
        var observation = new Observation();
        while (file._position < file.End)
        {
            file.ReadInode(observation);
        }

        return observation;
    }

    private void ReadInode(Observation observation)
    {
        var path = ReadPath();
        var line = _bytes.AsSpan(_position, End - _position);
        var end = line.IndexOf((byte)'\n');
        line = end < 0 ? line : line[..end];
        _position += line.Length + 1;

        var text = Encoding.Latin1.GetString(line);
        if (text.StartsWith("L ", StringComparison.Ordinal))
        {
            observation.Link(path, text[2..]);
            return;
        }

        // Type, time, mode, owner, group, and what the type needs.
        var fields = text.Split(' ', 6);
        var (kind, content) = Describe(fields[0], fields.Length > 5 ? fields[5] : "");
        observation.Add(path, new ObservedInode(
            kind,
            Convert.ToInt32(fields[2], 8),
            $"{ParseId(fields[3])}:{ParseId(fields[4])}",
            long.Parse(fields[1], CultureInfo.InvariantCulture),
            content,
            ""));
    }

    private (string Kind, string Content) Describe(string type, string rest) => type switch
    {
        "D" => ("directory", ""),
        "R" => ("file", DescribeContent(rest)),
        "S" => ("symlink", rest),
        "B" => ("block", DescribeDevice(rest)),
        "C" => ("character", DescribeDevice(rest)),
        "I" => (rest == "s" ? "socket" : "fifo", ""),
        _ => throw new InvalidDataException($"Unknown type '{type}'."),
    };

    // Ids are printed as signed numbers.
    private static uint ParseId(string text) => unchecked((uint)long.Parse(text, CultureInfo.InvariantCulture));

    private static string DescribeDevice(string rest)
    {
        // Not the numbers are printed, but the inode's 32 bits: the upper 24, signed, and the lower 8.
        var fields = rest.Split(' ');
        var encoded = unchecked((uint)(int.Parse(fields[0], CultureInfo.InvariantCulture) << 8)
            | uint.Parse(fields[1], CultureInfo.InvariantCulture));
        return $"{(encoded >> 8) & 0xFFF},{(encoded & 0xFF) | ((encoded >> 12) & 0xFFF00)}";
    }

    private string DescribeContent(string rest)
    {
        // Size, place, and whether it is sparse.
        var fields = rest.Split(' ');
        var size = int.Parse(fields[0], CultureInfo.InvariantCulture);
        var offset = int.Parse(fields[1], CultureInfo.InvariantCulture);
        return ObservedInode.DescribeFile(_bytes.AsSpan(_dataStart + offset, size));
    }

    private string ReadPath()
    {
        var path = new StringBuilder();
        for (; _bytes[_position] != ' '; _position++)
        {
            if (_bytes[_position] == '\\')
            {
                _position++;
            }

            path.Append((char)_bytes[_position]);
        }

        _position++;
        return path.ToString() is "/" ? "" : path.ToString();
    }
}
