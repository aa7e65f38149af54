using System.Runtime.InteropServices;

namespace Compose.FileTrees.HostFiles.Linux;

/// <summary>The names in a directory, in the order in which the file system has them.</summary>
internal sealed unsafe partial class DirectoryStream : IDisposable
{
    /// <summary>Where the name begins in <c>struct dirent</c>: behind inode, offset, length and type.</summary>
    private const int NameOffset = 19;

    private readonly byte[] _path;
    private nint _directory;

    /// <summary>Opens a directory.</summary>
    /// <param name="path">The path, ended by a NUL.</param>
    public DirectoryStream(byte[] path)
    {
        _path = path;
        fixed (byte* name = path)
        {
            _directory = opendir(name);
        }

        if (_directory == 0)
        {
            throw LinuxCalls.Failure(path);
        }
    }

    /// <summary>Opens a directory in another. A symbolic link is not followed.</summary>
    /// <param name="parent">The directory that holds it.</param>
    /// <param name="name">Its name, ended by a NUL.</param>
    /// <param name="path">Its path for messages, ended by a NUL.</param>
    public DirectoryStream(DirectoryStream parent, byte[] name, byte[] path)
    {
        _path = path;
        var descriptor = LinuxCalls.OpenDirectory(parent, name, path);
        _directory = fdopendir(descriptor);
        if (_directory == 0)
        {
            var failure = LinuxCalls.Failure(path);
            new Microsoft.Win32.SafeHandles.SafeFileHandle(descriptor, ownsHandle: true).Dispose();
            throw failure;
        }
    }

    /// <summary>For calls that are relative to the directory.</summary>
    public int Descriptor => dirfd(_directory);

    /// <summary>The names without <c>.</c> and <c>..</c>, sorted by bytes, each ended by a NUL.</summary>
    public List<byte[]> ReadSortedNames()
    {
        var names = new List<byte[]>();
        while (true)
        {
            var entry = readdir(_directory);
            if (entry is null)
            {
                break;
            }

            var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + NameOffset);
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
            {
                names.Add([.. name, 0]);
            }
        }

        // The end is no error.
        if (Marshal.GetLastPInvokeError() != 0)
        {
            throw LinuxCalls.Failure(_path);
        }

        names.Sort(static (left, right) => left.AsSpan().SequenceCompareTo(right));
        return names;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_directory != 0)
        {
            _ = closedir(_directory);
            _directory = 0;
        }
    }

#pragma warning disable IDE1006 // Named as in the C library.
    [LibraryImport("libc", SetLastError = true)]
    private static partial nint opendir(byte* path);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint fdopendir(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial byte* readdir(nint directory);

    [LibraryImport("libc")]
    private static partial int dirfd(nint directory);

    [LibraryImport("libc")]
    private static partial int closedir(nint directory);
#pragma warning restore IDE1006
}
