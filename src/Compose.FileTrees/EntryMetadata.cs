namespace Compose.FileTrees;

/// <summary>What an inode carries besides its content.</summary>
public readonly record struct EntryMetadata
{
    /// <summary>The bits of <see cref="Permissions"/>: rwx for user, group and others, setuid, setgid and sticky.</summary>
    public const ushort PermissionMask = 0xFFF;

    private const ushort Octal0755 = 0x1ED;
    private const ushort Octal0644 = 0x1A4;
    private const ushort Octal0777 = 0x1FF;

    private readonly ushort _permissions;
    private readonly ExtendedAttributes? _extendedAttributes;

    /// <summary>A directory as packages have it: 0755, root, time 0.</summary>
    public static EntryMetadata Directory => new() { Permissions = Octal0755 };

    /// <summary>A plain file: 0644, root, time 0.</summary>
    public static EntryMetadata File => new() { Permissions = Octal0644 };

    /// <summary>A program: 0755, root, time 0.</summary>
    public static EntryMetadata Executable => new() { Permissions = Octal0755 };

    /// <summary>A symbolic link: 0777, root, time 0.</summary>
    public static EntryMetadata Symlink => new() { Permissions = Octal0777 };

    /// <summary>The permission bits, without the file type.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Bits outside <see cref="PermissionMask"/> are set.</exception>
    public ushort Permissions
    {
        get => _permissions;
        init
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, PermissionMask);
            _permissions = value;
        }
    }

    /// <summary>The owner's number.</summary>
    public uint UserId { get; init; }

    /// <summary>The group's number.</summary>
    public uint GroupId { get; init; }

    /// <summary>The time of the last change, in seconds since 1970-01-01 UTC.</summary>
    public long ModifiedTime { get; init; }

    /// <summary>The extended attributes.</summary>
    public ExtendedAttributes ExtendedAttributes
    {
        get => _extendedAttributes ?? ExtendedAttributes.Empty;
        init => _extendedAttributes = value.Count == 0 ? null : value;
    }
}
