using Compose.Images.Artifacts.Comparison;
using Compose.Tool.Artifacts;

namespace Compose.Tool.Diff;

/// <summary>Puts differences into words.</summary>
internal static class DiffWords
{
    /// <summary>A size before and after, and by how much it grew.</summary>
    public static string Size(long old, long @new) =>
        old == @new ? ReportConsole.Size(old) : $"{ReportConsole.Size(old)} → {ReportConsole.Size(@new)} ({Signed(@new - old)})";

    /// <summary>A number of bytes with its sign.</summary>
    public static string Signed(long bytes) => bytes > 0 ? $"+{ReportConsole.Size(bytes)}" : ReportConsole.Size(bytes);

    /// <summary>A sign for a change, as patches have them.</summary>
    public static string Sign(string change) => change switch
    {
        "added" => "+",
        "removed" => "-",
        "moved" => ">",
        _ => "~",
    };

    /// <summary>What is different of a file.</summary>
    public static string Describe(FileChange file) => string.Join(", ", Details(file));

    private static IEnumerable<string> Details(FileChange file)
    {
        if (file.Old is null || file.New is null)
        {
            var entry = (file.Old ?? file.New)!;
            yield return entry.Kind switch
            {
                "file" => ReportConsole.Size(entry.Size),
                "symlink" => $"→ {entry.Target}",
                _ => entry.Kind,
            };
            yield break;
        }

        if (file.OldPath is not null)
        {
            yield return $"from {file.OldPath}";
        }

        foreach (var what in file.What)
        {
            yield return what switch
            {
                "kind" => $"{file.Old.Kind} → {file.New.Kind}",
                "mode" => $"mode {file.Old.Mode} → {file.New.Mode}",
                "owner" => $"owner {file.Old.User}:{file.Old.Group} → {file.New.User}:{file.New.Group}",
                "size" => $"size {Size(file.Old.Size, file.New.Size)}",
                "target" => $"{file.Old.Target} → {file.New.Target}",
                _ => what,
            };
        }
    }

    /// <summary>A package's versions.</summary>
    public static string Describe(PackageChange package) => (package.Old, package.New) switch
    {
        (null, { } version) => version,
        ({ } version, null) => version,
        _ => $"{package.Old} → {package.New}",
    };

    /// <summary>A change's name by what was there before and after.</summary>
    public static string ChangeOf(string? old, string? @new) => old is null ? "added" : @new is null ? "removed" : "changed";

    /// <summary>What a library offers and needs, each with its sign.</summary>
    public static IEnumerable<string> Lines(LibraryChange library) =>
    [
        .. library.ExportsLost.Select(symbol => $"- {symbol}"),
        .. library.ExportsGained.Select(symbol => $"+ {symbol}"),
        .. library.NeededLost.Select(name => $"- needs {name}"),
        .. library.NeededGained.Select(name => $"+ needs {name}"),
    ];

    /// <summary>By what a unit is upheld and no more.</summary>
    public static string Describe(UnitChange unit) => string.Join(", ",
        unit.UpheldByGained.Select(name => $"upheld by {name}").Concat(unit.UpheldByLost.Select(name => $"no longer upheld by {name}")));
}
