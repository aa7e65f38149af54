using Compose.Images.Artifacts.Comparison;
using Compose.Tool.Artifacts;
using Spectre.Console;

namespace Compose.Tool.Diff;

/// <summary>Shows differences to a person.</summary>
internal static class DiffText
{
    /// <summary>Writes the differences to the standard output: nothing when there are none.</summary>
    public static void Write(ArtifactDifference difference)
    {
        if (difference.IsSame)
        {
            return;
        }

        var console = new ReportConsole();
        console.Title($"{difference.Old} → {difference.New}");
        console.Fields(
            ("image", DiffWords.Size(difference.Sizes.Old, difference.Sizes.New)),
            ("files", DiffWords.Size(difference.Contents.Old, difference.Contents.New)));
        Section(console, "Folders", difference.Folders, folder => ("~", $"{folder.Path}  {DiffWords.Size(folder.Old, folder.New)}"));
        Section(console, "Packages", difference.Packages, package =>
            (DiffWords.Sign(DiffWords.ChangeOf(package.Old, package.New)), $"{package.Name}  {DiffWords.Describe(package)}"));
        Section(console, "Release files", difference.Releases, release =>
            (DiffWords.Sign(DiffWords.ChangeOf(release.Old, release.New)), $"{release.File}: {release.Name}  {release.Old ?? "-"} → {release.New ?? "-"}"));
        Section(console, "Units", difference.Units, unit => (DiffWords.Sign(unit.Change), $"{unit.Name}  {DiffWords.Describe(unit)}"));
        Section(console, "Libraries", [.. difference.SonamesLost.Select(name => ("-", name)), .. difference.SonamesGained.Select(name => ("+", name))], line => line);
        foreach (var library in difference.Libraries)
        {
            Section(console, library.Name, [.. DiffWords.Lines(library)], line => (line[..1], line[2..]));
        }

        Section(console, "Files", difference.Files, file => (DiffWords.Sign(file.Change), $"{file.Path}  {DiffWords.Describe(file)}"));
    }

    private static void Section<T>(ReportConsole console, string heading, IReadOnlyList<T> items, Func<T, (string Sign, string Text)> describe)
    {
        if (items.Count == 0)
        {
            return;
        }

        console.Heading(heading);
        foreach (var (sign, text) in items.Select(describe))
        {
            console.Line($"  {sign} {text.TrimEnd()}", sign switch
            {
                "+" => Color.Green,
                "-" => Color.Red,
                _ => null,
            });
        }
    }
}
