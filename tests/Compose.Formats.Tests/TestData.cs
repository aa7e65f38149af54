namespace Compose.Formats.Tests;

/// <summary>Bytes for tests, the same in every run.</summary>
internal static class TestData
{
    /// <summary>Bytes without a pattern.</summary>
    public static byte[] Noise(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
