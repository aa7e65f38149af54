using Compose.SquashFs.Metadata;

namespace Compose.SquashFs.Planning;

/// <summary>
/// What inodes refer to by place: owners, times and extended attributes. Made before any data is written, so that a tree
/// that the format cannot hold is refused at once.
/// </summary>
internal sealed class InodeAttributes
{
    private readonly InodePlan _inodes;
    private readonly SquashFsOptions _options;

    /// <summary>Collects ids and extended attributes, and checks every item against the format's limits.</summary>
    /// <exception cref="DiagnosticException">The format cannot hold an item.</exception>
    public InodeAttributes(InodePlan inodes, SquashFsOptions options)
    {
        _inodes = inodes;
        _options = options;
        foreach (var item in inodes.Tree.Items)
        {
            if (item.Path.Name.Length > SquashFsFormat.MaximumNameLength)
            {
                throw new DiagnosticException(SquashFsDiagnostics.NameTooLong.Create(
                    $"The name of '{item.Path}' has {item.Path.Name.Length} bytes; a squashfs image holds names of up to {SquashFsFormat.MaximumNameLength} bytes."));
            }
        }

        for (var inode = 0; inode < inodes.Count; inode++)
        {
            var (path, entry) = inodes.Tree.Items[inodes.ItemOf(inode)];
            Ids.Add(entry.Metadata.UserId);
            Ids.Add(entry.Metadata.GroupId);
            Attributes.Add(entry.Metadata.ExtendedAttributes, path);
            Check(path, entry);
        }
    }

    public IdTable Ids { get; } = new();

    public ExtendedAttributeTable Attributes { get; } = new();

    /// <summary>The inode's header.</summary>
    public InodeHeader HeaderOf(int inode)
    {
        var metadata = _inodes.EntryOf(inode).Metadata;
        return new InodeHeader(
            Number: (uint)inode + 1,
            metadata.Permissions,
            Ids[metadata.UserId],
            Ids[metadata.GroupId],
            (uint)TimeOf(metadata),
            _inodes.LinkCountOf(inode),
            Attributes[metadata.ExtendedAttributes]);
    }

    private long TimeOf(EntryMetadata metadata) => _options.Times switch
    {
        SquashFsTimes.Replaced => _options.ModificationTime,
        SquashFsTimes.Clamped => Math.Min(metadata.ModifiedTime, _options.ModificationTime),
        _ => metadata.ModifiedTime,
    };

    private void Check(TreePath path, TreeEntry entry)
    {
        if (TimeOf(entry.Metadata) is < 0 or > uint.MaxValue)
        {
            throw new DiagnosticException(SquashFsDiagnostics.TimeOutOfRange.Create(
                $"The modification time of '{path}' is {entry.Metadata.ModifiedTime} seconds from 1970; a squashfs image holds times from 1970 to 2106. Replace the times with one of the image."));
        }

        switch (entry)
        {
            case SymlinkEntry link when link.Target.Length is 0 or > SquashFsFormat.MaximumSymlinkTarget
                || link.Target.Span.Contains((byte)0):
                throw new DiagnosticException(SquashFsDiagnostics.BadSymlinkTarget.Create(
                    $"The target of the symbolic link '{path}' has {link.Target.Length} bytes; Linux allows 1 to {SquashFsFormat.MaximumSymlinkTarget}, none of them NUL."));
            case DeviceEntry device when device.Major > SquashFsFormat.MaximumDeviceMajor
                || device.Minor > SquashFsFormat.MaximumDeviceMinor:
                throw new DiagnosticException(SquashFsDiagnostics.BadDeviceNumber.Create(
                    $"The device '{path}' has the numbers {device.Major}:{device.Minor}; Linux has major numbers up to {SquashFsFormat.MaximumDeviceMajor} and minor numbers up to {SquashFsFormat.MaximumDeviceMinor}."));
        }
    }
}
