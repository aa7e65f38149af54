using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Compose.FileTrees.HostFiles.Linux;

/// <content>The calls that make, change and delete files. No call follows a symbolic link in the last component.</content>
internal static unsafe partial class LinuxCalls
{
    private const uint OwnerOnlyDirectory = 0x1C0;
    private const uint OwnerOnlyFile = 0x180;

    /// <summary>Whether this process may give files to others.</summary>
    public static bool IsRoot => geteuid() == 0;

    /// <summary>Who owns what this process makes.</summary>
    public static uint UserId => geteuid();

    /// <summary>The group of what this process makes.</summary>
    public static uint GroupId => getegid();

    /// <summary>What stands at a path; null when nothing does. A symbolic link is not followed.</summary>
    public static FileStatus? TryGetStatus(ReadOnlySpan<byte> path)
    {
        try
        {
            return GetStatus(path, followLink: false);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Makes a directory that only its owner may use. It must not exist.</summary>
    public static void MakeDirectory(ReadOnlySpan<byte> path)
    {
        fixed (byte* name = path)
        {
            Check(mkdir(name, OwnerOnlyDirectory), path);
        }
    }

    /// <summary>Makes a file that only its owner may use, open for writing. Nothing may stand there.</summary>
    public static SafeFileHandle CreateFile(ReadOnlySpan<byte> path)
    {
        const int writeOnlyCreateExclusive = 0x1 | 0x40 | 0x80;
        const int closeOnExecute = 0x80000;
        fixed (byte* name = path)
        {
            return new SafeFileHandle(
                Check(CallCreate(name, writeOnlyCreateExclusive | closeOnExecute | OpenNoFollow, OwnerOnlyFile), path), ownsHandle: true);
        }
    }

    /// <summary>Makes a symbolic link.</summary>
    /// <param name="path">Where it stands.</param>
    /// <param name="target">Its text, ended by a NUL.</param>
    public static void MakeSymlink(ReadOnlySpan<byte> path, ReadOnlySpan<byte> target)
    {
        fixed (byte* name = path, text = target)
        {
            Check(symlink(text, name), path);
        }
    }

    /// <summary>Gives a file a second name.</summary>
    public static void MakeLink(ReadOnlySpan<byte> path, ReadOnlySpan<byte> existing)
    {
        fixed (byte* name = path, old = existing)
        {
            Check(link(old, name), path);
        }
    }

    /// <summary>Makes a pipe, socket or device.</summary>
    public static void MakeNode(ReadOnlySpan<byte> path, FileType type, uint major = 0, uint minor = 0)
    {
        // glibc's and musl's makedev(3).
        var device = ((ulong)(major & 0xFFFF_F000) << 32) | ((major & 0xFFFUL) << 8) | ((ulong)(minor & 0xFFFF_FF00) << 12) | (minor & 0xFFUL);
        fixed (byte* name = path)
        {
            Check(mknod(name, (uint)type | OwnerOnlyFile, device), path);
        }
    }

    /// <summary>Gives a file to an owner and a group.</summary>
    public static void SetOwner(ReadOnlySpan<byte> path, uint user, uint group)
    {
        fixed (byte* name = path)
        {
            Check(lchown(name, user, group), path);
        }
    }

    /// <summary>Sets the permissions of what is no symbolic link.</summary>
    public static void SetPermissions(ReadOnlySpan<byte> path, uint permissions)
    {
        fixed (byte* name = path)
        {
            Check(chmod(name, permissions), path);
        }
    }

    /// <summary>Sets the times of the last change and the last use.</summary>
    public static void SetTime(ReadOnlySpan<byte> path, long seconds)
    {
        var times = stackalloc long[] { seconds, 0, seconds, 0 };
        fixed (byte* name = path)
        {
            Check(utimensat(CurrentDirectory, name, times, NoFollow), path);
        }
    }

    /// <summary>Sets an extended attribute.</summary>
    /// <param name="path">The file.</param>
    /// <param name="attribute">Its name, ended by a NUL.</param>
    /// <param name="value">Its value.</param>
    public static void SetAttribute(ReadOnlySpan<byte> path, ReadOnlySpan<byte> attribute, ReadOnlySpan<byte> value)
    {
        fixed (byte* name = path, key = attribute, bytes = value)
        {
            Check(lsetxattr(name, key, bytes, (nuint)value.Length, 0), path);
        }
    }

    /// <summary>Gives something another name. An empty directory there is replaced by a directory.</summary>
    public static void Rename(ReadOnlySpan<byte> path, ReadOnlySpan<byte> newPath)
    {
        fixed (byte* name = path, newName = newPath)
        {
            Check(rename(name, newName), newPath);
        }
    }

    /// <summary>Deletes a directory with all it holds. Symbolic links are deleted and not followed.</summary>
    public static void DeleteDirectory(byte[] path)
    {
        if (GetStatus(path, followLink: false) is { Type: FileType.Directory } status && status.UserId == UserId)
        {
            SetPermissions(path, OwnerOnlyDirectory);
        }

        using (var directory = new DirectoryStream(path))
        {
            Empty(directory, path);
        }

        fixed (byte* name = path)
        {
            Check(rmdir(name), path);
        }
    }

    /// <summary>Opens a directory in another.</summary>
    internal static int OpenDirectory(DirectoryStream parent, byte[] name, byte[] path)
    {
        const int closeOnExecute = 0x80000;
        var onlyDirectory = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x4000 : 0x10000;
        fixed (byte* pointer = name)
        {
            return (int)Check(openat(parent.Descriptor, pointer, closeOnExecute | onlyDirectory | OpenNoFollow), path);
        }
    }

    private static void Empty(DirectoryStream directory, byte[] path)
    {
        const int removeDirectory = 0x200;
        foreach (var name in directory.ReadSortedNames())
        {
            byte[] child = [.. path.AsSpan(..^1), (byte)'/', .. name];
            var status = GetStatus(directory, name, child);
            var isDirectory = status.Type == FileType.Directory;
            if (isDirectory)
            {
                // What is in a directory of ours can be deleted, whatever its mode forbids.
                if ((status.Mode & OwnerOnlyDirectory) != OwnerOnlyDirectory && status.UserId == UserId)
                {
                    fixed (byte* pointer = name)
                    {
                        Check(fchmodat(directory.Descriptor, pointer, OwnerOnlyDirectory, 0), child);
                    }
                }

                using var inner = new DirectoryStream(directory, name, child);
                Empty(inner, child);
            }

            fixed (byte* pointer = name)
            {
                Check(unlinkat(directory.Descriptor, pointer, isDirectory ? removeDirectory : 0), child);
            }
        }
    }

#pragma warning disable CA2101, SYSLIB1054 // Paths are bytes.
#pragma warning disable IDE1006 // Named as in the C library.
    [LibraryImport(Library)]
    private static partial uint geteuid();

    [LibraryImport(Library)]
    private static partial uint getegid();

    [LibraryImport(Library, SetLastError = true)]
    private static partial int mkdir(byte* path, uint mode);

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true)]
    private static partial int CallCreate(byte* path, int flags, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int openat(int directory, byte* path, int flags);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int symlink(byte* target, byte* path);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int link(byte* existing, byte* path);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int mknod(byte* path, uint mode, ulong device);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int lchown(byte* path, uint user, uint group);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int chmod(byte* path, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int fchmodat(int directory, byte* path, uint mode, int flags);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int utimensat(int directory, byte* path, long* times, int flags);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int lsetxattr(byte* path, byte* name, byte* value, nuint size, int flags);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int rename(byte* path, byte* newPath);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int rmdir(byte* path);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int unlinkat(int directory, byte* path, int flags);
#pragma warning restore IDE1006
#pragma warning restore CA2101, SYSLIB1054
}
