namespace Compose.Machines.Acceleration;

/// <summary>How a guest's instructions are run.</summary>
/// <param name="Name">QEMU's name for it.</param>
/// <param name="Processor">QEMU's name for the processor that the guest sees.</param>
/// <param name="Reason">Why nothing faster is used, as the end of a sentence; null if there is nothing faster.</param>
public sealed record Accelerator(string Name, string Processor, string? Reason)
{
    /// <summary>The kernel's virtual machine, with this computer's processor.</summary>
    public static Accelerator Kvm { get; } = new("kvm", "host", null);

    /// <summary>
    /// How many processors a guest has that nobody asked a number for: two, so that it meets what most machines have, but one
    /// where they are emulated.
    /// </summary>
    public int DefaultProcessorCount => Reason is null ? 2 : 1;

    /// <summary>
    /// QEMU's translator. Two features of its best processor are left out: with 16-byte compare-and-exchange QEMU 7.2
    /// made kernels panic at random on two processors, and five-level paging costs time and brings nothing. All processors
    /// share one thread: with one each, a processor may run code that another has just replaced, and a kernel that patches
    /// itself as it boots panics over its own breakpoint (int3), now and then.
    /// </summary>
    /// <param name="reason">Why, as the end of a sentence.</param>
    public static Accelerator Emulation(string reason) => new("tcg,thread=single", "max,la57=off,cx16=off", reason);
}
