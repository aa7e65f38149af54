namespace Compose.Machines.Guest;

/// <summary>A command took too long.</summary>
/// <param name="message">Which one, and what it wrote until then.</param>
internal sealed class GuestTimeoutException(string message) : Exception(message);
