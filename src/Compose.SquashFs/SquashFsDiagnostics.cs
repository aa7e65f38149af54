namespace Compose.SquashFs;

/// <summary>What can stop a tree from becoming a squashfs image, and an image from being read.</summary>
public static class SquashFsDiagnostics
{
    /// <summary>A file name is longer than the format holds.</summary>
    public static readonly DiagnosticDescriptor NameTooLong =
        new("COMPOSE4001", DiagnosticSeverity.Error, "A file name is too long for squashfs");

    /// <summary>The tree has more owners than the format's table of ids holds.</summary>
    public static readonly DiagnosticDescriptor TooManyOwners =
        new("COMPOSE4002", DiagnosticSeverity.Error, "A tree has too many owners for squashfs");

    /// <summary>A file had more or fewer bytes than it was listed with.</summary>
    public static readonly DiagnosticDescriptor ContentLengthDiffers =
        new("COMPOSE4003", DiagnosticSeverity.Error, "A file's content has another size than was listed");

    /// <summary>A file's bytes could not be read.</summary>
    public static readonly DiagnosticDescriptor ContentUnreadable =
        new("COMPOSE4004", DiagnosticSeverity.Error, "A file's content cannot be read");

    /// <summary>An extended attribute is outside the namespaces the format knows.</summary>
    public static readonly DiagnosticDescriptor UnknownAttributeNamespace =
        new("COMPOSE4005", DiagnosticSeverity.Error, "An extended attribute's namespace is unknown to squashfs");

    /// <summary>An extended attribute's name or value is too long.</summary>
    public static readonly DiagnosticDescriptor AttributeTooLarge =
        new("COMPOSE4006", DiagnosticSeverity.Error, "An extended attribute is too large");

    /// <summary>A symbolic link's target cannot be a Linux path.</summary>
    public static readonly DiagnosticDescriptor BadSymlinkTarget =
        new("COMPOSE4007", DiagnosticSeverity.Error, "A symbolic link's target is not a path");

    /// <summary>A device number is outside Linux's range.</summary>
    public static readonly DiagnosticDescriptor BadDeviceNumber =
        new("COMPOSE4008", DiagnosticSeverity.Error, "A device number is out of range");

    /// <summary>A time is outside the format's range.</summary>
    public static readonly DiagnosticDescriptor TimeOutOfRange =
        new("COMPOSE4009", DiagnosticSeverity.Error, "A modification time is out of squashfs's range");

    /// <summary>A file has more blocks than can be listed.</summary>
    public static readonly DiagnosticDescriptor FileTooLarge =
        new("COMPOSE4010", DiagnosticSeverity.Error, "A file is too large for the block size");

    /// <summary>A compression, or a level of it, does not exist.</summary>
    public static readonly DiagnosticDescriptor UnknownCompression =
        new("COMPOSE4011", DiagnosticSeverity.Error, "There is no such compression or level");

    /// <summary>A codec's native library is not there for the platform.</summary>
    public static readonly DiagnosticDescriptor CodecUnavailable =
        new("COMPOSE4012", DiagnosticSeverity.Error, "A codec cannot be used on this platform");

    /// <summary>A line of a sort list has another form.</summary>
    public static readonly DiagnosticDescriptor BadSortLine =
        new("COMPOSE4013", DiagnosticSeverity.Error, "A line of a sort list is wrong");

    /// <summary>No level of a compression keeps the budget.</summary>
    public static readonly DiagnosticDescriptor BudgetExceeded =
        new("COMPOSE4014", DiagnosticSeverity.Warning, "No level of compression keeps the budget");

    /// <summary>What is opened is no image, or of another version.</summary>
    public static readonly DiagnosticDescriptor NotSquashFs =
        new("COMPOSE4020", DiagnosticSeverity.Error, "The file is not a squashfs 4.0 image");

    /// <summary>The image ends before its own size, or before something it refers to.</summary>
    public static readonly DiagnosticDescriptor ImageTruncated =
        new("COMPOSE4021", DiagnosticSeverity.Error, "A squashfs image is cut off");

    /// <summary>The image is compressed in a way that cannot be read.</summary>
    public static readonly DiagnosticDescriptor UnsupportedCodec =
        new("COMPOSE4022", DiagnosticSeverity.Error, "A squashfs image's codec is not supported");

    /// <summary>The superblock contradicts itself or the image.</summary>
    public static readonly DiagnosticDescriptor DamagedSuperblock =
        new("COMPOSE4023", DiagnosticSeverity.Error, "A squashfs image's superblock is damaged");

    /// <summary>A table is not where it should be, or does not hold what is looked up.</summary>
    public static readonly DiagnosticDescriptor DamagedTable =
        new("COMPOSE4024", DiagnosticSeverity.Error, "A table of a squashfs image is damaged");

    /// <summary>A block cannot be decompressed or has the wrong size.</summary>
    public static readonly DiagnosticDescriptor DamagedBlock =
        new("COMPOSE4025", DiagnosticSeverity.Error, "A block of a squashfs image is damaged");

    /// <summary>An inode says what cannot be.</summary>
    public static readonly DiagnosticDescriptor DamagedInode =
        new("COMPOSE4026", DiagnosticSeverity.Error, "An inode of a squashfs image is damaged");

    /// <summary>A directory's listing is wrong, or the tree is none.</summary>
    public static readonly DiagnosticDescriptor DamagedDirectory =
        new("COMPOSE4027", DiagnosticSeverity.Error, "A directory of a squashfs image is damaged");

    /// <summary>A set of extended attributes is wrong.</summary>
    public static readonly DiagnosticDescriptor DamagedAttributes =
        new("COMPOSE4028", DiagnosticSeverity.Error, "Extended attributes of a squashfs image are damaged");

    /// <summary>The image is larger than the caller allows.</summary>
    public static readonly DiagnosticDescriptor ReadLimitExceeded =
        new("COMPOSE4029", DiagnosticSeverity.Error, "A squashfs image exceeds a limit of its reader");
}
