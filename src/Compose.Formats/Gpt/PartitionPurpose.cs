using System.Runtime.InteropServices;

namespace Compose.Formats.Gpt;

/// <summary>What a partition of a file system, its dm-verity hashes, or their signature is.</summary>
public enum PartitionRole
{
    /// <summary>The file system.</summary>
    Data,

    /// <summary>The hash tree of the file system.</summary>
    Verity,

    /// <summary>The signature of the hash tree's root hash.</summary>
    VeritySignature,
}

/// <summary>What a partition is for, by its type (Discoverable Partitions Specification, UAPI.2).</summary>
/// <param name="Name">The type's name, as systemd-repart(8) writes it: <c>usr-x86-64-verity</c>, <c>esp</c>.</param>
/// <param name="Designator">What the file system is for: <c>root</c>, <c>usr</c>, <c>esp</c>.</param>
/// <param name="Role">What of it the partition holds.</param>
/// <param name="Architecture">The architecture, where the type depends on it.</param>
public sealed record PartitionPurpose(string Name, string Designator, PartitionRole Role, Architecture? Architecture)
{
    private static readonly Dictionary<Guid, PartitionPurpose> Known = new[]
    {
        Plain(PartitionTypes.EfiSystem, "esp"),
        Plain(PartitionTypes.ExtendedBoot, "xbootldr"),
        Plain(PartitionTypes.Swap, "swap"),
        Plain(PartitionTypes.Home, "home"),
        Plain(PartitionTypes.Srv, "srv"),
        Plain(PartitionTypes.Var, "var"),
        Plain(PartitionTypes.Tmp, "tmp"),
        Plain(PartitionTypes.LinuxGeneric, "linux-generic"),
    }
        .Concat(OfSystem(SystemPartitionTypes.X64, "x86-64", System.Runtime.InteropServices.Architecture.X64))
        .Concat(OfSystem(SystemPartitionTypes.Arm64, "arm64", System.Runtime.InteropServices.Architecture.Arm64))
        .ToDictionary();

    /// <summary>What a type is for; null when it is not known here.</summary>
    public static PartitionPurpose? Of(Guid type) => Known.GetValueOrDefault(type);

    private static KeyValuePair<Guid, PartitionPurpose> Plain(Guid type, string name) =>
        new(type, new PartitionPurpose(name, name, PartitionRole.Data, null));

    private static KeyValuePair<Guid, PartitionPurpose>[] OfSystem(SystemPartitionTypes types, string suffix, Architecture architecture) =>
    [
        new(types.Root, new($"root-{suffix}", "root", PartitionRole.Data, architecture)),
        new(types.RootVerity, new($"root-{suffix}-verity", "root", PartitionRole.Verity, architecture)),
        new(types.RootVeritySignature, new($"root-{suffix}-verity-sig", "root", PartitionRole.VeritySignature, architecture)),
        new(types.Usr, new($"usr-{suffix}", "usr", PartitionRole.Data, architecture)),
        new(types.UsrVerity, new($"usr-{suffix}-verity", "usr", PartitionRole.Verity, architecture)),
        new(types.UsrVeritySignature, new($"usr-{suffix}-verity-sig", "usr", PartitionRole.VeritySignature, architecture)),
    ];
}
