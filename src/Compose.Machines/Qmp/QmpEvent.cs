using System.Text.Json;

namespace Compose.Machines.Qmp;

/// <summary>Something that QEMU tells on its own, such as RESET or SHUTDOWN.</summary>
/// <param name="Name">The event's name in QEMU's reference.</param>
/// <param name="Data">What is said about it; of kind <see cref="JsonValueKind.Undefined"/> if nothing is.</param>
public sealed record QmpEvent(string Name, JsonElement Data);
