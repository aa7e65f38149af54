using System.Runtime.InteropServices;

namespace Compose.Formats.Gpt;

/// <summary>
/// Partition types of the Discoverable Partitions Specification (UAPI.2) that do not depend on the architecture.
/// </summary>
public static class PartitionTypes
{
    /// <summary>The EFI system partition.</summary>
    public static readonly Guid EfiSystem = new("c12a7328-f81f-11d2-ba4b-00a0c93ec93b");

    /// <summary>The extended boot loader partition.</summary>
    public static readonly Guid ExtendedBoot = new("bc13c2ff-59e6-4262-a352-b275fd6f7172");

    /// <summary>Swap space.</summary>
    public static readonly Guid Swap = new("0657fd6d-a4ab-43c4-84e5-0933c84b4f4f");

    /// <summary>/home.</summary>
    public static readonly Guid Home = new("933ac7e1-2eb4-4f13-b844-0e14e2aef915");

    /// <summary>/srv.</summary>
    public static readonly Guid Srv = new("3b8f8425-20e0-4f3b-907f-1a25a76f98e8");

    /// <summary>/var. The partition's GUID must match the machine's id for it to be mounted automatically.</summary>
    public static readonly Guid Var = new("4d21b016-b534-45c2-a9fb-5c16e091fd2d");

    /// <summary>/var/tmp.</summary>
    public static readonly Guid Tmp = new("7ec6f557-3bc5-4aca-b293-16ef5df639d1");

    /// <summary>Any Linux file system; not mounted automatically.</summary>
    public static readonly Guid LinuxGeneric = new("0fc63daf-8483-4772-8e79-3d69d8477de4");

    /// <summary>The types that depend on the architecture.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The architecture is neither x86-64 nor arm64.</exception>
    public static SystemPartitionTypes For(Architecture architecture) => architecture switch
    {
        Architecture.X64 => SystemPartitionTypes.X64,
        Architecture.Arm64 => SystemPartitionTypes.Arm64,
        _ => throw new ArgumentOutOfRangeException(
            nameof(architecture), architecture, "Partition types are known for x86-64 and arm64."),
    };
}

/// <summary>
/// The types of root and /usr partitions of one architecture, with their verity hash trees and signatures
/// (Discoverable Partitions Specification, UAPI.2).
/// </summary>
/// <param name="Root">The root file system.</param>
/// <param name="RootVerity">The hash tree of the root file system.</param>
/// <param name="RootVeritySignature">The signature of the root hash of <paramref name="RootVerity"/>.</param>
/// <param name="Usr">/usr.</param>
/// <param name="UsrVerity">The hash tree of /usr.</param>
/// <param name="UsrVeritySignature">The signature of the root hash of <paramref name="UsrVerity"/>.</param>
public sealed record SystemPartitionTypes(
    Guid Root, Guid RootVerity, Guid RootVeritySignature, Guid Usr, Guid UsrVerity, Guid UsrVeritySignature)
{
    /// <summary>x86-64.</summary>
    public static SystemPartitionTypes X64 { get; } = new(
        new("4f68bce3-e8cd-4db1-96e7-fbcaf984b709"),
        new("2c7357ed-ebd2-46d9-aec1-23d437ec2bf5"),
        new("41092b05-9fc8-4523-994f-2def0408b176"),
        new("8484680c-9521-48c6-9c11-b0720656f69e"),
        new("77ff5f63-e7b6-4633-acf4-1565b864c0e6"),
        new("e7bb33fb-06cf-4e81-8273-e543b413e2e2"));

    /// <summary>arm64.</summary>
    public static SystemPartitionTypes Arm64 { get; } = new(
        new("b921b045-1df0-41c3-af44-4c6f280d3fae"),
        new("df3300ce-d69f-4c92-978c-9bfb0f38d820"),
        new("6db69de6-29f4-4758-a7a5-962190f00ce3"),
        new("b0e01050-ee5f-4390-949a-9101b17104e9"),
        new("6e11a4e7-fbca-4ded-b9e9-e1a512bb664e"),
        new("c23ce4ff-44bd-4b00-b2d4-b41b3419e02a"));
}
