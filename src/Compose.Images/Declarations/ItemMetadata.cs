using System.Globalization;
using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Declarations;

/// <summary>Reads modes and owners as authors write them.</summary>
/// <param name="item">The include of the item that they are of.</param>
/// <param name="traits">What tells the item from others.</param>
internal readonly struct ItemMetadata(string item, ItemTraits traits)
{
    /// <summary>Linux's and systemd's numbers for "none": the 16-bit and the 32-bit -1.</summary>
    private const uint NoId16 = 0xFFFF;
    private const uint NoId32 = 0xFFFFFFFF;

    /// <summary>The longest name that utmp, and with it systemd, takes.</summary>
    private const int MaximumNameLength = 31;

    /// <summary>Metadata of what is put into a tree: there owners are numbers, as an image has no list of users.</summary>
    /// <param name="defaults">What counts where nothing is written.</param>
    /// <param name="mode">The mode in octal digits; null or empty for the default.</param>
    /// <param name="user">The owner's number; null or empty for root.</param>
    /// <param name="group">The group's number; null or empty for root.</param>
    /// <exception cref="DiagnosticException">One of them is not what it should be.</exception>
    public EntryMetadata ForTree(EntryMetadata defaults, string? mode, string? user, string? group) => defaults with
    {
        Permissions = Mode(mode) ?? defaults.Permissions,
        UserId = Number("User", user) ?? defaults.UserId,
        GroupId = Number("Group", group) ?? defaults.GroupId,
    };

    /// <summary>A mode such as <c>0755</c>; null for null.</summary>
    /// <exception cref="DiagnosticException">It is not three or four octal digits.</exception>
    public ushort? Mode(string? text) => OctalMode.Parse(text, item, traits);

    /// <summary>The name or number of a user or group, as tmpfiles.d takes it.</summary>
    /// <exception cref="DiagnosticException">It is neither.</exception>
    public string NameOrNumber(string what, string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "root";
        }

        return char.IsAsciiDigit(text[0]) ? Number(what, text)!.Value.ToString(CultureInfo.InvariantCulture) : Name(what, text);
    }

    /// <summary>The name of a user or group by systemd's strict rules (systemd.io/USER_NAMES).</summary>
    /// <exception cref="DiagnosticException">It is none.</exception>
    public string Name(string what, string text) =>
        text.Length is > 0 and <= MaximumNameLength
        && (char.IsAsciiLetter(text[0]) || text[0] == '_')
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
            ? text
            : throw Bad($"{what} '{text}' is not a name of a user or group: a letter or '_', then letters, digits, '_' and '-', {MaximumNameLength} in all");

    /// <summary>The number of a user or group.</summary>
    /// <exception cref="DiagnosticException">It is none.</exception>
    public uint? Number(string what, string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is not (NoId16 or NoId32)
            ? number
            : throw Bad($"{what} '{text}' is not the number of a user or group, from 0 to {NoId32 - 1} without {NoId16}");
    }

    /// <summary>The finding that a value is wrong.</summary>
    public DiagnosticException Bad(string reason) => new(ImageDiagnostics.BadValue.Create($"The {traits.Type} '{item}' cannot be made: {reason}.", item, traits));
}
