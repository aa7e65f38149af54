using System.Text;

namespace Compose.Packages.Releases;

/// <summary>A text with OpenPGP signatures around it (RFC 9580, 7: cleartext signature framework).</summary>
internal sealed class ClearSignedMessage
{
    private const string Begin = "-----BEGIN PGP SIGNED MESSAGE-----";
    private const string BeginSignature = "-----BEGIN PGP SIGNATURE-----";
    private const string EndSignature = "-----END PGP SIGNATURE-----";

    private ClearSignedMessage(string text, byte[] signedBytes, byte[] armoredSignatures)
    {
        Text = text;
        SignedBytes = signedBytes;
        ArmoredSignatures = armoredSignatures;
    }

    /// <summary>What was signed, lines ended by LF. Nothing else of the file may be believed.</summary>
    public string Text { get; }

    /// <summary>The bytes that the signatures cover: lines without trailing blanks, separated by CR LF.</summary>
    public byte[] SignedBytes { get; }

    /// <summary>The signatures, in armor.</summary>
    public byte[] ArmoredSignatures { get; }

    /// <summary>Whether a file begins as such a message does.</summary>
    public static bool IsOne(ReadOnlySpan<byte> file) => file.StartsWith(Encoding.ASCII.GetBytes(Begin));

    /// <summary>Takes a message apart.</summary>
    /// <exception cref="InvalidDataException">
    /// It is none, or there is text outside of it: such text could be taken for signed.
    /// </exception>
    public static ClearSignedMessage Parse(ReadOnlySpan<byte> message)
    {
        string[] lines;
        try
        {
            lines = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(message).ReplaceLineEndings("\n").Split('\n');
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException("it is not UTF-8", e);
        }

        if (lines[0].TrimEnd() != Begin)
        {
            throw new InvalidDataException("it does not begin as a signed message does");
        }

        var next = 1;
        while (next < lines.Length && lines[next].Trim().Length > 0)
        {
            // RFC 9580, 7.1: only Hash headers may stand here.
            if (!lines[next++].StartsWith("Hash: ", StringComparison.Ordinal))
            {
                throw new InvalidDataException("it has an unknown header");
            }
        }

        next++;
        var body = new List<string>();
        while (next < lines.Length && lines[next].TrimEnd() != BeginSignature)
        {
            body.Add(Unescape(lines[next++]));
        }

        var start = next;
        while (next < lines.Length && lines[next].TrimEnd() != EndSignature)
        {
            next++;
        }

        if (next >= lines.Length)
        {
            throw new InvalidDataException("its signature is missing or cut off");
        }

        if (lines[(next + 1)..].Any(line => line.Trim().Length > 0))
        {
            throw new InvalidDataException("there is text behind its signature");
        }

        return new ClearSignedMessage(
            string.Join('\n', body) + "\n",
            Encoding.UTF8.GetBytes(string.Join("\r\n", body.Select(line => line.TrimEnd(' ', '\t')))),
            Encoding.ASCII.GetBytes(string.Join('\n', lines[start..(next + 1)]) + "\n"));
    }

    private static string Unescape(string line) =>
        line.StartsWith("- ", StringComparison.Ordinal) ? line[2..]
        : line.StartsWith('-') ? throw new InvalidDataException("a line that begins with a dash is not escaped")
        : line;
}
