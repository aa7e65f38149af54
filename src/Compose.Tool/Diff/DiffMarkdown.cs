using System.Text;
using Compose.Images.Artifacts.Comparison;

namespace Compose.Tool.Diff;

/// <summary>Writes differences as Markdown, for release notes and reviews.</summary>
internal sealed class DiffMarkdown
{
    private readonly StringBuilder _text = new();

    /// <summary>The whole text.</summary>
    public static string Create(ArtifactDifference difference)
    {
        var markdown = new DiffMarkdown();
        markdown.Add(difference);
        return markdown._text.ToString();
    }

    private void Add(ArtifactDifference difference)
    {
        _text.Append("# ").Append(Escape(difference.Old)).Append(" → ").Append(Escape(difference.New)).Append("\n\n");
        if (difference.IsSame)
        {
            _text.Append("They hold the same.\n");
            return;
        }

        _text.Append("Image: ").Append(DiffWords.Size(difference.Sizes.Old, difference.Sizes.New))
            .Append(". Files: ").Append(DiffWords.Size(difference.Contents.Old, difference.Contents.New)).Append(".\n");
        Table("Packages", ["package", "old", "new"], difference.Packages, package => [Code(package.Name), package.Old ?? "–", package.New ?? "–"]);
        Table("Folders", ["folder", "size"], difference.Folders, folder => [Code(folder.Path), DiffWords.Size(folder.Old, folder.New)]);
        Table("Release files", ["file", "variable", "old", "new"], difference.Releases, release =>
            [release.File, Code(release.Name), release.Old is null ? "–" : Code(release.Old), release.New is null ? "–" : Code(release.New)]);
        Table("Units", ["", "unit", ""], difference.Units, unit => [unit.Change, Code(unit.Name), DiffWords.Describe(unit)]);
        Table(
            "Libraries",
            ["", "library"],
            [.. difference.SonamesLost.Select(name => ("removed", name)), .. difference.SonamesGained.Select(name => ("added", name))],
            library => [library.Item1, Code(library.name)]);
        foreach (var library in difference.Libraries)
        {
            _text.Append("\n### ").Append(Code(library.Name)).Append("\n\n```diff\n");
            foreach (var line in DiffWords.Lines(library))
            {
                _text.Append(line).Append('\n');
            }

            _text.Append("```\n");
        }

        Table("Files", ["", "file", ""], difference.Files, file => [file.Change, Code(file.Path), DiffWords.Describe(file)]);
    }

    private void Table<T>(string heading, string[] columns, IReadOnlyList<T> rows, Func<T, string[]> cells)
    {
        if (rows.Count == 0)
        {
            return;
        }

        _text.Append("\n## ").Append(heading).Append("\n\n");
        Row(columns);
        _text.Append('|').Insert(_text.Length, "---|", columns.Length).Append('\n');
        foreach (var row in rows)
        {
            Row([.. cells(row).Select(Escape)]);
        }
    }

    private void Row(string[] cells) => _text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    /// <summary>A span of code; a text with the mark itself stays text.</summary>
    private static string Code(string text) => text.Contains('`', StringComparison.Ordinal) ? text : $"`{text}`";

    /// <summary>Keeps a text from ending its cell, and from being HTML.</summary>
    private static string Escape(string text) =>
        text.StartsWith('`') && text.EndsWith('`')
            ? text.Replace("|", "\\|", StringComparison.Ordinal)
            : text.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
