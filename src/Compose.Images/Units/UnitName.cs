namespace Compose.Images.Units;

/// <summary>The names of units (systemd.unit(5)).</summary>
internal static class UnitName
{
    private const int MaximumLength = 255;

    private static readonly string[] Suffixes =
        [".service", ".socket", ".target", ".timer", ".path", ".mount", ".automount", ".swap", ".slice", ".scope", ".device"];

    /// <summary>Units that systemd makes by itself, without a file.</summary>
    private static readonly string[] FilelessSuffixes = [".mount", ".swap", ".slice", ".scope", ".device"];

    /// <summary>Whether a text can be the name of a unit, of a template or of an instance.</summary>
    public static bool IsValid(string name) =>
        HasSuffix(name)
        && name.Length <= MaximumLength
        && name[0] != '@'
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is ':' or '-' or '_' or '.' or '\\' or '@');

    /// <summary>Whether a name ends as those of units do, with something before the end.</summary>
    public static bool HasSuffix(string name) =>
        Suffixes.Any(suffix => name.Length > suffix.Length && name.EndsWith(suffix, StringComparison.Ordinal));

    /// <summary>The kind of a unit, such as <c>service</c>: what is behind the last dot.</summary>
    public static string TypeOf(string name) => name[(name.LastIndexOf('.') + 1)..];

    /// <summary>Whether a text is a kind of unit, such as <c>service</c>.</summary>
    public static bool IsType(string text) => Suffixes.Contains("." + text);

    /// <summary>Whether systemd makes units of this kind by itself.</summary>
    public static bool NeedsNoFile(string name) => FilelessSuffixes.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal));

    /// <summary>Whether it is a template's name, such as <c>getty@.service</c>.</summary>
    public static bool IsTemplate(string name) => name.Contains("@.", StringComparison.Ordinal) && TemplateOf(name) == name;

    /// <summary>The template that an instance such as <c>getty@tty1.service</c> is made of; the name itself for other units.</summary>
    /// <param name="name">A name with a suffix.</param>
    public static string TemplateOf(string name)
    {
        var at = name.IndexOf('@', StringComparison.Ordinal);
        return at < 0 ? name : name[..(at + 1)] + name[name.LastIndexOf('.')..];
    }

    /// <summary>The unit of the same name and another kind, such as a timer's service.</summary>
    public static string WithType(string name, string type) => $"{name[..name.LastIndexOf('.')]}.{type}";
}
