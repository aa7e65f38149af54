namespace Compose.SquashFs.Tests.Samples;

/// <summary>Compressions for tests.</summary>
internal static class SampleCompressions
{
    /// <summary>The compression at a level that does not take long.</summary>
    public static SquashFsCompression Fast(string name)
    {
        var compression = SquashFsCompression.Parse(name);
        return compression.Levels is { } levels ? compression.WithLevel(Math.Max(levels.Minimum, 1)) : compression;
    }
}
