namespace Compose.Formats.Tar;

/// <summary>
/// How much an archive may hold. Beyond a limit, reading ends with a diagnostic. What the default limits allow can be read with
/// less than 512 MiB of memory.
/// </summary>
public sealed record ArchiveLimits
{
    /// <summary>Limits that every package of Debian stays far below.</summary>
    public static ArchiveLimits Default { get; } = new();

    /// <summary>The most bytes an archive may unpack to. Default: 16 GiB.</summary>
    public long UnpackedBytes { get; init; } = 16L << 30;

    /// <summary>The most entries, with the directories that names lead through. Default: 500,000.</summary>
    public int Entries { get; init; } = 500_000;

    /// <summary>The most components of a path. Default: 256.</summary>
    public int Depth { get; init; } = 256;

    /// <summary>
    /// The most bytes of names, link targets and extended attributes, with the directories that names lead through.
    /// Default: 64 MiB.
    /// </summary>
    public long NameBytes { get; init; } = 64L << 20;

    /// <summary>
    /// How many times its packed size an archive may unpack to, once it is beyond <see cref="UnpackedBytesWithoutRatio"/>.
    /// Default: 1000.
    /// </summary>
    public int Ratio { get; init; } = 1000;

    /// <summary>Up to this many bytes the ratio does not matter. Default: 256 MiB.</summary>
    public long UnpackedBytesWithoutRatio { get; init; } = 256L << 20;

    /// <summary>The most bytes that an archive of <paramref name="packedBytes"/> may unpack to.</summary>
    public long UnpackedBytesFor(long packedBytes) =>
        Math.Min(UnpackedBytes, Math.Max(UnpackedBytesWithoutRatio, packedBytes > long.MaxValue / Ratio ? long.MaxValue : packedBytes * Ratio));
}
