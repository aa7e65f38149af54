using System.Globalization;
using System.Text;
using Compose.FileTrees;

namespace Compose.Images.Trees;

/// <summary>
/// Writes tmpfiles.d(5) rules for what an image cannot hold: it is only /usr (and /opt), so configuration is copied to
/// /etc and directories in /var are made at boot.
/// </summary>
internal static class StateDirectories
{
    /// <summary>
    /// Rules that make a copy of <paramref name="etc"/> in /etc, file by file: a rule for a whole directory would do
    /// nothing where the directory exists already.
    /// </summary>
    /// <param name="etc">The items below /etc, with paths that begin with <c>etc</c>.</param>
    /// <param name="source">Where the image keeps them, such as <c>/usr/share/docker/etc</c>.</param>
    public static string CopyRules(FileTree etc, string source)
    {
        var rules = new StringBuilder();
        foreach (var (path, entry) in etc.Items)
        {
            if (path.Depth < 2)
            {
                continue;
            }

            var relative = path.RelativeTo(TreePath.Parse("etc"));
            switch (entry)
            {
                case DirectoryEntry directory when directory.Metadata != EntryMetadata.Directory with { ModifiedTime = directory.Metadata.ModifiedTime }
                    || !etc.Children(path).Any():
                    AppendDirectory(rules, path, directory);
                    break;
                case SymlinkEntry link:
                    rules.Append(CultureInfo.InvariantCulture, $"L {Escape(path.Bytes, "/")} - - - - {Escape(link.Target.Span)}\n");
                    break;
                case FileEntry:
                    rules.Append(CultureInfo.InvariantCulture, $"C {Escape(path.Bytes, "/")} - - - - {Escape(relative.Bytes, source + "/")}\n");
                    break;
                default:
                    break;
            }
        }

        return rules.ToString();
    }

    /// <summary>Rules that make the directories of a tree, from the third component on (/var/lib/x, not /var/lib).</summary>
    public static string DirectoryRules(FileTree tree)
    {
        var rules = new StringBuilder();
        foreach (var (path, entry) in tree.Items)
        {
            if (entry is DirectoryEntry directory && path.Depth > 2)
            {
                AppendDirectory(rules, path, directory);
            }
        }

        return rules.ToString();
    }

    private static void AppendDirectory(StringBuilder rules, TreePath path, DirectoryEntry directory)
    {
        var metadata = directory.Metadata;
        rules.Append(
            CultureInfo.InvariantCulture,
            $"d {Escape(path.Bytes, "/")} {Convert.ToString(metadata.Permissions, 8).PadLeft(4, '0')} {metadata.UserId} {metadata.GroupId} -\n");
    }

    /// <summary>Paths may hold blanks, quotes and specifiers (<c>%</c>).</summary>
    private static string Escape(ReadOnlySpan<byte> bytes, string prefix = "")
    {
        var text = new StringBuilder(prefix);
        foreach (var value in bytes)
        {
            if (value == '%')
            {
                text.Append("%%");
            }
            else if (value is > 0x20 and < 0x7F && value is not ((byte)'"' or (byte)'\'' or (byte)'\\'))
            {
                text.Append((char)value);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
            }
        }

        return text.ToString();
    }
}
