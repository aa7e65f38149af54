using Org.BouncyCastle.Bcpg;
using Org.BouncyCastle.Bcpg.OpenPgp;

namespace Compose.Packages.Releases;

/// <summary>Reads OpenPGP signatures that stand by themselves, in armor or binary (RFC 9580, 10.4).</summary>
internal static class SignaturePackets
{
    /// <summary>The most signatures of one file: what is signed is hashed for each. Debian's release files have about four.</summary>
    private const int MaximumCount = 32;

    /// <summary>Reads the signatures of a file.</summary>
    /// <exception cref="InvalidDataException">It holds none, or is damaged.</exception>
    public static IReadOnlyList<PgpSignature> Read(byte[] bytes)
    {
        try
        {
            using var file = new MemoryStream(bytes);

            // Any packet begins with a byte above 0x7F; armor is text.
            using Stream packets = bytes is [>= 0x80, ..] ? file : new ArmoredInputStream(file);
            if (new PgpObjectFactory(packets).NextPgpObject() is PgpSignatureList { Count: > 0 } signatures)
            {
                if (signatures.Count > MaximumCount)
                {
                    throw new InvalidDataException($"has {signatures.Count} signatures; at most {MaximumCount} are checked");
                }

                return [.. Enumerable.Range(0, signatures.Count).Select(index => signatures[index])];
            }
        }
        catch (Exception e) when (IsMalformed(e))
        {
            throw new InvalidDataException($"has signatures that cannot be read: {e.Message}", e);
        }

        throw new InvalidDataException("holds no signature");
    }

    /// <summary>
    /// Whether a library's exception means that a signature's bytes are none. It trusts their lengths: a negative one overflows,
    /// and a large one asks for more memory than there is.
    /// </summary>
    public static bool IsMalformed(Exception e) =>
        e is IOException or PgpException or UnsupportedPacketVersionException or ArgumentException or InvalidOperationException or ArithmeticException
            or IndexOutOfRangeException or NullReferenceException or InvalidCastException or OutOfMemoryException;
}
