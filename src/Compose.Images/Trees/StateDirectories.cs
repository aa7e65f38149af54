using System.Globalization;
using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Trees;

/// <summary>
/// Writes tmpfiles.d(5) rules for what an image cannot hold: it is only /usr (and /opt), so configuration is copied to
/// /etc and directories in /var are made at boot.
/// </summary>
internal static class StateDirectories
{
    private static readonly TreePath Run = TreePath.Parse("run");

    /// <summary>
    /// Rules that make a copy of <paramref name="etc"/> in /etc, file by file: a rule for a whole directory would do
    /// nothing where the directory exists already.
    /// </summary>
    /// <param name="etc">The items below /etc, with paths that begin with <c>etc</c>.</param>
    /// <param name="source">Where the image keeps them, such as <c>/usr/share/docker/etc</c>.</param>
    /// <exception cref="DiagnosticException">A name or link has a line break.</exception>
    public static byte[] CopyRules(FileTree etc, string source)
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
                    rules.Append(CultureInfo.InvariantCulture, $"L {Quoted(path)} - - - - {Argument(path, link.Target.Span)}\n");
                    break;
                case FileEntry:
                    rules.Append(CultureInfo.InvariantCulture, $"C {Quoted(path)} - - - - {source}/{Argument(path, relative.Bytes)}\n");
                    break;
                default:
                    break;
            }
        }

        return Encoding.Latin1.GetBytes(rules.ToString());
    }

    /// <summary>Rules that make the directories of a tree: in /var from the third component on (/var/lib/x, not /var/lib), in /run all.</summary>
    public static byte[] DirectoryRules(FileTree tree)
    {
        var rules = new StringBuilder();
        foreach (var (path, entry) in tree.Items)
        {
            if (entry is DirectoryEntry directory && path.Depth > (path.IsWithin(Run) ? 1 : 2))
            {
                AppendDirectory(rules, path, directory);
            }
        }

        return Encoding.Latin1.GetBytes(rules.ToString());
    }

    private static void AppendDirectory(StringBuilder rules, TreePath path, DirectoryEntry directory)
    {
        var metadata = directory.Metadata;
        rules.Append(
            CultureInfo.InvariantCulture,
            $"d {Quoted(path)} {Convert.ToString(metadata.Permissions, 8).PadLeft(4, '0')} {metadata.UserId} {metadata.GroupId} -\n");
    }

    /// <summary>The path in quotes, where releases of systemd agree about what has to be escaped.</summary>
    internal static string Quoted(TreePath path)
    {
        var text = "/" + Argument(path, path.Bytes);
        return !text.Any(c => char.IsWhiteSpace(c) || c is '"' or '\'' or '\\')
            ? text
            : $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }

    /// <summary>The argument is the rest of the line as it stands: only specifiers are escaped.</summary>
    private static string Argument(TreePath path, ReadOnlySpan<byte> bytes) =>
        bytes.Contains((byte)'\n')
            ? throw new DiagnosticException(ImageDiagnostics.BadValue.Create($"'/{path}' has a line break in its name or target; tmpfiles.d cannot name it."))
            : Encoding.Latin1.GetString(bytes).Replace("%", "%%", StringComparison.Ordinal);
}
