namespace Compose.Machines;

/// <summary>How a boot ended.</summary>
/// <param name="State">What <c>systemctl is-system-running</c> says, such as <c>running</c> or <c>degraded</c>.</param>
/// <param name="FailedUnits">Names of the units that failed.</param>
public sealed record BootState(string State, IReadOnlyList<string> FailedUnits)
{
    /// <summary>Whether everything started.</summary>
    public bool IsRunning => State == "running";
}
