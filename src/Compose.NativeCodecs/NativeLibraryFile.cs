using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Compose.NativeCodecs;

/// <summary>
/// Finds a native library that a package brings. The runtime finds it by itself in a program with a deps.json; in an MSBuild
/// task or another load context it looks only beside the assembly, where packages do not put it.
/// </summary>
public static class NativeLibraryFile
{
    /// <summary>The places where the library may be below <paramref name="directory"/>, best first.</summary>
    /// <param name="name">The library's name without the system's ending, such as <c>libzstd</c>.</param>
    /// <param name="directory">A folder.</param>
    public static IEnumerable<string> Candidates(string name, string directory)
    {
        var (system, extension) =
            OperatingSystem.IsWindows() ? ("win", ".dll")
            : OperatingSystem.IsMacOS() ? ("osx", ".dylib")
            : ("linux", ".so");
#pragma warning disable CA1308 // Runtime identifiers are lower-case.
        var architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
#pragma warning restore CA1308
        yield return Path.Combine(directory, "runtimes", $"{system}-{architecture}", "native", name + extension);
        yield return Path.Combine(directory, name + extension);
    }

    /// <summary>Loads the library from below the folders of the assembly that uses it, of this one and of the program.</summary>
    /// <param name="name">The library's name without the system's ending, such as <c>libzstd</c>.</param>
    /// <param name="assembly">The assembly that uses it.</param>
    /// <returns>The handle; 0 when it is not there or cannot be loaded, so that the runtime's own search goes on.</returns>
    public static nint Load(string name, Assembly assembly)
    {
        foreach (var directory in Directories(assembly))
        {
            foreach (var candidate in Candidates(name, directory))
            {
                if (File.Exists(candidate) && NativeLibrary.TryLoad(candidate, out var handle))
                {
                    return handle;
                }
            }
        }

        return 0;
    }

    [UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "An assembly in a single file has no place: then the program's folder remains.")]
    private static IEnumerable<string> Directories(Assembly assembly)
    {
        foreach (var location in new[] { assembly.Location, typeof(NativeLibraryFile).Assembly.Location })
        {
            if (Path.GetDirectoryName(location) is { Length: > 0 } directory)
            {
                yield return directory;
            }
        }

        yield return AppContext.BaseDirectory;
    }
}
