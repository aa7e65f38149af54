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

    /// <summary>The time in seconds since 1970, taken for UTC; 0 for what is no time.</summary>
    public static long ToUnixTime(ushort date, ushort time)
    {
        var (year, month, day) = (FirstYear + (date >> 9), (date >> 5) & 15, date & 31);
        var (hour, minute, second) = (time >> 11, (time >> 5) & 63, (time & 31) * 2);
        return month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month) && hour < 24 && minute < 60 && second < 60
            ? new DateTimeOffset(year, month, day, hour, minute, second, TimeSpan.Zero).ToUnixTimeSeconds()
            : 0;
    }
}
