using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Formats.Tar;

namespace Compose.Formats.Oci;

/// <summary>
/// Collects the entries of a layer that take away: <c>.wh.NAME</c> takes NAME, <c>.wh..wh..opq</c> all of its directory
/// (OCI Image Format Specification, "Whiteouts" and "Opaque Whiteout").
/// </summary>
internal sealed class WhiteoutSet(string layer, ArchiveLimits limits)
{
    private readonly HashSet<TreePath> _removed = [];
    private readonly HashSet<TreePath> _opaque = [];
    private int _entries;
    private long _nameBytes;

    private static ReadOnlySpan<byte> Prefix => ".wh."u8;

    private static ReadOnlySpan<byte> Opaque => ".wh..wh..opq"u8;

    /// <summary>The prefix of the names under which the file system AUFS kept its own state.</summary>
    private static ReadOnlySpan<byte> BookkeepingPrefix => ".wh..wh."u8;

    public IReadOnlyList<TreePath> Removed => [.. _removed.Order()];

    public IReadOnlyList<TreePath> OpaqueDirectories => [.. _opaque.Order()];

    /// <summary>Takes an entry, if it is a whiteout or state of AUFS.</summary>
    public bool TryTake(TarEntry entry)
    {
        // A path that leads outside is left to the checks that all entries pass.
        if (!TreePath.TryParse(entry.Name.Span, out var path) || entry.Name.Span is [(byte)'/', ..])
        {
            return false;
        }

        var rest = path.Bytes;
        while (!rest.IsEmpty)
        {
            var slash = rest.IndexOf((byte)'/');
            var name = slash < 0 ? rest : rest[..slash];
            rest = slash < 0 ? [] : rest[(slash + 1)..];
            if (name.StartsWith(Prefix))
            {
                Take(entry, path, name, isLast: rest.IsEmpty);
                return true;
            }
        }

        return false;
    }

    private void Take(TarEntry entry, TreePath path, ReadOnlySpan<byte> name, bool isLast)
    {
        if (++_entries > limits.Entries)
        {
            throw Bad(ArchiveDiagnostics.TooLarge, $"with '{entry}' it has more than the {limits.Entries} whiteouts that are allowed");
        }

        _nameBytes += path.Bytes.Length;
        if (_nameBytes > limits.NameBytes)
        {
            throw Bad(ArchiveDiagnostics.TooLarge, $"with '{entry}' its whiteouts have more than the {limits.NameBytes} bytes of names that are allowed");
        }

        if (path.Depth > limits.Depth)
        {
            throw Bad(ArchiveDiagnostics.TooLarge, $"'{entry}' has a path of more than the {limits.Depth} components that are allowed");
        }

        if (isLast && name.SequenceEqual(Opaque))
        {
            _opaque.Add(path.Parent);
        }
        else if (name.StartsWith(BookkeepingPrefix))
        {
            // No program has a use for it, so nothing is lost.
        }
        else if (!isLast)
        {
            throw Bad(OciDiagnostics.BadLayer, $"'{entry}' lies below a whiteout");
        }
        else
        {
            var target = name[Prefix.Length..];
            if (target.IsEmpty || target.SequenceEqual("."u8) || target.SequenceEqual(".."u8))
            {
                throw Bad(ArchiveDiagnostics.UnsafePath, $"'{entry}' is a whiteout of '{TreePath.Describe(target)}'");
            }

            _removed.Add(path.Parent.Child(target));
        }
    }

    private DiagnosticException Bad(DiagnosticDescriptor descriptor, string reason) =>
        new(descriptor.Create($"{layer} is refused: {reason}."));
}
