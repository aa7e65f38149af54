namespace Compose.Formats.Fat;

/// <summary>A date and a time as FAT packs them.</summary>
internal readonly record struct FatTime(ushort Date, ushort Time)
{
    private const int FirstYear = 1980;
    private const int LastYear = FirstYear + 127;

    /// <summary>The nearest time that FAT can express.</summary>
    public static FatTime From(DateTimeOffset time)
    {
        var utc = time.UtcDateTime;
        if (utc.Year < FirstYear)
        {
            utc = new DateTime(FirstYear, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        }
        else if (utc.Year > LastYear)
        {
            utc = new DateTime(LastYear, 12, 31, 23, 59, 58, DateTimeKind.Utc);
        }

        return new FatTime(
            (ushort)(((utc.Year - FirstYear) << 9) | (utc.Month << 5) | utc.Day),
            (ushort)((utc.Hour << 11) | (utc.Minute << 5) | (utc.Second / 2)));
    }
}
