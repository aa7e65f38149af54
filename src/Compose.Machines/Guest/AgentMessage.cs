using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Compose.Machines.Guest;

/// <summary>A line that the agent sends.</summary>
internal abstract record AgentMessage
{
    private const int LongestIdentifier = 64;

    /// <summary>The agent has started.</summary>
    public sealed record Hello(GuestSession Session) : AgentMessage;

    /// <summary>A command has ended.</summary>
    public sealed record Result(
        long Id, int ExitCode, bool TimedOut, byte[] Output, byte[] Error, long OutputLength, long ErrorLength) : AgentMessage;

    /// <summary>Reads a line. What is neither message is null: remains of a line that a reset cut off.</summary>
    public static AgentMessage? Parse(ReadOnlySpan<byte> line)
    {
        Span<Range> fields = stackalloc Range[9];
        var count = line.Split(fields);
        if (count == 4 && line[fields[0]].SequenceEqual("hello"u8) && line[fields[1]].SequenceEqual("1"u8))
        {
            var boot = line[fields[2]];
            var session = line[fields[3]];
            return boot.Length <= LongestIdentifier && session.Length <= LongestIdentifier
                ? new Hello(new(Encoding.ASCII.GetString(boot), Encoding.ASCII.GetString(session)))
                : null;
        }

        if (count != 8 || !line[fields[0]].SequenceEqual("result"u8)
            || !TryParse(line[fields[1]], out var id)
            || !TryParse(line[fields[2]], out var exitCode) || exitCode > 255
            || !TryParse(line[fields[3]], out var timedOut)
            || !TryParse(line[fields[4]], out var outputLength)
            || !TryParse(line[fields[5]], out var errorLength)
            || Decode(line[fields[6]]) is not { } output
            || Decode(line[fields[7]]) is not { } error)
        {
            return null;
        }

        return new Result(id, (int)exitCode, timedOut == 1, output, error, outputLength, errorLength);
    }

    private static bool TryParse(ReadOnlySpan<byte> field, out long value) =>
        long.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static byte[]? Decode(ReadOnlySpan<byte> field)
    {
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(field.Length)];
        return Base64.DecodeFromUtf8(field, decoded, out _, out var written) == System.Buffers.OperationStatus.Done
            ? decoded.AsSpan(0, written).ToArray()
            : null;
    }
}

/// <summary>Splits a line at single spaces; empty fields count.</summary>
internal static class LineFields
{
    public static int Split(this ReadOnlySpan<byte> line, Span<Range> fields)
    {
        var count = 0;
        var start = 0;
        while (count < fields.Length)
        {
            var length = line[start..].IndexOf((byte)' ');
            fields[count++] = length < 0 ? start..line.Length : start..(start + length);
            if (length < 0)
            {
                break;
            }

            start += length + 1;
        }

        return count;
    }
}
