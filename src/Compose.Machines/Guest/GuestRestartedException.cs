namespace Compose.Machines.Guest;

/// <summary>The agent that was to answer is gone: another one said hello.</summary>
internal sealed class GuestRestartedException(string message) : Exception(message);
