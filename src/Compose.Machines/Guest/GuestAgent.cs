namespace Compose.Machines.Guest;

/// <summary>The agent as credentials: its unit, its script, and what starts it.</summary>
internal static class GuestAgent
{
    /// <summary>Gives a guest the agent, as early in the boot as there is a device to talk through.</summary>
    public static IReadOnlyList<Credential> Credentials { get; } =
    [
        Credential.ExtraUnit("compose-agent.service", EmbeddedText.Read("agent.service")),
        Credential.UnitDropIn("sysinit.target", "compose-agent", "[Unit]\nWants=compose-agent.service\n"),
        Credential.FromText("compose.agent", EmbeddedText.Read("agent.sh")),
    ];
}
