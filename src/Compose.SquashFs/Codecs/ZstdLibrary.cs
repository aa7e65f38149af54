using System.Reflection;
using System.Runtime.InteropServices;
using ZstdNet;

namespace Compose.SquashFs.Codecs;

/// <summary>The libraries for Zstandard: ZstdNet's native one, and a managed port where that cannot be loaded.</summary>
internal static unsafe class ZstdLibrary
{
    private const string LibraryName = "libzstd";

    private static readonly Lazy<string?> LoadedVersion = new(Load);

    /// <summary>The native library's version, such as <c>1.5.7</c>; null when it cannot be loaded.</summary>
    /// <remarks>To be read before the first use of ZstdNet: this is what lets it find the library.</remarks>
    public static string? NativeVersion => LoadedVersion.Value;

    /// <summary>The version that was ported.</summary>
    public static string ManagedVersion { get; } = VersionText(ZstdSharp.Unsafe.Methods.ZSTD_versionNumber());

    private static string? Load()
    {
        var assembly = typeof(Compressor).Assembly;
        try
        {
            NativeLibrary.SetDllImportResolver(assembly, Resolve);
        }
        catch (InvalidOperationException)
        {
            // A resolver can be set once for an assembly. Another user of this ZstdNet has set one: then that one serves.
        }

        var handle = NativeLibraryFile.Load(LibraryName, assembly);
        if (handle == 0 && !NativeLibrary.TryLoad(LibraryName, assembly, null, out handle))
        {
            return null;
        }

        return NativeLibrary.TryGetExport(handle, "ZSTD_versionNumber", out var versionNumber)
            ? VersionText(((delegate* unmanaged<uint>)versionNumber)())
            : null;
    }

    // The number of 1.5.7 is 10507.
    private static string VersionText(uint number) => $"{number / 10_000}.{number / 100 % 100}.{number % 100}";

    private static nint Resolve(string libraryName, Assembly assembly, DllImportSearchPath? searchPath) =>
        libraryName == LibraryName ? NativeLibraryFile.Load(LibraryName, assembly) : 0;
}
