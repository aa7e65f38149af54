namespace Compose.Images.Tests.Signing;

/// <summary>Keys and certificates that openssl makes.</summary>
internal static class SigningKeys
{
    public static readonly string[] Rsa = ["rsa:2048"];
    public static readonly string[] Curve = ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];

    /// <summary>Makes <c>NAME.key</c> and <c>NAME.crt</c> in a folder.</summary>
    public static (string Key, string Certificate) Create(TemporaryDirectory folder, string name = "signer", string[]? kind = null, string? passphrase = null)
    {
        var (key, certificate) = (folder[name + ".key"], folder[name + ".crt"]);
        ExternalTool.Run(
            "openssl",
            [
                "req", "-x509", "-newkey", .. kind ?? Rsa, "-keyout", key, "-out", certificate, "-days", "3650", "-subj", $"/CN={name}",
                .. passphrase is null ? (string[])["-nodes"] : ["-passout", "pass:" + passphrase],
            ]);
        return (key, certificate);
    }

    /// <summary>Asks openssl whether a signature is of the text and by the certificate.</summary>
    public static ExternalTool.Result Verify(TemporaryDirectory folder, byte[] signature, string text, string certificate)
    {
        File.WriteAllBytes(folder["signature.p7s"], signature);
        File.WriteAllText(folder["signed.txt"], text);
        return ExternalTool.TryRun(
            "openssl",
            "smime", "-verify", "-inform", "DER", "-in", folder["signature.p7s"], "-content", folder["signed.txt"],
            "-certfile", certificate, "-nointern", "-noverify", "-binary", "-out", folder["verified.txt"]);
    }
}
