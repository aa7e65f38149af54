using System.Runtime.InteropServices;

namespace Compose.Tests;

/// <summary>Sets extended attributes of files, for which .NET has no call.</summary>
internal static partial class HostAttributes
{
    /// <summary>Sets an attribute.</summary>
    /// <exception cref="IOException">The file system has none, or the attribute is root's to set.</exception>
    public static void Set(string path, string name, byte[] value)
    {
        if (lsetxattr(path, name, value, (nuint)value.Length, 0) != 0)
        {
            throw new IOException($"{name} of '{path}': {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

#pragma warning disable IDE1006 // Named as in the C library.
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int lsetxattr(string path, string name, byte[] value, nuint size, int flags);
#pragma warning restore IDE1006
}
