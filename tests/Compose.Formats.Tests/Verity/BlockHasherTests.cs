using System.Security.Cryptography;
using Compose.Formats.Verity;

namespace Compose.Formats.Tests.Verity;

/// <summary>The hash of many blocks at once, beside .NET's of one: the lengths around which SHA-256 pads to one chunk more.</summary>
public class BlockHasherTests
{
    private const int BlockSize = VerityParameters.BlockSize;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(32)]
    [InlineData(54)]
    [InlineData(55)]
    [InlineData(56)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(128)]
    [InlineData(183)]
    [InlineData(184)]
    [InlineData(256)]
    public void Each_block_gets_the_digest_of_the_salt_and_its_bytes(int saltLength)
    {
        var salt = TestData.Noise(saltLength, seed: 1);
        using var hasher = new BlockHasher(salt);
        foreach (var count in new[] { 1, Sha256Lanes.Count - 1, Sha256Lanes.Count, Sha256Lanes.Count + 1, 3 * Sha256Lanes.Count })
        {
            var blocks = TestData.Noise(count * BlockSize, seed: count);
            var digests = new byte[count * SHA256.HashSizeInBytes];

            hasher.HashAll(blocks, digests);

            for (var i = 0; i < count; i++)
            {
                Assert.Equal(
                    SHA256.HashData([.. salt, .. blocks.AsSpan(i * BlockSize, BlockSize)]),
                    digests.AsSpan(i * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes).ToArray());
            }
        }
    }
}
