namespace Compose.Formats.Verity;

/// <summary>
/// What a hash tree depends on besides the data. The rest is fixed: hash type 1, SHA-256, data and hash blocks of 4096 bytes.
/// </summary>
public sealed record VerityParameters
{
    /// <summary>The size of data blocks and of hash blocks, in bytes.</summary>
    public const int BlockSize = 4096;

    /// <summary>The longest salt that a superblock holds, in bytes.</summary>
    public const int MaximumSaltSize = 256;

    /// <summary>Takes the values.</summary>
    /// <param name="id">The UUID in the superblock.</param>
    /// <param name="salt">Hashed before each block; at most 256 bytes, 32 as a rule.</param>
    /// <exception cref="ArgumentException">The salt is too long.</exception>
    public VerityParameters(Guid id, ReadOnlyMemory<byte> salt)
    {
        if (salt.Length > MaximumSaltSize)
        {
            throw new ArgumentException($"A verity salt has at most {MaximumSaltSize} bytes.", nameof(salt));
        }

        Id = id;
        Salt = salt.ToArray();
    }

    /// <summary>The UUID in the superblock.</summary>
    public Guid Id { get; }

    /// <summary>The salt.</summary>
    public ReadOnlyMemory<byte> Salt { get; }
}
