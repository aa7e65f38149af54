using System.Runtime.InteropServices;

namespace Compose.FileTrees.HostFiles.Linux;

/// <summary>The kernel's <c>struct statx</c> (statx(2)).</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal readonly struct FileStatus
{
    public const int TypeMask = 0xF000;

    [field: FieldOffset(16)]
    public uint LinkCount { get; }

    [field: FieldOffset(20)]
    public uint UserId { get; }

    [field: FieldOffset(24)]
    public uint GroupId { get; }

    /// <summary>File type and permissions.</summary>
    [field: FieldOffset(28)]
    public ushort Mode { get; }

    [field: FieldOffset(32)]
    public ulong Inode { get; }

    [field: FieldOffset(40)]
    public ulong Size { get; }

    /// <summary>The seconds of the last change of the content.</summary>
    [field: FieldOffset(112)]
    public long ModifiedTime { get; }

    /// <summary>A device's own number.</summary>
    [field: FieldOffset(128)]
    public uint SpecialMajor { get; }

    [field: FieldOffset(132)]
    public uint SpecialMinor { get; }

    /// <summary>The number of the device that holds the file.</summary>
    [field: FieldOffset(136)]
    public uint DeviceMajor { get; }

    [field: FieldOffset(140)]
    public uint DeviceMinor { get; }

    public FileType Type => (FileType)(Mode & TypeMask);
}

/// <summary>The types of <see cref="FileStatus.Mode"/> (inode(7)).</summary>
internal enum FileType
{
    Fifo = 0x1000,
    CharacterDevice = 0x2000,
    Directory = 0x4000,
    BlockDevice = 0x6000,
    Regular = 0x8000,
    Symlink = 0xA000,
    Socket = 0xC000,
}
