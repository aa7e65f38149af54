namespace Compose.SquashFs.Codecs.Deflate;

/// <summary>How matches are chosen.</summary>
internal enum DeflateParse
{
    /// <summary>The latest occurrence, at once, from a table without chains.</summary>
    Fast,

    /// <summary>The longest match found, at once.</summary>
    Greedy,

    /// <summary>The longest match found, unless the next position has a better one.</summary>
    Lazy,

    /// <summary>The longest match found, unless one of the next two positions has a better one.</summary>
    Lazier,
}

/// <summary>
/// How hard matches are looked for. The numbers were chosen by measurements on programs, libraries and texts: sizes fall from
/// level to level, and 6 and 9 give about the size that zlib gives at these, in a third of the time.
/// </summary>
/// <param name="Parse">How matches are chosen.</param>
/// <param name="Depth">How many earlier positions are tried.</param>
/// <param name="NiceLength">A match of this length is taken at once.</param>
internal readonly record struct DeflateLevel(DeflateParse Parse, int Depth, int NiceLength)
{
    /// <summary>The levels that zlib numbers 1 to 9.</summary>
    public static DeflateLevel For(int level) => level switch
    {
        1 => new(DeflateParse.Fast, 1, 32),
        2 => new(DeflateParse.Greedy, 2, 12),
        3 => new(DeflateParse.Greedy, 4, 16),
        4 => new(DeflateParse.Lazy, 6, 32),
        5 => new(DeflateParse.Lazy, 8, 40),
        6 => new(DeflateParse.Lazy, 11, 48),
        7 => new(DeflateParse.Lazy, 60, 130),
        8 => new(DeflateParse.Lazier, 120, 258),
        _ => new(DeflateParse.Lazier, 300, 258),
    };
}
