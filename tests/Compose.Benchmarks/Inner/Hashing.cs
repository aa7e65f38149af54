using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Compose.Formats.Verity;

namespace Compose.Benchmarks.Inner;

/// <summary>What is hashed: chunks of files, and images for dm-verity, beside the bare hash of as many bytes on one thread.</summary>
[MemoryDiagnoser]
public class Hashing
{
    private const int ChunkBytes = 128 * 1024;

    /// <summary>The size of the image, in bytes.</summary>
    public const int ImageBytes = 64 * 1024 * 1024;

    /// <summary>The size of the salt that verity hashes before each block, in bytes.</summary>
    public const int SaltBytes = 32;

    private readonly byte[] _image = new byte[ImageBytes];

    /// <summary>Fills the image with bytes that are the same every time.</summary>
    [GlobalSetup]
    public void Fill() => new Random(Seed: 3).NextBytes(_image);

    /// <summary>The digest of a block of 128 KiB.</summary>
    [Benchmark]
    public Sha256Digest HashChunk() => Sha256Digest.Of(_image.AsSpan(0, ChunkBytes));

    /// <summary>The bare hash of 64 MiB.</summary>
    [Benchmark]
    public byte[] HashImage() => SHA256.HashData(_image);

    /// <summary>
    /// The verity tree of 64 MiB that pass through the stream, on all processors: in writes of the size that blocks of a
    /// squashfs have uncompressed, and of one that they have compressed.
    /// </summary>
    [Benchmark]
    [Arguments(ChunkBytes)]
    [Arguments(50_000)]
    public Sha256Digest VerityOfImage(int writeBytes)
    {
        using var stream = new VerityHashingStream(Stream.Null, new VerityParameters(Guid.Empty, new byte[SaltBytes]));
        for (var offset = 0; offset < _image.Length; offset += writeBytes)
        {
            stream.Write(_image.AsSpan(offset, Math.Min(writeBytes, _image.Length - offset)));
        }

        return stream.Complete().RootHash;
    }
}
