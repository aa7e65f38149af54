using Compose.Diagnostics;
using Compose.Machines.Acceleration;
using Compose.Machines.Emulator;

namespace Compose.Machines;

/// <summary>
/// What this computer offers for machines. It is found once and handed to every machine: the probe of the
/// accelerator takes up to a few seconds.
/// </summary>
/// <param name="Tools">Programs and firmware.</param>
/// <param name="Accelerator">How the guest's instructions are run.</param>
public sealed record QemuHost(QemuTools Tools, Accelerator Accelerator)
{
    /// <summary>Finds the tools and probes the accelerator.</summary>
    /// <param name="reporter">Hears why machines are emulated, if they are (COMPOSE5004).</param>
    /// <param name="cancellationToken">Stops the probe.</param>
    /// <exception cref="DiagnosticException">Something is not installed (COMPOSE5001, COMPOSE5002).</exception>
    public static async Task<QemuHost> DetectAsync(
        IDiagnosticReporter? reporter = null,
        CancellationToken cancellationToken = default)
    {
        var tools = QemuTools.Find();
        var accelerator = await new AcceleratorProbe(tools).ProbeAsync(cancellationToken).ConfigureAwait(false);
        if (accelerator.Reason is { } reason)
        {
            reporter?.Report(MachineDiagnostics.Emulated.Create(
                $"The machine is emulated, which is several times slower, because {reason}"));
        }

        return new(tools, accelerator);
    }
}
