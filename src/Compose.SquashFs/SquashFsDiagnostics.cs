namespace Compose.SquashFs;

/// <summary>What can stop a tree from becoming a squashfs image.</summary>
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
}
