using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Compose.SquashFs.Reading;

namespace Compose.Tool.Artifacts;

/// <summary>The option of all commands that read images which says how much of one is kept in memory.</summary>
internal static class EntryLimit
{
    private const string Name = "--max-entries";

    /// <summary>The limits without the option.</summary>
    public static SquashFsReadOptions Default { get; } = new() { EntryOption = Name };

    /// <summary>The option.</summary>
    public static Option<SquashFsReadOptions?> Create() => new(Name)
    {
        Description =
            $"The most entries that a squashfs file system may have, with {NameBytesPerEntry} bytes of names for each. More take more memory. Default: {Default.MaximumEntries}.",
        HelpName = "count",
        CustomParser = Parse,
    };

    private static long NameBytesPerEntry => Default.MaximumNameBytes / Default.MaximumEntries;

    /// <summary>Few entries may have long names: of these as many bytes are allowed as by default, or more.</summary>
    private static SquashFsReadOptions? Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0)
        {
            return Default with { MaximumEntries = count, MaximumNameBytes = Math.Max(Default.MaximumNameBytes, count * NameBytesPerEntry) };
        }

        result.AddError($"'{text}' is not a number of entries. Choose 1 to {int.MaxValue}.");
        return null;
    }
}
