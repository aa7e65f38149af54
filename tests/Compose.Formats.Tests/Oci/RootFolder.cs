using System.Globalization;
using System.Security.Cryptography;
using Compose.FileTrees;

namespace Compose.Formats.Tests.Oci;

/// <summary>Describes a tree, and a folder that another program unpacked, in the same words: one line for each path.</summary>
internal static class RootFolder
{
    /// <summary>What <c>find</c> sees.</summary>
    public static string[] Describe(string folder)
    {
        var listing = ExternalTool.Run("find", folder, "-printf", """%P\t%y\t%m\t%l\t%i\t%T@\n""");
        var names = new Dictionary<string, string>();
        var lines = new List<string>();
        foreach (var fields in listing.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).OrderBy(fields => fields[0], StringComparer.Ordinal))
        {
            var (path, kind, mode, link, inode) = (fields[0], fields[1], fields[2], fields[3], fields[4]);
            if (path.Length == 0)
            {
                continue;
            }

            var first = kind == "d" ? path : names.TryAdd(inode, path) ? path : names[inode];
            var content = kind == "f" ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, path)))) : "";
            lines.Add($"{path} {kind} {(kind == "l" ? "" : mode)} {link} {(first == path ? "" : $"= {first}")} {content}");
        }

        return [.. lines];
    }

    /// <summary>What our tree holds.</summary>
    public static string[] Describe(FileTree tree)
    {
        var names = new Dictionary<TreeEntry, string>(ReferenceEqualityComparer.Instance);
        return
        [
            .. tree.Where(item => !item.Path.IsRoot).Select(item => (Path: item.Path.ToString(), item.Entry)).OrderBy(item => item.Path, StringComparer.Ordinal).Select(item =>
            {
                var (kind, link, content) = item.Entry switch
                {
                    DirectoryEntry => ("d", "", ""),
                    SymlinkEntry symlink => ("l", TreePath.Describe(symlink.Target.Span), ""),
                    FileEntry file => ("f", "", Hash(file.Content)),
                    _ => ("?", "", ""),
                };
                var first = kind == "d" || names.TryAdd(item.Entry, item.Path) ? item.Path : names[item.Entry];
                var mode = Convert.ToString(item.Entry.Metadata.Permissions, 8).ToString(CultureInfo.InvariantCulture);
                return $"{item.Path} {kind} {(kind == "l" ? "" : mode)} {link} {(first == item.Path ? "" : $"= {first}")} {content}";
            }),
        ];
    }

    private static string Hash(FileContent content)
    {
        using var stream = content.OpenRead();
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
