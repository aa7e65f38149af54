using System.Security.Cryptography;
using System.Text;

namespace Compose.SquashFs.Tests.Oracles;

/// <summary>What readers must see of a tree.</summary>
internal static class ExpectedTree
{
    public static Observation Of(FileTree tree)
    {
        var observation = new Observation();
        var first = new Dictionary<TreeEntry, string>(ReferenceEqualityComparer.Instance);
        foreach (var (path, entry) in tree)
        {
            var text = Encoding.Latin1.GetString(path.Bytes);
            if (entry is not DirectoryEntry && !first.TryAdd(entry, text))
            {
                observation.Link(text, first[entry]);
                continue;
            }

            var metadata = entry.Metadata;
            var (kind, content) = Describe(entry);
            observation.Add(text, new ObservedInode(
                kind,
                metadata.Permissions,
                $"{metadata.UserId}:{metadata.GroupId}",
                metadata.ModifiedTime,
                content,
                string.Join(' ', metadata.ExtendedAttributes.Select(a => $"{a.Name}={Convert.ToHexStringLower(a.Value.Span)}"))));
        }

        return observation;
    }

    private static (string Kind, string Content) Describe(TreeEntry entry) => entry switch
    {
        DirectoryEntry => ("directory", ""),
        FileEntry file => ("file", Describe(file.Content)),
        SymlinkEntry link => ("symlink", Encoding.Latin1.GetString(link.Target.Span)),
        DeviceEntry device => (device.Kind == DeviceKind.Block ? "block" : "character", $"{device.Major},{device.Minor}"),
        FifoEntry => ("fifo", ""),
        SocketEntry => ("socket", ""),
        _ => throw new InvalidOperationException(),
    };

    private static string Describe(FileContent content)
    {
        using var stream = content.OpenRead();
        return $"{content.Length} bytes {Convert.ToHexStringLower(SHA256.HashData(stream))}";
    }
}
