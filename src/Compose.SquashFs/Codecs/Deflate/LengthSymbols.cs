namespace Compose.SquashFs.Codecs.Deflate;

/// <summary>The symbols of all lengths.</summary>
internal static class LengthSymbols
{
    /// <summary>By length: the symbol less <see cref="DeflateFormat.FirstLengthSymbol"/>.</summary>
    public static readonly byte[] Indexes = MakeIndexes();

    private static byte[] MakeIndexes()
    {
        var indexes = new byte[DeflateFormat.MaximumMatch + 1];
        for (var index = 0; index < DeflateFormat.LengthBases.Length; index++)
        {
            indexes.AsSpan(DeflateFormat.MinimumMatch + DeflateFormat.LengthBases[index]).Fill((byte)index);
        }

        return indexes;
    }
}
