using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Compose.FileTrees.HostFiles.Linux;

/// <summary>
/// The calls of Linux's C library that .NET has no counterpart for. Paths are bytes that end in a NUL. Everything used here
/// has one layout on all 64-bit systems and in every C library (statx(2), readdir(3)).
/// </summary>
internal static unsafe partial class LinuxCalls
{
    private const string Library = "libc";
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint BasicStatistics = 0x7FF;

    /// <summary>O_CLOEXEC | O_NONBLOCK | O_NOCTTY: opening what became a pipe or a terminal neither waits nor takes it.</summary>
    private const int OpenFlags = 0x80000 | 0x800 | 0x100;

    /// <summary>O_NOFOLLOW, which is one of the flags that differ between processors.</summary>
    private static int OpenNoFollow =>
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    /// <summary>What stands at a path.</summary>
    public static FileStatus GetStatus(ReadOnlySpan<byte> path, bool followLink)
    {
        fixed (byte* name = path)
        {
            Check(statx(CurrentDirectory, name, followLink ? 0 : NoFollow, BasicStatistics, out var status), path);
            return status;
        }
    }

    /// <summary>What a name in an open directory stands for; a symbolic link is not followed.</summary>
    public static FileStatus GetStatus(DirectoryStream directory, ReadOnlySpan<byte> name, ReadOnlySpan<byte> path)
    {
        fixed (byte* pointer = name)
        {
            Check(statx(directory.Descriptor, pointer, NoFollow, BasicStatistics, out var status), path);
            return status;
        }
    }

    /// <summary>Opens a file for reading. A symbolic link is not followed.</summary>
    public static SafeFileHandle OpenFile(ReadOnlySpan<byte> path)
    {
        fixed (byte* name = path)
        {
            return new SafeFileHandle(Check(open(name, OpenFlags | OpenNoFollow), path), ownsHandle: true);
        }
    }

    /// <summary>What an open file is.</summary>
    public static FileStatus GetStatus(SafeFileHandle file, ReadOnlySpan<byte> path)
    {
        const int emptyPath = 0x1000;
        byte empty = 0;
        Check(statx((int)file.DangerousGetHandle(), &empty, emptyPath, BasicStatistics, out var status), path);
        return status;
    }

    /// <summary>Reads from an open file at its position.</summary>
    public static int Read(SafeFileHandle file, Span<byte> buffer, ReadOnlySpan<byte> path)
    {
        fixed (byte* bytes = buffer)
        {
            while (true)
            {
                var read = CallRead(file, bytes, (nuint)buffer.Length);
                if (read >= 0)
                {
                    return (int)read;
                }

                const int interrupted = 4;
                if (Marshal.GetLastPInvokeError() != interrupted)
                {
                    throw Failure(path);
                }
            }
        }
    }

    /// <summary>The text of a symbolic link.</summary>
    public static byte[] ReadLink(ReadOnlySpan<byte> path)
    {
        Span<byte> target = stackalloc byte[4096];
        fixed (byte* name = path, buffer = target)
        {
            return target[..(int)Check(readlink(name, buffer, (nuint)target.Length), path)].ToArray();
        }
    }

    /// <summary>The path without symbolic links, <c>.</c> and <c>..</c>; null when it does not exist.</summary>
    public static string? GetRealPath(string path)
    {
        var resolved = realpath(path, null);
        try
        {
            return Marshal.PtrToStringUTF8((nint)resolved);
        }
        finally
        {
            NativeMemory.Free(resolved);
        }
    }

    /// <summary>The names of the extended attributes, each ended by a NUL; empty where the file system has none.</summary>
    public static ReadOnlySpan<byte> ListAttributes(ReadOnlySpan<byte> path, ref byte[] buffer)
    {
        while (true)
        {
            fixed (byte* name = path, list = buffer)
            {
                var length = llistxattr(name, list, (nuint)buffer.Length);
                if (length >= 0)
                {
                    return buffer.AsSpan(0, (int)length);
                }
            }

            if (!GrowFor(ref buffer, path))
            {
                return [];
            }
        }
    }

    /// <summary>The value of an extended attribute; null when it is gone.</summary>
    public static byte[]? GetAttribute(ReadOnlySpan<byte> path, ReadOnlySpan<byte> attribute, ref byte[] buffer)
    {
        while (true)
        {
            fixed (byte* name = path, key = attribute, value = buffer)
            {
                var length = lgetxattr(name, key, value, (nuint)buffer.Length);
                if (length >= 0)
                {
                    return buffer.AsSpan(0, (int)length).ToArray();
                }
            }

            if (!GrowFor(ref buffer, path))
            {
                return null;
            }
        }
    }

    /// <summary>Throws when a call failed.</summary>
    internal static nint Check(nint result, ReadOnlySpan<byte> path) => result >= 0 ? result : throw Failure(path);

    /// <summary>The last call's failure as an exception of .NET's kind for it.</summary>
    internal static Exception Failure(ReadOnlySpan<byte> path)
    {
        const int notPermitted = 1;
        const int notFound = 2;
        const int notDirectory = 20;
        const int accessDenied = 13;
        var error = Marshal.GetLastPInvokeError();
        var message = $"'{TreePath.Describe(path.TrimEnd((byte)0))}': {Marshal.GetPInvokeErrorMessage(error)}.";
        return error switch
        {
            notFound or notDirectory => new FileNotFoundException(message),
            notPermitted or accessDenied => new UnauthorizedAccessException(message),
            _ => new IOException(message, error),
        };
    }

    /// <returns>False when there is nothing to get: no such attribute, or a file system that has none.</returns>
    private static bool GrowFor(ref byte[] buffer, ReadOnlySpan<byte> path)
    {
        const int tooSmall = 34;
        const int noData = 61;
        const int notSupported = 95;
        switch (Marshal.GetLastPInvokeError())
        {
            case noData or notSupported:
                return false;
            case tooSmall when buffer.Length < 1 << 20:
                buffer = new byte[buffer.Length * 4];
                return true;
            default:
                throw Failure(path);
        }
    }

#pragma warning disable CA2101, SYSLIB1054 // Paths are bytes.
#pragma warning disable IDE1006 // Named as in the C library.
    [LibraryImport(Library, SetLastError = true)]
    private static partial int statx(int directory, byte* path, int flags, uint mask, out FileStatus status);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int open(byte* path, int flags);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    private static partial nint CallRead(SafeFileHandle file, byte* buffer, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    private static partial nint readlink(byte* path, byte* buffer, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    private static partial nint llistxattr(byte* path, byte* list, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    private static partial nint lgetxattr(byte* path, byte* name, byte* value, nuint size);

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial byte* realpath(string path, byte* resolved);
#pragma warning restore IDE1006
#pragma warning restore CA2101, SYSLIB1054
}
