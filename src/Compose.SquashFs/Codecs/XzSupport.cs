using System.Runtime.InteropServices;

namespace Compose.SquashFs.Codecs;

/// <summary>Whether xz can be written and read here.</summary>
internal static class XzSupport
{
    /// <summary>Checks that the library is there.</summary>
    /// <exception cref="DiagnosticException">There is no library for this platform.</exception>
    public static void Require()
    {
        if (LzmaLibrary.Version is null)
        {
            throw new DiagnosticException(SquashFsDiagnostics.CodecUnavailable.Create(
                $"There is no liblzma for this platform ({RuntimeInformation.RuntimeIdentifier}), so xz can neither be written nor read. Choose another compression, or work on Linux (glibc), Windows or macOS on x64, or Linux or Windows on arm64."));
        }
    }
}
