namespace Compose.Images.Declarations;

/// <summary>The names of units (systemd.unit(5)).</summary>
internal static class UnitName
{
    private const int MaximumLength = 255;

    private static readonly string[] Suffixes =
        [".service", ".socket", ".target", ".timer", ".path", ".mount", ".automount", ".swap", ".slice", ".scope", ".device"];

    /// <summary>Units that systemd makes by itself, without a file.</summary>
    private static readonly string[] FilelessSuffixes = [".mount", ".swap", ".slice", ".scope", ".device"];

    /// <summary>Whether a text can be the name of a unit, of a template or of an instance.</summary>
    public static bool IsValid(string name)
    {
        var suffix = Suffixes.FirstOrDefault(suffix => name.EndsWith(suffix, StringComparison.Ordinal));
        return suffix is not null
            && name.Length > suffix.Length
            && name.Length <= MaximumLength
            && name[0] != '@'
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is ':' or '-' or '_' or '.' or '\\' or '@');
    }

    /// <summary>Whether systemd makes units of this kind by itself.</summary>
    public static bool NeedsNoFile(string name) => FilelessSuffixes.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal));

    /// <summary>The template that an instance such as <c>getty@tty1.service</c> is made of; the name itself for other units.</summary>
    public static string TemplateOf(string name)
    {
        var at = name.IndexOf('@', StringComparison.Ordinal);
        return at < 0 ? name : name[..(at + 1)] + name[name.LastIndexOf('.')..];
    }
}
