using System.Numerics;

namespace Compose.SquashFs.Codecs.Deflate;

/// <summary>What symbols cost in an ideal code, in parts of a bit. Whole numbers alone, so that it is the same everywhere.</summary>
internal static unsafe class SymbolCost
{
    /// <summary>The base two logarithm of how many parts a bit has.</summary>
    public const int FractionBits = 8;

    private const int TableBits = 12;

    /// <summary>For n: n * log2 n.</summary>
    private static readonly int[] Products = MakeProducts();

    /// <summary>The cost of all symbols of a kind, by their frequencies: each takes as many bits as its probability says.</summary>
    /// <param name="frequencies">How often each symbol occurs.</param>
    /// <param name="count">The number of symbols.</param>
    /// <param name="used">Counts up by the symbols that occur.</param>
    public static long Of(int* frequencies, int count, ref int used)
    {
        var total = 0;
        var sum = 0L;
        var products = Products;
        for (var i = 0; i < count; i++)
        {
            var frequency = frequencies[i];
            // No branch on 0, which cannot be foreseen: its product is 0.
            used += frequency == 0 ? 0 : 1;
            total += frequency;
            sum += (uint)frequency < (uint)products.Length ? products[frequency] : Product(frequency);
        }

        return total == 0 ? 0 : Product(total) - sum;
    }

    /// <summary>n * log2 n; above the table, with a straight line between its entries.</summary>
    private static long Product(int n)
    {
        var shift = Math.Max(0, BitOperations.Log2((uint)n) + 1 - TableBits);
        var index = n >> shift;
        var rest = n - (index << shift);
        long lower = Products[index];
        var product = (lower << shift) + ((Products[index + 1] - lower) * rest);
        return product + (((long)n * shift) << FractionBits);
    }

    private static int[] MakeProducts()
    {
        var products = new int[(1 << TableBits) + 1];
        for (var n = 1; n < products.Length; n++)
        {
            // The logarithm's bits behind the point, from the highest: squaring doubles the logarithm.
            var log = BitOperations.Log2((uint)n);
            var mantissa = (ulong)n << (31 - log);
            var fraction = 0;
            for (var bit = 0; bit < FractionBits + 4; bit++)
            {
                mantissa = mantissa * mantissa >> 31;
                var carry = (int)(mantissa >> 32);
                mantissa >>= carry;
                fraction = (fraction << 1) | carry;
            }

            products[n] = (int)((((long)log << (FractionBits + 4)) + fraction) * n >> 4);
        }

        return products;
    }
}
