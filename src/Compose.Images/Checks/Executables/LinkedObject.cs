using Compose.Formats.Elf;

namespace Compose.Images.Checks.Executables;

/// <summary>A program or a library as the dynamic linker has it in its list of what is loaded.</summary>
/// <param name="item">The file.</param>
/// <param name="path">The path by which it was opened, of which <c>$ORIGIN</c> is the folder; links on it are not resolved.</param>
/// <param name="linking">What it needs and offers.</param>
/// <param name="loader">What needed it first; null for the program itself.</param>
internal sealed class LinkedObject(MergedItem item, string path, ElfDynamicLinking linking, LinkedObject? loader)
{
    /// <summary>PATH_MAX: the kernel opens no longer ones.</summary>
    private const int MaximumPath = 4096;

    /// <summary>The file.</summary>
    public MergedItem Item => item;

    /// <summary>The path by which it was opened, each byte a character.</summary>
    public string Path => path;

    /// <summary>What it needs and offers.</summary>
    public ElfDynamicLinking Linking => linking;

    /// <summary>What needed it first; null for the program itself.</summary>
    public LinkedObject? Loader => loader;

    /// <summary>A file that is loaded first.</summary>
    public static LinkedObject First(MergedItem item, ElfDynamicLinking linking) => new(item, ElfName.Of(item.Path), linking, null);

    /// <summary>A text of the file in which variables are replaced (ld.so(8), "Dynamic string tokens").</summary>
    /// <param name="text">A path.</param>
    /// <param name="processor">The processor.</param>
    /// <param name="libraryFolder">What <c>$LIB</c> stands for.</param>
    /// <returns>An empty text when it becomes longer than a path can be.</returns>
    public string Expand(string text, Processor processor, string libraryFolder)
    {
        for (var dollar = text.IndexOf('$'); dollar >= 0; dollar = text.IndexOf('$', dollar + 1))
        {
            foreach (var (name, value) in (ReadOnlySpan<(string, string)>)
                [("ORIGIN", Path[..Path.LastIndexOf('/')]), ("LIB", libraryFolder), ("PLATFORM", processor.Platform)])
            {
                if (TokenLength(text.AsSpan(dollar), name) is > 0 and var length)
                {
                    text = string.Concat(text.AsSpan(0, dollar), value, text.AsSpan(dollar + length));
                    dollar += value.Length - 1;
                    if (text.Length > MaximumPath)
                    {
                        return "";
                    }

                    break;
                }
            }
        }

        return text.Length > MaximumPath ? "" : text;
    }

    /// <summary>The length of <c>$NAME</c> or <c>${NAME}</c> at the start of a text; 0 when it is something else.</summary>
    private static int TokenLength(ReadOnlySpan<char> text, string name)
    {
        if (text[1..].StartsWith('{') && text[2..].StartsWith(name, StringComparison.Ordinal) && text[(2 + name.Length)..].StartsWith('}'))
        {
            return name.Length + 3;
        }

        if (!text[1..].StartsWith(name, StringComparison.Ordinal))
        {
            return 0;
        }

        var rest = text[(1 + name.Length)..];
        return rest.IsEmpty || !(char.IsAsciiLetterOrDigit(rest[0]) || rest[0] == '_') ? name.Length + 1 : 0;
    }
}
