namespace Compose.Machines.Qmp;

/// <summary>QEMU refused a command, or its connection broke.</summary>
public sealed class QmpException(string message, Exception? inner = null) : Exception(message, inner);
