namespace Compose.Machines.Guest;

/// <summary>One run of the agent.</summary>
/// <param name="BootId">The kernel's identifier of this boot; another one after a reboot.</param>
/// <param name="Id">The agent's own identifier; requests are addressed to it.</param>
internal sealed record GuestSession(string BootId, string Id);
