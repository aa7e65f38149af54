using Compose.FileTrees;

namespace Compose.Formats.Tar;

/// <summary>What a tar entry is.</summary>
public enum TarEntryKind
{
    /// <summary>A regular file.</summary>
    File,

    /// <summary>Another name of an entry before it.</summary>
    HardLink,

    /// <summary>A symbolic link.</summary>
    Symlink,

    /// <summary>A character device.</summary>
    CharacterDevice,

    /// <summary>A block device.</summary>
    BlockDevice,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A named pipe.</summary>
    Fifo,
}

/// <summary>One entry of a tar archive, without its content. Names are bytes, as in the archive.</summary>
public sealed class TarEntry
{
    /// <summary>A message stays readable with so many bytes. Archives may have names of a megabyte.</summary>
    private const int LongestShown = 256;

    /// <summary>What it is.</summary>
    public required TarEntryKind Kind { get; init; }

    /// <summary>The name as written: it may begin with <c>./</c> or <c>/</c> and hold anything but NUL.</summary>
    public required ReadOnlyMemory<byte> Name { get; init; }

    /// <summary>A symbolic link's text or a hard link's target; else empty.</summary>
    public required ReadOnlyMemory<byte> LinkName { get; init; }

    /// <summary>Mode, numeric owner, time in whole seconds, and extended attributes.</summary>
    public required EntryMetadata Metadata { get; init; }

    /// <summary>The content's size in bytes; 0 for all but files.</summary>
    public required long Length { get; init; }

    /// <summary>A device's major number.</summary>
    public uint DeviceMajor { get; init; }

    /// <summary>A device's minor number.</summary>
    public uint DeviceMinor { get; init; }

    /// <summary>The name for messages.</summary>
    public override string ToString() => Describe(Name.Span);

    /// <summary>A name or a link's target for messages: of one that is very long, how it begins and ends.</summary>
    internal static string Describe(ReadOnlySpan<byte> name) => name.Length <= LongestShown
        ? TreePath.Describe(name)
        : $"{TreePath.Describe(name[..(LongestShown / 2)])}…{TreePath.Describe(name[^(LongestShown / 2)..])}";
}
