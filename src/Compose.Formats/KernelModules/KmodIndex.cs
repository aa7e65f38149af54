using System.Buffers.Binary;
using System.Text;
using Compose.Diagnostics;

namespace Compose.Formats.KernelModules;

/// <summary>
/// Writes kmod's index files (<c>modules.*.bin</c>, version 2.1): a radix tree of ASCII keys, each node written after its
/// children. A key may have several values, ordered by priority.
/// </summary>
internal sealed class KmodIndex
{
    private const uint Magic = 0xB007F457;
    private const uint Version = 0x0002_0001;
    private const uint HasPrefix = 0x8000_0000;
    private const uint HasValues = 0x4000_0000;
    private const uint HasChildren = 0x2000_0000;
    private const uint OffsetMask = 0x0FFF_FFFF;

    /// <summary>kmod's buffers for keys are that large (PATH_MAX).</summary>
    private const int MaximumKeyLength = 4095;

    private readonly Dictionary<string, List<(uint Priority, string Value)>> _values = [];

    /// <summary>Adds a value to a key. Values of one priority stand with the newest first, as depmod writes them.</summary>
    /// <exception cref="DiagnosticException">COMPOSE4602: the key is too long, or not ASCII.</exception>
    public void Add(string key, string value, int priority)
    {
        if (key.Length > MaximumKeyLength || !Ascii.IsValid(key))
        {
            throw new DiagnosticException(FormatDiagnostics.InvalidKernelModules.Create(
                $"The module '{value}' has an alias that cannot be indexed: it is longer than {MaximumKeyLength} characters or not ASCII.", value));
        }

        if (!_values.TryGetValue(key, out var values))
        {
            _values.Add(key, values = []);
        }

        var index = values.FindIndex(existing => existing.Priority >= priority);
        values.Insert(index < 0 ? values.Count : index, ((uint)priority, value));
    }

    /// <summary>Makes the file's bytes.</summary>
    public byte[] ToBytes()
    {
        var output = new MemoryStream();
        Write(output, Magic);
        Write(output, Version);
        Write(output, 0);
        var keys = _values.Keys.ToArray();
        Array.Sort(keys, StringComparer.Ordinal);
        var root = WriteNode(output, keys, start: 0, prefixLength: 0);
        var bytes = output.ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(8), root);
        return bytes;
    }

    private static void Write(MemoryStream output, uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        output.Write(bytes);
    }

    private static void Write(MemoryStream output, ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[256];
        for (; !text.IsEmpty; text = text[Math.Min(text.Length, bytes.Length)..])
        {
            output.Write(bytes[..Encoding.Latin1.GetBytes(text[..Math.Min(text.Length, bytes.Length)], bytes)]);
        }

        output.WriteByte(0);
    }

    private static int CommonPrefix(ReadOnlySpan<string> sortedKeys, int start) =>
        sortedKeys[0].AsSpan(start).CommonPrefixLength(sortedKeys[^1].AsSpan(start));

    /// <summary>Writes the node of the keys, which agree up to <paramref name="start"/> plus the prefix.</summary>
    /// <returns>The node's offset and flags.</returns>
    private uint WriteNode(MemoryStream output, ReadOnlySpan<string> sortedKeys, int start, int prefixLength)
    {
        var position = start + prefixLength;
        var own = sortedKeys.Length > 0 && sortedKeys[0].Length == position ? sortedKeys[0] : null;
        var below = own is null ? sortedKeys : sortedKeys[1..];
        var children = WriteChildren(output, below, position);

        var offset = (uint)output.Position;
        if (output.Position > OffsetMask)
        {
            throw new DiagnosticException(FormatDiagnostics.InvalidKernelModules.Create(
                "The kernel modules have more aliases than an index file of kmod can hold (256 MiB)."));
        }

        if (prefixLength > 0)
        {
            Write(output, sortedKeys[0].AsSpan(start, prefixLength));
            offset |= HasPrefix;
        }

        if (children.Length > 0)
        {
            output.WriteByte((byte)below[0][position]);
            output.WriteByte((byte)below[^1][position]);
            foreach (var child in children)
            {
                Write(output, child);
            }

            offset |= HasChildren;
        }

        if (own is not null)
        {
            var values = _values[own];
            Write(output, (uint)values.Count);
            foreach (var (priority, value) in values)
            {
                Write(output, priority);
                Write(output, value);
            }

            offset |= HasValues;
        }

        return offset;
    }

    /// <summary>Writes the nodes for each next character; characters between the first and the last without one have 0.</summary>
    private uint[] WriteChildren(MemoryStream output, ReadOnlySpan<string> keys, int position)
    {
        if (keys.IsEmpty)
        {
            return [];
        }

        var first = keys[0][position];
        var offsets = new uint[keys[^1][position] - first + 1];
        while (!keys.IsEmpty)
        {
            var character = keys[0][position];
            var count = 1;
            while (count < keys.Length && keys[count][position] == character)
            {
                count++;
            }

            var group = keys[..count];
            offsets[character - first] = WriteNode(output, group, position + 1, CommonPrefix(group, position + 1));
            keys = keys[count..];
        }

        return offsets;
    }
}
