using Compose.Machines.Acceleration;
using Compose.Machines.Emulator;

namespace Compose.Machines.Tests.Guests;

/// <summary>What all tests of machines share: the tools, and emulation, which works everywhere.</summary>
internal static class TestMachines
{
    public static readonly TimeSpan BootDeadline = TimeSpan.FromSeconds(90);

    public static QemuHost Host() => new(QemuTools.Find(), Accelerator.Emulation("tests want the same everywhere."));

    public static MachineOptions Options(string disk, TestFolder folder) => new()
    {
        Disk = disk,
        MemoryMebibytes = 256,
        GuestAgent = false,
        LogDirectory = folder.Path,
    };

    /// <summary>Whether a process is there and has not ended.</summary>
    public static bool IsAlive(int processId) =>
        File.Exists($"/proc/{processId}/stat")
        && File.ReadAllText($"/proc/{processId}/stat").Split(')')[^1].TrimStart()[0] is not ('Z' or 'X');

    /// <summary>Waits until a process has ended.</summary>
    public static async Task<bool> EndsAsync(int processId)
    {
        for (var i = 0; i < 200 && IsAlive(processId); i++)
        {
            await Task.Delay(50);
        }

        return !IsAlive(processId);
    }
}
