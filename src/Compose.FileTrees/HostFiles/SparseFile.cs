using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Compose.FileTrees.HostFiles;

/// <summary>
/// Finds the holes of a file: parts that read as zeros and that the file system keeps no bytes for (lseek(2)). Where that
/// cannot be asked, all of a file counts as data.
/// </summary>
public static partial class SparseFile
{
    private const int SeekData = 3;
    private const int SeekHole = 4;
    private const int NoSuchAddress = 6;

    /// <summary>The first place from <paramref name="offset"/> on that may hold data; the file's length when none does.</summary>
    /// <param name="file">A file that nobody writes to.</param>
    /// <param name="offset">From the file's start, in bytes; less than its length.</param>
    public static long NextData(SafeFileHandle file, long offset)
    {
        if (!CanSeek)
        {
            return offset;
        }

        var next = Seek(file, offset, SeekData);
        return next >= offset ? next : Marshal.GetLastPInvokeError() == NoSuchAddress ? RandomAccess.GetLength(file) : offset;
    }

    /// <summary>The first hole from <paramref name="offset"/> on; the file's length when there is none.</summary>
    /// <param name="file">A file that nobody writes to.</param>
    /// <param name="offset">From the file's start, in bytes; less than its length.</param>
    public static long NextHole(SafeFileHandle file, long offset) =>
        CanSeek && Seek(file, offset, SeekHole) is var next && next > offset ? next : RandomAccess.GetLength(file);

    /// <summary>Elsewhere the constants are others, and the type of an offset may be.</summary>
    private static bool CanSeek => OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek(SafeFileHandle file, long offset, int origin);
}
