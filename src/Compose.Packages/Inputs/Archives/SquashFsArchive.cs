using Compose.FileTrees;
using Compose.FileTrees.Operations;
using Compose.FileTrees.Storage;
using Compose.Formats.Tar;
using Compose.SquashFs.Reading;

namespace Compose.Packages.Inputs.Archives;

/// <summary>Reads a squashfs image as an archive: its contents go straight to the store.</summary>
internal static class SquashFsArchive
{
    /// <summary>Whether a file's first bytes are those of an image.</summary>
    public static bool IsImage(ReadOnlySpan<byte> start) => start.StartsWith("hsqs"u8);

    /// <summary>Reads an image.</summary>
    /// <param name="file">The image.</param>
    /// <param name="name">The image's name for messages.</param>
    /// <param name="store">Where the contents go.</param>
    /// <param name="limits">How much it may hold.</param>
    /// <param name="rules">What it may hold.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">The image is damaged, hostile or larger than allowed.</exception>
    public static FileTree Read(
        BlobContent file, string name, ContentStore store, ArchiveLimits limits, ArchiveRules rules, CancellationToken cancellationToken)
    {
        var options = new SquashFsReadOptions
        {
            MaximumEntries = limits.Entries,
            MaximumDepth = limits.Depth,
            MaximumNameBytes = limits.NameBytes,
            MaximumContentBytes = limits.UnpackedBytesFor(file.Length),
        };
        using var handle = File.OpenHandle(file.HostPath, options: FileOptions.RandomAccess);
        using var image = SquashFsReader.Open(handle, name, options);
        var tree = image.ReadTree(cancellationToken);
        foreach (var (path, entry) in tree.Items)
        {
            Check(path, entry, name, rules);
        }

        return tree.StoreContents(store, cancellationToken);
    }

    private static void Check(TreePath path, TreeEntry entry, string name, ArchiveRules rules)
    {
        if (entry is DeviceEntry or FifoEntry or SocketEntry && !rules.AllowDevices)
        {
            throw Bad(ArchiveDiagnostics.NotAllowed, name, $"'{path}' is a device, a named pipe or a socket");
        }

        if (entry is SymlinkEntry link && !rules.AllowLinksAboveRoot
            && link.Target.Span is not [(byte)'/', ..] && TreeLinks.ClimbsAboveRoot(path, link.Target.Span))
        {
            throw Bad(ArchiveDiagnostics.UnsafePath, name, $"'{path}' is a symbolic link to '{TreePath.Describe(link.Target.Span)}', which leads out of the archive");
        }
    }

    private static DiagnosticException Bad(DiagnosticDescriptor descriptor, string name, string reason) =>
        new(descriptor.Create($"{name} is refused: {reason}."));
}
