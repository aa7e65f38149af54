using System.Text;
using Org.BouncyCastle.Bcpg;
using Org.BouncyCastle.Bcpg.OpenPgp;

namespace Compose.Packages.Releases;

/// <summary>The OpenPGP keys that a project trusts to sign a repository or an archive.</summary>
public sealed class TrustedKeys
{
    private const string BeginBlock = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
    private const string EndBlock = "-----END PGP PUBLIC KEY BLOCK-----";

    private readonly Dictionary<long, TrustedKey> _keys = [];

    private TrustedKeys()
    {
    }

    /// <summary>Reads key files: armored (one or more blocks) or binary keyrings. Every key and signing subkey in them is trusted.</summary>
    /// <param name="paths">Absolute paths.</param>
    /// <exception cref="DiagnosticException">A file cannot be read or holds no key, or there is no file.</exception>
    public static TrustedKeys Load(IEnumerable<string> paths)
    {
        var result = new TrustedKeys();
        foreach (var path in paths)
        {
            try
            {
                if (!result.AddFile(File.ReadAllBytes(path)))
                {
                    throw Bad($"The key file '{path}' holds no public key.", null);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or PgpException or ArgumentException)
            {
                throw Bad($"The key file '{path}' cannot be read: {e.Message}", e);
            }
        }

        return result._keys.Count > 0
            ? result
            : throw Bad("No file of trusted keys is named. Name the signer's public keys in the metadatum Keys of the DebianRepository or Archive item.", null);
    }

    internal TrustedKey? Find(long keyId) => _keys.GetValueOrDefault(keyId);

    private static DiagnosticException Bad(string message, Exception? inner) => new(PackageDiagnostics.BadKeyFile.Create(message), inner);

    private bool AddFile(byte[] bytes)
    {
        // Any packet begins with a byte above 0x7F; armor is text.
        if (bytes.Length > 0 && bytes[0] >= 0x80)
        {
            return AddRings(new MemoryStream(bytes));
        }

        var text = Encoding.ASCII.GetString(bytes);
        var any = false;
        for (int start = 0, end; (start = text.IndexOf(BeginBlock, start, StringComparison.Ordinal)) >= 0; start = end)
        {
            end = text.IndexOf(EndBlock, start, StringComparison.Ordinal);
            end = end < 0 ? text.Length : end + EndBlock.Length;
            using var armor = new ArmoredInputStream(new MemoryStream(bytes, start, end - start));
            any |= AddRings(armor);
        }

        return any;
    }

    private bool AddRings(Stream packets)
    {
        var any = false;
        foreach (var ring in new PgpPublicKeyRingBundle(packets).GetKeyRings())
        {
            var primary = ring.GetPublicKey();
            foreach (var key in ring.GetPublicKeys())
            {
                if (key.IsMasterKey || IsBound(primary, key))
                {
                    _keys.TryAdd(key.KeyId, new TrustedKey(key, primary));
                    any = true;
                }
            }
        }

        return any;
    }

    /// <summary>Whether the primary key says that the subkey is its own; anyone can put a subkey into a file.</summary>
    private static bool IsBound(PgpPublicKey primary, PgpPublicKey subkey)
    {
        foreach (var signature in subkey.GetSignaturesOfType(PgpSignature.SubkeyBinding))
        {
            if (signature.KeyId == primary.KeyId)
            {
                signature.InitVerify(primary);
                if (signature.VerifyCertification(primary, subkey))
                {
                    return true;
                }
            }
        }

        return false;
    }
}

/// <summary>A key and the primary key that vouches for it (itself, when it is one).</summary>
internal sealed record TrustedKey(PgpPublicKey Key, PgpPublicKey Primary)
{
    public string Fingerprint => Convert.ToHexString(Key.GetFingerprint());

    /// <summary>Why the key must not be used at a time; null when it may.</summary>
    public string? Objection(DateTimeOffset now)
    {
        foreach (var key in new[] { Primary, Key })
        {
            if (key.HasRevocation())
            {
                return $"the key {Convert.ToHexString(key.GetFingerprint())} is revoked";
            }

            var seconds = key.GetValidSeconds();
            if (seconds > 0 && key.CreationTime.AddSeconds(seconds) < now.UtcDateTime)
            {
                return $"the key {Convert.ToHexString(key.GetFingerprint())} expired on {key.CreationTime.AddSeconds(seconds):yyyy-MM-dd}";
            }
        }

        return null;
    }
}
