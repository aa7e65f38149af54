namespace Compose.SquashFs.Reading;

/// <summary>Makes a tree's entries of inodes: looks up owners and attributes, and checks what refers to other tables.</summary>
internal sealed class EntryFactory
{
    private readonly SquashFsImage _image;
    private readonly ReadBudget _budget;
    private readonly uint[] _ids;
    private readonly AttributeReader? _attributes;

    /// <exception cref="ImageFault">The table of owners or of attributes is damaged.</exception>
    public EntryFactory(SquashFsImage image, ReadBudget budget)
    {
        _image = image;
        _budget = budget;
        _ids = image.ReadIds();
        _attributes = image.OpenAttributes(budget);
    }

    /// <summary>Makes the entry of an inode.</summary>
    /// <exception cref="ImageFault">It refers to what is not there.</exception>
    public TreeEntry Make(ImageInode inode, TreePath path)
    {
        var metadata = new EntryMetadata
        {
            Permissions = inode.Permissions,
            UserId = Id(inode.UserPlace),
            GroupId = Id(inode.GroupPlace),
            ModifiedTime = inode.ModifiedTime,
            ExtendedAttributes = Attributes(inode.Attributes),
        };
        return inode.Kind switch
        {
            InodeKind.Directory => new DirectoryEntry(metadata),
            InodeKind.File => new FileEntry(metadata, MakeContent(inode.File, path)),
            InodeKind.Symlink => new SymlinkEntry(metadata, TakeTarget(inode.Target!)),
            InodeKind.BlockDevice => MakeDevice(metadata, DeviceKind.Block, inode.Device),
            InodeKind.CharacterDevice => MakeDevice(metadata, DeviceKind.Character, inode.Device),
            InodeKind.Fifo => new FifoEntry(metadata),
            _ => new SocketEntry(metadata),
        };
    }

    /// <summary>The kernel's encoding: the minor number's low 8 bits, the major number's 12, the minor's other 12.</summary>
    private static DeviceEntry MakeDevice(EntryMetadata metadata, DeviceKind kind, uint device) =>
        new(metadata, kind, (device >> 8) & SquashFsFormat.MaximumDeviceMajor, (device & 0xFF) | ((device >> 12) & 0xF_FF00));

    private uint Id(ushort place) => place < _ids.Length
        ? _ids[place]
        : throw new ImageFault(SquashFsDiagnostics.DamagedInode, $"its owner is number {place} of the image's {_ids.Length} owners");

    private ExtendedAttributes Attributes(uint place)
    {
        if (place == SquashFsFormat.None)
        {
            return ExtendedAttributes.Empty;
        }

        return _attributes is null
            ? throw new ImageFault(SquashFsDiagnostics.DamagedInode, "it has extended attributes, and the image has none")
            : _attributes.Read(place);
    }

    private byte[] TakeTarget(byte[] target)
    {
        _budget.TakeName(target.Length);
        return target;
    }

    private ImageFileContent MakeContent(ImageFileLayout file, TreePath path)
    {
        if (file.HasFragment && file.Fragment >= _image.Superblock.FragmentCount)
        {
            throw new ImageFault(
                SquashFsDiagnostics.DamagedInode, $"its end is in fragment {file.Fragment}, and the image has {_image.Superblock.FragmentCount}");
        }

        // A length that no list can back is refused now; what the list says, when it is read.
        var blocks = file.BlockCount(_image.BlockSize);
        var entriesPerBlock = SquashFsFormat.MetadataBlockSize / sizeof(uint);
        if (blocks / entriesPerBlock > _image.MetadataBlocksFrom(file.BlockList))
        {
            throw new ImageFault(
                SquashFsDiagnostics.DamagedInode, $"the file has {file.Length} bytes by its inode, and the inode table cannot list so many blocks");
        }

        _budget.TakeContent(file.Length);
        return new ImageFileContent(_image, file, path);
    }
}
