using System.Diagnostics;
using System.Globalization;
using Compose.Diagnostics;

namespace Compose.Machines.Emulator;

/// <summary>The layer that takes a guest's writes, so that its disk image stays as it is.</summary>
internal static class ThrowawayDisk
{
    /// <summary>Makes the layer, with the options' patches in it.</summary>
    /// <exception cref="DiagnosticException">The disk is not there (COMPOSE5003) or QEMU cannot use it (COMPOSE5006).</exception>
    public static async Task CreateAsync(QemuTools tools, MachineOptions options, MachineFolder folder, CancellationToken cancellationToken)
    {
        Check(options.Disk);
        foreach (var disk in options.ExtraDisks)
        {
            Check(disk.Path);
        }

        var overlay = folder.PathOf(MachineFiles.Overlay);
        var format = options.DiskFormat == DiskFormat.Raw ? "raw" : "qcow2";
        await RunAsync(
            tools.ImageTool,
            ["create", "-q", "-f", "qcow2", "-F", format, "-b", Path.GetFullPath(options.Disk), overlay],
            cancellationToken).ConfigureAwait(false);

        foreach (var patch in options.DiskPatches)
        {
            var bytes = folder.PathOf("patch");
            await File.WriteAllBytesAsync(bytes, patch.Bytes, cancellationToken).ConfigureAwait(false);
            await RunAsync(
                tools.BlockTool,
                ["-f", "qcow2", "-c", string.Create(CultureInfo.InvariantCulture, $"write -q -s {bytes} {patch.Offset} {patch.Bytes.Length}"), overlay],
                cancellationToken).ConfigureAwait(false);
        }
    }

    private static void Check(string disk)
    {
        var file = new FileInfo(disk);
        if (!file.Exists || file.Length == 0)
        {
            throw new DiagnosticException(MachineDiagnostics.DiskUnusable.Create(
                $"'{disk}' {(file.Exists ? "is empty" : "does not exist")}. Build the image first.", disk));
        }
    }

    private static async Task RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = await process.StandardError.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
            // qemu-io reports a failed write on standard output.
            error += await output.ConfigureAwait(false);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            if (process.ExitCode != 0)
            {
                throw new DiagnosticException(MachineDiagnostics.EmulatorRefused.Create(
                    $"{Path.GetFileName(program)} ends with code {process.ExitCode}: {error.Trim()}"));
            }
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }
}
