using System.Reflection;
using System.Runtime.InteropServices;
using ZstdNet;

namespace Compose.SquashFs.Codecs;

/// <summary>Lets ZstdNet find its native library.</summary>
internal static class ZstdLibrary
{
    private const string LibraryName = "libzstd";

    // A resolver can be set once for an assembly. Another user of this ZstdNet may have set one: then that one serves.
    private static readonly bool IsOurs = TrySetResolver();

    /// <summary>To be called before the first use of ZstdNet.</summary>
    /// <returns>Whether the resolver is this one.</returns>
    public static bool EnsureResolvable() => IsOurs;

    private static bool TrySetResolver()
    {
        try
        {
            NativeLibrary.SetDllImportResolver(typeof(Compressor).Assembly, Resolve);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static nint Resolve(string libraryName, Assembly assembly, DllImportSearchPath? searchPath) =>
        libraryName == LibraryName ? NativeLibraryFile.Load(LibraryName, assembly) : 0;
}
