namespace Compose.Images.Units;

/// <summary>An assignment in a unit file.</summary>
/// <param name="Section">The section's name, without brackets.</param>
/// <param name="Name">What is left of the equals sign.</param>
/// <param name="Value">What is right of it, continued lines joined, without blanks at the ends.</param>
/// <param name="Line">The line where it begins, from 1.</param>
internal readonly record struct UnitSetting(string Section, string Name, string Value, int Line);

/// <summary>The header of a section in a unit file.</summary>
/// <param name="Name">The section's name, without brackets.</param>
/// <param name="Line">Its line, from 1.</param>
internal readonly record struct UnitSection(string Name, int Line);

/// <summary>What comes of a problem in a unit file.</summary>
internal enum UnitProblemEffect
{
    /// <summary>systemd ignores the line.</summary>
    LineIgnored,

    /// <summary>systemd does not load the file.</summary>
    FileRefused,

    /// <summary>The file is larger than what is read here.</summary>
    RestNotRead,
}

/// <summary>Something in a unit file that is not as systemd.syntax(7) has it.</summary>
/// <param name="Line">The line, from 1; 0 for the whole file.</param>
/// <param name="Reason">What is wrong, as the end of a sentence.</param>
/// <param name="Effect">What comes of it.</param>
internal readonly record struct UnitProblem(int Line, string Reason, UnitProblemEffect Effect);

/// <summary>A unit file or a drop-in, as systemd.syntax(7) describes them.</summary>
/// <param name="Sections">The headers of sections, in order. A section may have several.</param>
/// <param name="Settings">The assignments in sections, in order, those with an empty value among them.</param>
/// <param name="Problems">What is wrong in it, in order; of many the first ones.</param>
internal sealed record UnitFile(IReadOnlyList<UnitSection> Sections, IReadOnlyList<UnitSetting> Settings, IReadOnlyList<UnitProblem> Problems)
{
    /// <summary>The longest line, continued lines joined, that systemd reads: in bytes.</summary>
    public const int MaximumLine = 1024 * 1024;

    /// <summary>The largest file that is read here, in bytes. Real ones have some thousand.</summary>
    public const int MaximumSize = 1024 * 1024;

    /// <summary>As many sections and assignments of a file as are read here. Real ones have some dozen.</summary>
    public const int MaximumEntries = 10_000;

    /// <summary>A file that is larger than <see cref="MaximumSize"/>.</summary>
    public static UnitFile TooLarge(long size) =>
        new([], [], [new(0, $"has {size} bytes, and no unit of more than 1 MiB is read", UnitProblemEffect.RestNotRead)]);

    /// <summary>Reads a file's text. It takes any bytes; what is wrong is in <see cref="Problems"/>.</summary>
    public static UnitFile Parse(ReadOnlySpan<byte> text) => new UnitFileReader().Read(text);
}
