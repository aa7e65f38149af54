using System.Text;

namespace Compose.Machines;

/// <summary>Makes a serial console's bytes fit for a message.</summary>
internal static class ConsoleText
{
    /// <summary>The lines, without escape sequences and other control characters, and without empty ones.</summary>
    public static IEnumerable<string> Lines(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\e')
            {
                i = EndOfSequence(text, i);
            }
            else if (text[i] == '\n' || !char.IsControl(text[i]))
            {
                plain.Append(text[i]);
            }
        }

        return plain.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    /// <summary>The index of the last character of an escape sequence (ECMA-48) that begins at an index.</summary>
    private static int EndOfSequence(string text, int start)
    {
        var i = start + 1;
        if (i >= text.Length || text[i] != '[')
        {
            return Math.Min(i, text.Length - 1);
        }

        do
        {
            i++;
        }
        while (i < text.Length && text[i] is < '@' or > '~' && !char.IsControl(text[i]));

        return Math.Min(i, text.Length - 1);
    }
}
