using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Formats.Deb;

namespace Compose.Images.Artifacts.Inspection;

/// <summary>Finds the list of the packages in an artifact: beside it, as a build writes it, or dpkg's in it.</summary>
public static class PackageLists
{
    /// <summary>A list of ten thousand packages has about half of it.</summary>
    private const int MaximumListSize = 1024 * 1024;

    private static readonly TreePath[] DpkgStatus = [TreePath.Parse("var/lib/dpkg/status"), TreePath.Parse("usr/lib/dpkg/status")];

    /// <summary>Reads the list.</summary>
    /// <returns>Where it was found, null when there is none; and the packages, sorted.</returns>
    /// <exception cref="DiagnosticException">The list in it is damaged.</exception>
    public static (string? Source, IReadOnlyList<PackageFacts> Packages) Find(Artifact artifact)
    {
        ArgumentNullException.ThrowIfNull(artifact);
        var beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(artifact.Path)) ?? string.Empty, $"{artifact.Stem}_packages.txt");
        if (File.Exists(beside))
        {
            return (Path.GetFileName(beside), Sort(ReadReport(beside)));
        }

        foreach (var part in artifact.Parts)
        {
            foreach (var path in DpkgStatus)
            {
                if (part.Files is not null && part.MountedFiles.TryGet(path, out var entry) && entry is FileEntry file)
                {
                    return ($"/{path}", Sort(ReadStatus(file)));
                }
            }
        }

        return (null, []);
    }

    /// <summary>Reads a list as <see cref="Disks.PackagesReport"/> writes it; other lines are passed over.</summary>
    private static IEnumerable<PackageFacts> ReadReport(string path)
    {
        using var file = File.OpenRead(path);
        var bytes = new byte[(int)Math.Min(file.Length, MaximumListSize)];
        var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        foreach (var line in Encoding.UTF8.GetString(bytes, 0, length).Split('\n'))
        {
            if (line.Split(' ') is [var owner, var name, var version, var architecture])
            {
                yield return new PackageFacts(
                    TreeText.Printable(owner), TreeText.Printable(name), TreeText.Printable(version), TreeText.Printable(architecture));
            }
        }
    }

    private static List<PackageFacts> ReadStatus(FileEntry file)
    {
        var packages = new List<PackageFacts>();
        using var stream = file.Content.OpenRead();
        var reader = new Deb822Reader(stream);
        while (TryRead(reader, out var paragraph))
        {
            var (name, version, architecture, status) = ("", "", "", "");
            foreach (var field in new Deb822Paragraph(paragraph.Span))
            {
                switch (Encoding.UTF8.GetString(field.Name))
                {
                    case "Package":
                        name = field.ValueText();
                        break;
                    case "Version":
                        version = field.ValueText();
                        break;
                    case "Architecture":
                        architecture = field.ValueText();
                        break;
                    case "Status":
                        status = field.ValueText();
                        break;
                }
            }

            if (name.Length > 0 && status.EndsWith(" installed", StringComparison.Ordinal))
            {
                packages.Add(new PackageFacts("", TreeText.Printable(name), TreeText.Printable(version), TreeText.Printable(architecture)));
            }
        }

        return packages;
    }

    /// <summary>Behind a paragraph that is too large, nothing of the list is believed.</summary>
    private static bool TryRead(Deb822Reader reader, out ReadOnlyMemory<byte> paragraph)
    {
        try
        {
            return reader.TryRead(out paragraph);
        }
        catch (InvalidDataException)
        {
            paragraph = default;
            return false;
        }
    }

    private static PackageFacts[] Sort(IEnumerable<PackageFacts> packages) =>
    [
        .. packages
            .OrderBy(package => package.Owner, StringComparer.Ordinal)
            .ThenBy(package => package.Name, StringComparer.Ordinal)
            .ThenBy(package => package.Architecture, StringComparer.Ordinal),
    ];
}
