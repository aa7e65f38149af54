using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;

namespace Compose.Formats.Tests.Zip;

/// <summary>Writes zip archives byte by byte, wrong ones too.</summary>
internal sealed class ZipBytes
{
    private readonly List<byte> _data = [];
    private readonly List<byte> _directory = [];
    private int _count;

    /// <summary>The number of entries to claim; null for the right one.</summary>
    public ushort? ClaimedCount { get; init; }

    /// <summary>Where the directory is claimed to begin; null for where it does.</summary>
    public uint? ClaimedStart { get; init; }

    public byte[] Comment { get; init; } = [];

    public ZipBytes File(string name, string content = "x", uint mode = 0x81A4) => Add(new Entry(name) { Content = Encoding.UTF8.GetBytes(content), Mode = mode });

    public ZipBytes Symlink(string name, string target) => File(name, target, 0xA1FF);

    public ZipBytes Add(Entry entry)
    {
        var content = entry.Deflated ?? (entry.Method == 8 ? Deflate(entry.Content) : entry.Content);
        var crc = entry.Crc ?? Crc32.HashToUInt32(entry.Content);
        var size = entry.ClaimedSize ?? (uint)entry.Content.Length;
        var packed = entry.ClaimedPackedSize ?? (uint)content.Length;
        var offset = entry.Offset ?? (uint)_data.Count;
        var name = entry.NameBytes ?? Encoding.UTF8.GetBytes(entry.Name);
        var localName = entry.LocalName is null ? name : Encoding.UTF8.GetBytes(entry.LocalName);
        var local = new byte[30];
        Put32(local, 0, 0x04034B50);
        Put16(local, 6, entry.LocalFlags ?? entry.Flags);
        Put16(local, 8, entry.LocalMethod ?? entry.Method);
        Put32(local, 14, entry.LocalCrc ?? crc);
        Put32(local, 18, packed);
        Put32(local, 22, entry.LocalSize ?? size);
        Put16(local, 26, (ushort)localName.Length);
        _data.AddRange(local);
        _data.AddRange(localName);
        _data.AddRange(content);
        var central = new byte[46];
        Put32(central, 0, 0x02014B50);
        central[5] = entry.Host;
        Put16(central, 8, entry.Flags);
        Put16(central, 10, entry.Method);
        Put16(central, 14, 0x5821);
        Put32(central, 16, crc);
        Put32(central, 20, packed);
        Put32(central, 24, size);
        Put16(central, 28, (ushort)name.Length);
        Put16(central, 30, (ushort)entry.Extra.Length);
        Put32(central, 38, entry.Mode << 16);
        Put32(central, 42, offset);
        _directory.AddRange(central);
        _directory.AddRange(name);
        _directory.AddRange(entry.Extra);
        _count++;
        return this;
    }

    public byte[] End()
    {
        var end = new byte[22];
        Put32(end, 0, 0x06054B50);
        Put16(end, 8, ClaimedCount ?? (ushort)_count);
        Put16(end, 10, ClaimedCount ?? (ushort)_count);
        Put32(end, 12, (uint)_directory.Count);
        Put32(end, 16, ClaimedStart ?? (uint)_data.Count);
        Put16(end, 20, (ushort)Comment.Length);
        return [.. _data, .. _directory, .. end, .. Comment];
    }

    public static byte[] Deflate(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var deflate = new DeflateStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflate.Write(content);
        }

        return packed.ToArray();
    }

    private static void Put16(byte[] bytes, int offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(offset), value);

    private static void Put32(byte[] bytes, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(offset), value);

    /// <summary>An entry, with what it claims where that is not the truth.</summary>
    internal sealed record Entry(string Name)
    {
        public byte[]? NameBytes { get; init; }

        public byte[] Content { get; init; } = "x"u8.ToArray();

        public byte[]? Deflated { get; init; }

        public uint Mode { get; init; } = 0x81A4;

        public byte Host { get; init; } = 3;

        public ushort Method { get; init; }

        public ushort Flags { get; init; }

        public byte[] Extra { get; init; } = [];

        public uint? Crc { get; init; }

        public uint? ClaimedSize { get; init; }

        public uint? ClaimedPackedSize { get; init; }

        public uint? Offset { get; init; }

        public string? LocalName { get; init; }

        public ushort? LocalFlags { get; init; }

        public ushort? LocalMethod { get; init; }

        public uint? LocalCrc { get; init; }

        public uint? LocalSize { get; init; }
    }
}
