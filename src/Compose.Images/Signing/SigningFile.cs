using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Compose.Diagnostics;

namespace Compose.Images.Signing;

/// <summary>Files of keys and certificates.</summary>
internal static class SigningFile
{
    private const int MaximumSize = 1024 * 1024;

    public static byte[] Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > MaximumSize)
            {
                throw Bad(path, "it is too large");
            }

            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Bad(path, e.Message, e);
        }
    }

    public static bool IsPem(ReadOnlySpan<byte> bytes) => bytes.IndexOf("-----BEGIN "u8) >= 0;

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.ASCII.GetString(bytes);

    /// <summary>Reads a certificate in PEM or DER.</summary>
    public static X509Certificate2 ReadCertificate(string path)
    {
        var bytes = Read(path);
        try
        {
            return IsPem(bytes) ? X509Certificate2.CreateFromPem(Text(bytes)) : X509CertificateLoader.LoadCertificate(bytes);
        }
        catch (CryptographicException e)
        {
            throw Bad(path, $"no certificate can be read from it: {e.Message}", e);
        }
    }

    public static DiagnosticException Bad(string path, string reason, Exception? inner = null) =>
        new(ImageDiagnostics.UnusableKey.Create($"'{path}' cannot be used for signing: {reason}"), inner);
}
