using System.Globalization;

namespace Compose.Packages.Tests.Support;

/// <summary>Throw-away OpenPGP keys in a GnuPG home of their own.</summary>
internal sealed class GnuPg : IDisposable
{
    private readonly TemporaryFolder _home = new();
    private readonly Dictionary<string, string> _environment;
    private int _keys;

    public GnuPg()
    {
        _environment = new() { ["GNUPGHOME"] = _home.Path };
        File.SetUnixFileMode(_home.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Makes a key and gives its fingerprint.</summary>
    /// <param name="algorithm"><c>rsa2048</c> or <c>ed25519</c>.</param>
    /// <param name="expires"><c>never</c>, or a time such as <c>1y</c> after <paramref name="made"/>.</param>
    /// <param name="made">When it says it was made.</param>
    public string MakeKey(string algorithm = "ed25519", string expires = "never", DateTimeOffset? made = null)
    {
        var name = $"Key {++_keys} <key{_keys}@example.com>";
        Gpg(made, "--quick-gen-key", name, algorithm, "sign", expires);
        return Gpg(null, "--with-colons", "--list-keys", name).Split('\n').First(line => line.StartsWith("fpr:", StringComparison.Ordinal)).Split(':')[9];
    }

    /// <summary>Adds a signing subkey; GnuPG signs with it from then on.</summary>
    public void AddSubkey(string fingerprint, string algorithm) => Gpg(null, "--quick-add-key", fingerprint, algorithm, "sign", "never");

    public void Revoke(string fingerprint)
    {
        var certificate = Path.Combine(_home.Path, "openpgp-revocs.d", fingerprint + ".rev");

        // GnuPG keeps a certificate for each key, with a colon before it against accidents.
        File.WriteAllText(certificate, File.ReadAllText(certificate).Replace(":-----BEGIN", "-----BEGIN", StringComparison.Ordinal));
        Gpg(null, "--import", certificate);
    }

    public string Export(string path, bool armored, params string[] fingerprints)
    {
        Gpg(null, [armored ? "--armor" : "--no-armor", "--output", path, "--yes", "--export", .. fingerprints]);
        return path;
    }

    /// <summary>Clear-signs a text with one or more keys.</summary>
    public byte[] Sign(string text, DateTimeOffset? at, params string[] fingerprints) => Sign(text, at, [], fingerprints);

    public byte[] Sign(string text, DateTimeOffset? at, string[] options, params string[] fingerprints)
    {
        var plain = _home.Write("text", text);
        var signed = _home["signed"];
        Gpg(at, [.. options, "--yes", "--output", signed, .. fingerprints.SelectMany(key => new[] { "--local-user", key }), "--clear-sign", plain]);
        return File.ReadAllBytes(signed);
    }

    /// <summary>Signs bytes, with the signature by itself.</summary>
    public byte[] SignDetached(byte[] bytes, bool armored, DateTimeOffset? at, string fingerprint)
    {
        var plain = _home["plain"];
        var signature = _home["signature"];
        File.WriteAllBytes(plain, bytes);
        Gpg(at, armored ? "--armor" : "--no-armor", "--yes", "--output", signature, "--local-user", fingerprint, "--detach-sign", plain);
        return File.ReadAllBytes(signature);
    }

    public void Dispose()
    {
        Tool.Run("gpgconf", ["--homedir", _home.Path, "--kill", "all"], null, _environment);
        _home.Dispose();
    }

    private string Gpg(DateTimeOffset? time, params string[] arguments)
    {
        string[] faked = time is { } at ? ["--faked-system-time", at.ToString("yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture)] : [];
        return Tool.Run("gpg", ["--batch", "--quiet", "--no-tty", "--passphrase", "", "--pinentry-mode", "loopback", .. faked, .. arguments], null, _environment);
    }
}
