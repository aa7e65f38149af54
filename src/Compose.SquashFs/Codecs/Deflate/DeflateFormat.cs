namespace Compose.SquashFs.Codecs.Deflate;

/// <summary>The numbers of RFC 1951.</summary>
internal static class DeflateFormat
{
    /// <summary>The shortest match.</summary>
    public const int MinimumMatch = 3;

    /// <summary>The longest match.</summary>
    public const int MaximumMatch = 258;

    /// <summary>The base two logarithm of the largest window.</summary>
    public const int MaximumWindowBits = 15;

    /// <summary>Literals, the end of the block, and lengths: as many as codes are written for.</summary>
    public const int LiteralSymbols = 286;

    /// <summary>The distances that codes are written for.</summary>
    public const int DistanceSymbols = 30;

    /// <summary>The symbols that the lengths of the codes are written in.</summary>
    public const int PrecodeSymbols = 19;

    /// <summary>The symbol that ends a block.</summary>
    public const int EndOfBlock = 256;

    /// <summary>The symbol of the shortest match.</summary>
    public const int FirstLengthSymbol = 257;

    /// <summary>The most bytes of one stored block.</summary>
    public const int MaximumStored = ushort.MaxValue;

    /// <summary>Bits beside the symbol, by length symbol from <see cref="FirstLengthSymbol"/> on.</summary>
    public static ReadOnlySpan<byte> LengthExtraBits => [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];

    /// <summary>The order in which the lengths of the precode's codes are written.</summary>
    public static ReadOnlySpan<byte> PrecodeOrder => [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    /// <summary>The shortest length of a length symbol, both from 0 on.</summary>
    public static ReadOnlySpan<byte> LengthBases =>
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 255];

    /// <summary>Bits beside a distance's symbol.</summary>
    public static int DistanceExtraBits(int symbol) => symbol < 2 ? 0 : (symbol >> 1) - 1;

    /// <summary>The bits of a literal's or length's code in the fixed code.</summary>
    public static int FixedLength(int symbol) => symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8;
}
