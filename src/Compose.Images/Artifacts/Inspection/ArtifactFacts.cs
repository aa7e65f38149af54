namespace Compose.Images.Artifacts.Inspection;

/// <summary>What an artifact is and holds. All texts are fit for a terminal: control characters are made visible.</summary>
/// <param name="Path">The path as it was given.</param>
/// <param name="Kind">The outer form: <c>squashfs</c>, <c>disk</c> or <c>directory</c>.</param>
/// <param name="Size">The file's size in bytes; for a folder, that of its contents.</param>
/// <param name="Disk">The partition table's facts; null for what is no disk.</param>
/// <param name="Parts">The partitions, or the only part.</param>
/// <param name="PackageList">Where <paramref name="Packages"/> were found; null when there is no list.</param>
/// <param name="Packages">The packages in it, sorted.</param>
public sealed record ArtifactFacts(
    string Path,
    string Kind,
    long Size,
    DiskFacts? Disk,
    IReadOnlyList<PartFacts> Parts,
    string? PackageList,
    IReadOnlyList<PackageFacts> Packages);

/// <summary>What a disk's partition table says.</summary>
/// <param name="Id">The disk's GUID.</param>
/// <param name="SectorSize">The size of a sector in bytes.</param>
public sealed record DiskFacts(Guid Id, int SectorSize);

/// <summary>A partition's entry.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Label">Its name.</param>
/// <param name="Type">Its type's name, as systemd-repart(8) writes it; the GUID when it is not known.</param>
/// <param name="TypeId">Its type's GUID.</param>
/// <param name="Id">Its own GUID.</param>
/// <param name="Offset">Where it begins, in bytes.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Flags">Its attribute bits: by name those of the Discoverable Partitions Specification, else <c>bit-N</c>.</param>
public sealed record PartitionFacts(
    int Number, string Label, string Type, Guid TypeId, Guid Id, long Offset, long Size, IReadOnlyList<string> Flags);

/// <summary>A part of an artifact.</summary>
/// <param name="Partition">Its entry; null for what is no partition.</param>
/// <param name="Content">What it holds: <c>squashfs</c>, <c>fat</c>, <c>verity</c>, <c>verity-signature</c>, <c>empty</c>, and others.</param>
/// <param name="SquashFs">The squashfs image's facts.</param>
/// <param name="Fat">The FAT volume's facts.</param>
/// <param name="Verity">The hash tree's facts.</param>
/// <param name="Signature">The signature's facts.</param>
/// <param name="Tree">What its files are.</param>
/// <param name="Kernels">The unified kernel images among its files.</param>
public sealed record PartFacts(
    PartitionFacts? Partition,
    string Content,
    SquashFsFacts? SquashFs,
    FatFacts? Fat,
    VerityFacts? Verity,
    SignatureFacts? Signature,
    TreeFacts? Tree,
    IReadOnlyList<KernelFacts> Kernels);

/// <summary>What a squashfs image's superblock says.</summary>
/// <param name="Compression">The codec's name.</param>
/// <param name="Settings">The codec's settings, where the image has them: the level, for instance.</param>
/// <param name="BlockSize">The size of a data block in bytes.</param>
/// <param name="Time">When it was made, in seconds since 1970.</param>
/// <param name="Bytes">Its size in bytes, without padding.</param>
/// <param name="Inodes">The number of inodes.</param>
/// <param name="Fragments">The number of fragments.</param>
/// <param name="Flags">How it was made, by name.</param>
public sealed record SquashFsFacts(
    string Compression,
    IReadOnlyDictionary<string, long> Settings,
    int BlockSize,
    long Time,
    long Bytes,
    long Inodes,
    long Fragments,
    IReadOnlyList<string> Flags);

/// <summary>What a FAT volume is.</summary>
/// <param name="Bits">12, 16 or 32.</param>
/// <param name="VolumeId">The serial number, as tools write it.</param>
/// <param name="Label">The label.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="ClusterSize">The size of a cluster in bytes.</param>
/// <param name="UsedBytes">The bytes of the clusters in use.</param>
public sealed record FatFacts(int Bits, string VolumeId, string Label, long Size, int ClusterSize, long UsedBytes);

/// <summary>What a verity hash tree's superblock says.</summary>
/// <param name="Id">The UUID.</param>
/// <param name="Algorithm">The hash algorithm.</param>
/// <param name="DataBlockSize">The size of a data block in bytes.</param>
/// <param name="HashBlockSize">The size of a hash block in bytes.</param>
/// <param name="DataBlocks">The number of data blocks.</param>
/// <param name="Salt">The salt in hexadecimal digits.</param>
public sealed record VerityFacts(Guid Id, string Algorithm, int DataBlockSize, int HashBlockSize, long DataBlocks, string Salt);

/// <summary>What the signature of a root hash says.</summary>
/// <param name="RootHash">The root hash in hexadecimal digits.</param>
/// <param name="CertificateFingerprint">The SHA-256 of the signer's certificate.</param>
/// <param name="Signers">The subjects of the certificates in it.</param>
public sealed record SignatureFacts(string RootHash, string? CertificateFingerprint, IReadOnlyList<string> Signers);

/// <summary>A unified kernel image.</summary>
/// <param name="Path">Its path in the part.</param>
/// <param name="Architecture">The processor: <c>x86-64</c> or <c>arm64</c>.</param>
/// <param name="KernelRelease">The kernel's release.</param>
/// <param name="CommandLine">The kernel's command line.</param>
/// <param name="OsRelease">The variables of its os-release.</param>
/// <param name="Sections">Its sections.</param>
public sealed record KernelFacts(
    string Path,
    string Architecture,
    string? KernelRelease,
    string? CommandLine,
    IReadOnlyDictionary<string, string> OsRelease,
    IReadOnlyList<SectionFacts> Sections);

/// <summary>A section of a unified kernel image.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Size">Its size in bytes.</param>
public sealed record SectionFacts(string Name, long Size);

/// <summary>A package that is in an artifact.</summary>
/// <param name="Owner">The base or the extension that brings it; empty when the list does not tell.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Architecture">Its architecture.</param>
public sealed record PackageFacts(string Owner, string Name, string Version, string Architecture);
