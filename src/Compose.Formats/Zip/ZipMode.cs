using Compose.FileTrees;
using Compose.Formats.Tar;

namespace Compose.Formats.Zip;

/// <summary>What an entry is, from the attributes that the system it was made on gave it.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Permissions">Its permission bits.</param>
internal readonly record struct ZipMode(TarEntryKind Kind, ushort Permissions)
{
    private const byte Unix = 3;
    private const byte MacOS = 19;
    private const uint DosDirectory = 0x10;

    /// <summary>Reads the attributes.</summary>
    /// <param name="host">The upper byte of "version made by".</param>
    /// <param name="attributes">The external attributes: those of MS-DOS, above them those of the host.</param>
    /// <param name="name">The entry's name: a directory's ends in a slash.</param>
    /// <exception cref="InvalidDataException">It is nothing that a tree can hold.</exception>
    public static ZipMode Of(byte host, uint attributes, ReadOnlySpan<byte> name)
    {
        var isDirectory = name is [.., (byte)'/'];
        var mode = host is Unix or MacOS ? attributes >> 16 : 0;
        var permissions = (ushort)(mode & EntryMetadata.PermissionMask);
        return (mode & 0xF000) switch
        {
            0x4000 => new ZipMode(TarEntryKind.Directory, permissions),
            0x8000 when !isDirectory => new ZipMode(TarEntryKind.File, permissions),
            0xA000 when !isDirectory => new ZipMode(TarEntryKind.Symlink, EntryMetadata.Symlink.Permissions),
            0x2000 => new ZipMode(TarEntryKind.CharacterDevice, permissions),
            0x6000 => new ZipMode(TarEntryKind.BlockDevice, permissions),
            0x1000 => new ZipMode(TarEntryKind.Fifo, permissions),

            // Without a type there are only the name and the attribute of MS-DOS to go by.
            0 when isDirectory || (attributes & DosDirectory) != 0 =>
                new ZipMode(TarEntryKind.Directory, permissions == 0 ? EntryMetadata.Directory.Permissions : permissions),
            0 => new ZipMode(TarEntryKind.File, permissions == 0 ? EntryMetadata.File.Permissions : permissions),
            _ => throw new InvalidDataException($"'{TarEntry.Describe(name)}' has the file type 0{Convert.ToString(mode & 0xF000, 8)}, which is not supported"),
        };
    }
}
