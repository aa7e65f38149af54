using System.Globalization;
using System.Text;
using Compose.FileTrees;

namespace Compose.Images.Disks;

/// <summary>Lists what a tree holds, an entry a line, as Flatcar does beside its images.</summary>
public static class ContentsReport
{
    /// <summary>
    /// Each line has the mode, the number of links, user, group, size in bytes (or device number), time in UTC and path,
    /// and for a symbolic link its target.
    /// </summary>
    /// <param name="tree">The tree.</param>
    /// <param name="prefix">What the paths begin with, such as <c>./usr</c>.</param>
    public static string Create(FileTree tree, string prefix)
    {
        var links = new Dictionary<TreeEntry, int>(ReferenceEqualityComparer.Instance);
        foreach (var item in tree.Items)
        {
            links[item.Entry] = links.GetValueOrDefault(item.Entry) + 1;
        }

        var report = new StringBuilder();
        foreach (var (path, entry) in tree.Items)
        {
            var metadata = entry.Metadata;
            var time = DateTimeOffset.FromUnixTimeSeconds(metadata.ModifiedTime).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
            report.Append(
                CultureInfo.InvariantCulture,
                $"{Mode(entry)} {links[entry]} {metadata.UserId} {metadata.GroupId} {Size(entry)} {time} {(path.IsRoot ? prefix : $"{prefix}/{path}")}");
            if (entry is SymlinkEntry link)
            {
                report.Append(" -> ").Append(TreePath.Describe(link.Target.Span));
            }

            report.Append('\n');
        }

        return report.ToString();
    }

    private static string Size(TreeEntry entry) => entry switch
    {
        FileEntry file => file.Content.Length.ToString(CultureInfo.InvariantCulture),
        SymlinkEntry link => link.Target.Length.ToString(CultureInfo.InvariantCulture),
        DeviceEntry device => string.Create(CultureInfo.InvariantCulture, $"{device.Major},{device.Minor}"),
        _ => "0",
    };

    private static string Mode(TreeEntry entry)
    {
        const int SetUserId = 0x800;
        const int SetGroupId = 0x400;
        const int Sticky = 0x200;

        var permissions = entry.Metadata.Permissions;
        Span<char> text = stackalloc char[10];
        text[0] = entry switch
        {
            DirectoryEntry => 'd',
            SymlinkEntry => 'l',
            DeviceEntry { Kind: DeviceKind.Character } => 'c',
            DeviceEntry => 'b',
            FifoEntry => 'p',
            SocketEntry => 's',
            _ => '-',
        };
        for (var i = 0; i < 9; i++)
        {
            text[i + 1] = (permissions >> (8 - i) & 1) == 1 ? "rwx"[i % 3] : '-';
        }

        Special(text, 3, permissions & SetUserId, 's');
        Special(text, 6, permissions & SetGroupId, 's');
        Special(text, 9, permissions & Sticky, 't');
        return text.ToString();

        static void Special(Span<char> text, int position, int bit, char letter)
        {
            if (bit != 0)
            {
                text[position] = text[position] == 'x' ? letter : char.ToUpperInvariant(letter);
            }
        }
    }
}
