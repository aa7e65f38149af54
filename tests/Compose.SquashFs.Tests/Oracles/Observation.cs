using System.Security.Cryptography;

namespace Compose.SquashFs.Tests.Oracles;

/// <summary>An inode as a reader sees it.</summary>
/// <param name="Kind">"directory", "file", "symlink", "character", "block", "fifo" or "socket".</param>
/// <param name="Mode">The permission bits.</param>
/// <param name="Owner">The owner and the group: "0:0".</param>
/// <param name="Time">The modification time in seconds.</param>
/// <param name="Content">A file's size and digest, a link's target, a device's numbers; else empty.</param>
/// <param name="Attributes">The extended attributes as text, sorted.</param>
internal sealed record ObservedInode(string Kind, int Mode, string Owner, long Time, string Content, string Attributes)
{
    public static string DescribeFile(ReadOnlySpan<byte> content) =>
        $"{content.Length} bytes {Convert.ToHexStringLower(SHA256.HashData(content))}";
}

/// <summary>
/// A whole tree as a reader sees it. Paths are bytes read as Latin-1, so that any byte survives. Names of one inode refer
/// to the same object.
/// </summary>
internal sealed class Observation
{
    private readonly SortedDictionary<string, ObservedInode> _inodes = new(StringComparer.Ordinal);

    public void Add(string path, ObservedInode inode) => Assert.True(_inodes.TryAdd(path, inode), $"'{path}' occurs twice.");

    public void Link(string path, string existing) => Add(path, _inodes[existing]);

    /// <summary>One line for each path; hard links name the first of their paths.</summary>
    public List<string> ToLines(ObservedDetails details)
    {
        var firstPaths = new Dictionary<ObservedInode, string>(ReferenceEqualityComparer.Instance);
        var lines = new List<string>(_inodes.Count);
        foreach (var (path, inode) in _inodes)
        {
            if (details.HasFlag(ObservedDetails.NoSockets) && inode.Kind == "socket")
            {
                continue;
            }

            var owner = details.HasFlag(ObservedDetails.NoOwners) ? "" : inode.Owner;
            var line = $"{path}: {inode.Kind} {Convert.ToString(inode.Mode, 8)} {owner} {inode.Time} {inode.Content}";
            if (details.HasFlag(ObservedDetails.Attributes))
            {
                line += $" [{inode.Attributes}]";
            }

            var isLink = !firstPaths.TryAdd(inode, path);
            if (isLink && !(details.HasFlag(ObservedDetails.NoSpecialLinks) && inode.Kind is "fifo" or "character" or "block"))
            {
                line += $" = {firstPaths[inode]}";
            }

            lines.Add(line);
        }

        return lines;
    }
}

/// <summary>What an oracle tells.</summary>
[Flags]
internal enum ObservedDetails
{
    None = 0,

    /// <summary>It tells extended attributes.</summary>
    Attributes = 1,

    /// <summary>It leaves sockets out.</summary>
    NoSockets = 2,

    /// <summary>It does not tell owners.</summary>
    NoOwners = 4,

    /// <summary>It does not tell that two fifos or devices are one.</summary>
    NoSpecialLinks = 8,
}
