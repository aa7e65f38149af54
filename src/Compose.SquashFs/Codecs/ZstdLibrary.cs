using System.Reflection;
using System.Runtime.InteropServices;
using ZstdNet;

namespace Compose.SquashFs.Codecs;

/// <summary>
/// Finds ZstdNet's native library. The runtime finds it by itself in a program with a deps.json; in an MSBuild task or
/// another load context it looks only beside the assembly, where the package does not put it.
/// </summary>
internal static class ZstdLibrary
{
    private const string LibraryName = "libzstd";

    // A resolver can be set once for an assembly. Another user of this ZstdNet may have set one: then that one serves.
    private static readonly bool IsOurs = TrySetResolver();

    /// <summary>To be called before the first use of ZstdNet.</summary>
    /// <returns>Whether the resolver is this one.</returns>
    public static bool EnsureResolvable() => IsOurs;

    /// <summary>The places where the library may be below <paramref name="directory"/>, best first.</summary>
    internal static IEnumerable<string> Candidates(string directory)
    {
        var (system, fileName) =
            OperatingSystem.IsWindows() ? ("win", "libzstd.dll")
            : OperatingSystem.IsMacOS() ? ("osx", "libzstd.dylib")
            : ("linux", "libzstd.so");
#pragma warning disable CA1308 // Runtime identifiers are lower-case.
        var architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
#pragma warning restore CA1308
        yield return Path.Combine(directory, "runtimes", $"{system}-{architecture}", "native", fileName);
        yield return Path.Combine(directory, fileName);
    }

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

    private static nint Resolve(string libraryName, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (libraryName != LibraryName)
        {
            return 0;
        }

        foreach (var directory in Directories(assembly))
        {
            foreach (var candidate in Candidates(directory))
            {
                if (File.Exists(candidate) && NativeLibrary.TryLoad(candidate, out var handle))
                {
                    return handle;
                }
            }
        }

        // Nothing there: the runtime's own search goes on.
        return 0;
    }

    private static IEnumerable<string> Directories(Assembly assembly)
    {
        foreach (var location in new[] { assembly.Location, typeof(ZstdLibrary).Assembly.Location })
        {
            if (Path.GetDirectoryName(location) is { Length: > 0 } directory)
            {
                yield return directory;
            }
        }

        yield return AppContext.BaseDirectory;
    }
}
