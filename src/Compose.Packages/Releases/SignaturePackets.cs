using Org.BouncyCastle.Bcpg;
using Org.BouncyCastle.Bcpg.OpenPgp;

namespace Compose.Packages.Releases;

/// <summary>Reads OpenPGP signatures that stand by themselves, in armor or binary (RFC 9580, 10.4).</summary>
internal static class SignaturePackets
{
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
                return [.. Enumerable.Range(0, signatures.Count).Select(index => signatures[index])];
            }
        }
        catch (Exception e) when (e is IOException or PgpException or ArgumentException or InvalidOperationException or IndexOutOfRangeException)
        {
            throw new InvalidDataException($"has signatures that cannot be read: {e.Message}", e);
        }

        throw new InvalidDataException("holds no signature");
    }
}
