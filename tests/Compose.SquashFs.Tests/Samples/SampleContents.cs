namespace Compose.SquashFs.Tests.Samples;

/// <summary>Bytes for files: the same for the same arguments.</summary>
internal static class SampleContents
{
    /// <summary>Bytes that no codec can shrink.</summary>
    public static byte[] Noise(int length, ulong seed)
    {
        // SplitMix64 (Steele, Lea, Flood 2014): .NET's Random promises no sequence.
        var bytes = new byte[(length + 7) / 8 * 8];
        var state = seed;
        for (var i = 0; i < bytes.Length; i += 8)
        {
            state += 0x9E3779B97F4A7C15;
            var z = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            BitConverter.TryWriteBytes(bytes.AsSpan(i), z ^ (z >> 31));
        }

        return bytes[..length];
    }

    /// <summary>Bytes that shrink to about a third.</summary>
    public static byte[] Text(int length, ulong seed)
    {
        var bytes = Noise(length, seed);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = "etaoin s"u8[bytes[i] & 7];
        }

        return bytes;
    }

    public static FileEntry File(ReadOnlyMemory<byte> bytes, EntryMetadata? metadata = null) =>
        new(metadata ?? EntryMetadata.File, new BytesContent(bytes));
}
