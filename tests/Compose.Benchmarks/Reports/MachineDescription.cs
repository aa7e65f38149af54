using System.Globalization;
using System.Runtime.InteropServices;

namespace Compose.Benchmarks.Reports;

/// <summary>What the figures depend on, and nothing that tells whose machine it is.</summary>
/// <param name="Processor">The processor's name.</param>
/// <param name="Cores">How many of its cores there are.</param>
/// <param name="MemoryGibibytes">The memory.</param>
/// <param name="System">The distribution and the kernel.</param>
/// <param name="FileSystem">The type of the file system that holds trees and outputs.</param>
/// <param name="Runtime">The .NET runtime.</param>
internal sealed record MachineDescription(
    string Processor, int Cores, double MemoryGibibytes, string System, string FileSystem, string Runtime)
{
    /// <summary>Describes this machine.</summary>
    /// <param name="directory">A folder on the file system that holds trees and outputs.</param>
    public static MachineDescription Read(string directory) => new(
        Field("/proc/cpuinfo", "model name", ':') ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Environment.ProcessorCount,
        double.Parse(Field("/proc/meminfo", "MemTotal", ':')?.Split(' ')[0] ?? "0", CultureInfo.InvariantCulture) / (1024 * 1024),
        $"{Field("/etc/os-release", "PRETTY_NAME", '=')?.Trim('"') ?? "Linux"}, Linux {File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}",
        new DriveInfo(directory).DriveFormat,
        RuntimeInformation.FrameworkDescription);

    /// <summary>The description in one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Processor}, {Cores} cores, {MemoryGibibytes:0} GiB of memory; {System}; files on {FileSystem}; {Runtime}");

    private static string? Field(string path, string name, char separator) =>
        File.Exists(path)
            ? File.ReadLines(path).Where(line => line.StartsWith(name, StringComparison.Ordinal)).Select(line => line.Split(separator, 2)[1].Trim()).FirstOrDefault()
            : null;
}
