namespace Compose.SquashFs.Codecs;

/// <summary>Compresses blocks, each on its own. Holds a native context: one a thread, used again for each block.</summary>
internal interface IBlockCodec : IDisposable
{
    /// <summary>The room <see cref="Compress"/> needs for a source of this many bytes.</summary>
    int GetBound(int sourceLength);

    /// <summary>Compresses a block.</summary>
    /// <param name="source">The block: one byte or more.</param>
    /// <param name="destination">Room for <see cref="GetBound"/> bytes.</param>
    /// <returns>The number of bytes written; 0 when the block is better stored as it is.</returns>
    int Compress(ReadOnlySpan<byte> source, Span<byte> destination);
}
