using Compose.FileTrees;
using Compose.FileTrees.Operations;

namespace Compose.Packages.Inputs.Archives;

/// <summary>Where something of an archive goes: <c>bin/foo -> /usr/bin/foo mode=0755</c>.</summary>
/// <param name="Source">The path in the archive, or a pattern. What is below a directory goes with it.</param>
/// <param name="Destination">The path in the image.</param>
/// <param name="IntoDirectory">Whether the destination is a directory that what is found keeps its name in: it was written with a slash at its end.</param>
/// <param name="Permissions">The permission bits of files; null for those of the archive.</param>
public sealed record ArchiveMapping(Glob Source, TreePath Destination, bool IntoDirectory, ushort? Permissions)
{
    private const string Arrow = "->";
    private const string Mode = "mode=";

    /// <summary>Reads mappings, separated by semicolons.</summary>
    /// <exception cref="FormatException">One is malformed.</exception>
    public static IReadOnlyList<ArchiveMapping> ParseAll(string text) =>
        [.. text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Parse)];

    /// <inheritdoc/>
    public override string ToString() => $"{Source} {Arrow} /{Destination}";

    private static ArchiveMapping Parse(string text)
    {
        var arrow = text.IndexOf(Arrow, StringComparison.Ordinal);
        if (arrow < 0)
        {
            throw new FormatException($"'{text}' is no mapping: 'bin/foo -> /usr/bin/foo mode=0755' is one.");
        }

        var target = text[(arrow + Arrow.Length)..].Trim();
        ushort? permissions = null;
        var option = target.LastIndexOf(' ');
        if (option >= 0 && target[(option + 1)..] is var last && last.StartsWith(Mode, StringComparison.Ordinal))
        {
            permissions = ParseMode(last[Mode.Length..]);
            target = target[..option].TrimEnd();
        }

        if (!TreePath.TryParse(System.Text.Encoding.UTF8.GetBytes(target), out var destination) || destination.IsRoot != (target == "/"))
        {
            throw new FormatException($"'{target}' is not a path in the image.");
        }

        return new ArchiveMapping(new Glob(text[..arrow].Trim()), destination, target.EndsWith('/'), permissions);
    }

    private static ushort ParseMode(string text)
    {
        var mode = 0;
        foreach (var digit in text)
        {
            mode = digit is >= '0' and <= '7' && mode <= EntryMetadata.PermissionMask ? (mode * 8) + (digit - '0') : int.MaxValue;
        }

        return text.Length > 0 && mode <= EntryMetadata.PermissionMask
            ? (ushort)mode
            : throw new FormatException($"'{Mode}{text}' is no mode: it is octal, such as {Mode}0755.");
    }
}
