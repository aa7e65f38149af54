using System.Text;

namespace Compose.Images.Units;

/// <summary>Splits values into words, as systemd.syntax(7) says: at blanks outside of quotes.</summary>
internal static class UnitWords
{
    /// <summary>The words of a list, such as that of <c>Wants=</c>. Backslashes are parts of names there.</summary>
    public static IEnumerable<string> OfList(string value) => Split(value, unescapes: false);

    /// <summary>The words of a command line. C's escapes stand for what they mean.</summary>
    public static IEnumerable<string> OfCommand(string value) => Split(value, unescapes: true);

    private static IEnumerable<string> Split(string value, bool unescapes)
    {
        var word = new StringBuilder();
        var isInWord = false;
        var quote = '\0';
        for (var i = 0; i < value.Length; i++)
        {
            var c = value[i];
            if (c == '\\' && i + 1 < value.Length)
            {
                isInWord = true;
                i++;
                word.Append(unescapes ? Unescape(value, ref i) : $"\\{value[i]}");
            }
            else if (quote != '\0' ? c == quote : c is '"' or '\'')
            {
                isInWord = true;
                quote = quote == '\0' ? c : '\0';
            }
            else if (quote == '\0' && (c is ' ' or '\t' or '\n' or '\r'))
            {
                if (isInWord)
                {
                    yield return word.ToString();
                }

                word.Clear();
                isInWord = false;
            }
            else
            {
                isInWord = true;
                word.Append(c);
            }
        }

        if (isInWord)
        {
            yield return word.ToString();
        }
    }

    /// <summary>What the letter behind a backslash stands for; of what has no meaning both are kept.</summary>
    private static string Unescape(string value, ref int index)
    {
        if (value[index] == 'x' && index + 2 < value.Length && char.IsAsciiHexDigit(value[index + 1]) && char.IsAsciiHexDigit(value[index + 2]))
        {
            index += 2;
            return ((char)Convert.ToByte(value.Substring(index - 1, 2), 16)).ToString();
        }

        return value[index] switch
        {
            's' => " ",
            't' => "\t",
            'n' => "\n",
            '\\' or '"' or '\'' => value[index].ToString(),
            var other => $"\\{other}",
        };
    }
}
