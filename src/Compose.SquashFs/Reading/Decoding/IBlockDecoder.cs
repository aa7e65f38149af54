namespace Compose.SquashFs.Reading.Decoding;

/// <summary>Decompresses blocks, each on its own. May hold a native context: one thread uses it at a time.</summary>
internal interface IBlockDecoder : IDisposable
{
    /// <summary>Decompresses a block.</summary>
    /// <param name="source">The compressed block: one byte or more.</param>
    /// <param name="destination">Room for as many bytes as the block may have; nothing is written outside it.</param>
    /// <returns>The number of bytes the block has.</returns>
    /// <exception cref="InvalidDataException">The block is damaged, or larger than the destination.</exception>
    int Decode(ReadOnlyMemory<byte> source, Span<byte> destination);
}
