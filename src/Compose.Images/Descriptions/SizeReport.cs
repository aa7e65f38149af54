using System.Globalization;
using System.Text;
using Compose.FileTrees;

namespace Compose.Images.Descriptions;

/// <summary>What takes the room in an image: bytes of files by folder, and the largest files.</summary>
public static class SizeReport
{
    private const int Depth = 3;
    private const int LargestFiles = 50;

    /// <summary>
    /// The report: folders down to the third level and the largest files, each with its bytes before compression. A file with
    /// several names counts where its first one is.
    /// </summary>
    public static string Create(ImageDescription image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var folders = new SortedDictionary<TreePath, long>();
        var files = new List<(TreePath Path, long Size)>();
        var seen = new HashSet<TreeEntry>(ReferenceEqualityComparer.Instance);
        foreach (var (path, entry) in image.Tree.Items)
        {
            if (entry is DirectoryEntry && path.Depth <= Depth)
            {
                folders.TryAdd(path, 0);
            }

            if (entry is not FileEntry file || !seen.Add(entry))
            {
                continue;
            }

            files.Add((path, file.Content.Length));
            for (var folder = path.Parent; ; folder = folder.Parent)
            {
                if (folder.Depth <= Depth)
                {
                    folders[folder] = folders.GetValueOrDefault(folder) + file.Content.Length;
                }

                if (folder.IsRoot)
                {
                    break;
                }
            }
        }

        var report = new StringBuilder("# Bytes of files before compression, by folder\n");
        foreach (var (path, size) in folders)
        {
            Append(report, image.Prefix, path, size);
        }

        report.Append("\n# The largest files\n");
        foreach (var (path, size) in files.OrderByDescending(file => file.Size).ThenBy(file => file.Path).Take(LargestFiles))
        {
            Append(report, image.Prefix, path, size);
        }

        return report.ToString();
    }

    private static void Append(StringBuilder report, string prefix, TreePath path, long size) =>
        report.Append(CultureInfo.InvariantCulture, $"{size,13} /{prefix}{(prefix.Length > 0 && !path.IsRoot ? "/" : "")}{path}\n");
}
