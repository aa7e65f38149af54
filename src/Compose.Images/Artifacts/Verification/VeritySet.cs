using Compose.Diagnostics;
using Compose.Formats.Gpt;
using Compose.Formats.Verity;

namespace Compose.Images.Artifacts.Verification;

/// <summary>
/// A partition with the partition of its hashes and, where there is one, that of the root hash's signature. The root hash
/// may be named in several places, which must agree: by the caller, by the UUIDs of the two partitions (Discoverable
/// Partitions Specification), in the signature, and on the command line of a unified kernel image.
/// </summary>
internal sealed class VeritySet
{
    private readonly Artifact _artifact;
    private readonly ArtifactPart? _data;
    private readonly ArtifactPart? _hashes;
    private readonly ArtifactPart? _signature;

    private VeritySet(Artifact artifact, ArtifactPart? data, ArtifactPart? hashes, ArtifactPart? signature)
    {
        _artifact = artifact;
        _data = data;
        _hashes = hashes;
        _signature = signature;
    }

    /// <summary>What messages call it.</summary>
    public string Name => (_data ?? _hashes ?? _signature)!.Name;

    /// <summary>Finds what belongs together. Of several sets of one type, the first of each kind belong together, and so on.</summary>
    public static IReadOnlyList<VeritySet> Of(Artifact artifact)
    {
        var sets = new List<VeritySet>();
        var groups = artifact.Parts
            .Where(part => part.Purpose is { Architecture: not null })
            .GroupBy(part => (part.Purpose!.Designator, part.Purpose.Architecture));
        foreach (var group in groups)
        {
            var data = Of(group, PartitionRole.Data);
            var hashes = Of(group, PartitionRole.Verity);
            var signatures = Of(group, PartitionRole.VeritySignature);
            for (var i = 0; i < Math.Max(hashes.Length, signatures.Length); i++)
            {
                sets.Add(new VeritySet(artifact, data.ElementAtOrDefault(i), hashes.ElementAtOrDefault(i), signatures.ElementAtOrDefault(i)));
            }
        }

        return sets;

        static ArtifactPart[] Of(IEnumerable<ArtifactPart> parts, PartitionRole role) =>
            [.. parts.Where(part => part.Purpose!.Role == role)];
    }

    /// <summary>Checks that the root hashes agree, and the data against them.</summary>
    /// <returns>Which root hash was used, in a few words; null when nothing could be checked.</returns>
    public string? Verify(
        ReadOnlyMemory<byte>? given, IDiagnosticReporter reporter, IProgress<ArtifactProgress>? progress, CancellationToken cancellationToken)
    {
        if (_data?.Region is not { } data || _hashes is not { Region: { } hashes })
        {
            reporter.Report(ImageDiagnostics.NothingToVerify.Create(
                $"'{Name}' cannot be verified: the disk lacks {(_data is null ? "the partition that its hashes or signature are of" : "the partition with its hashes")}.", Name));
            return null;
        }

        if (_hashes.Verity is not { } superblock)
        {
            // Damage was reported when the partition was opened.
            if (_hashes.Content != PartContent.Verity)
            {
                reporter.Report(ImageDiagnostics.NothingToVerify.Create(
                    $"'{Name}' cannot be verified: the partition for its hashes, '{_hashes.Name}', holds no verity superblock.", Name));
            }

            return null;
        }

        var named = NamedHashes(given, superblock).ToArray();
        foreach (var (source, hash) in named.Skip(1))
        {
            if (!hash.AsSpan().SequenceEqual(named[0].Hash))
            {
                reporter.Report(ImageDiagnostics.RootHashesDiffer.Create(
                    $"The root hash of '{Name}' is {Convert.ToHexStringLower(named[0].Hash)} by {named[0].Source}, and {Convert.ToHexStringLower(hash)} by {source}.", Name));
            }
        }

        if (named.Length == 0)
        {
            reporter.Report(ImageDiagnostics.NothingToVerify.Create(
                $"'{Name}' cannot be verified: nothing names its root hash. Name it by --root-hash.", Name));
            return null;
        }

        // The root hash does not say how much it vouches for.
        var total = superblock.DataBlocks * superblock.DataBlockSize;
        if (_data.SquashFs is { } image && image.Facts.BytesUsed > total)
        {
            reporter.Report(ImageDiagnostics.NothingToVerify.Create(
                $"'{Name}' cannot be verified: its hashes are for {total} bytes, and the file system has {image.Facts.BytesUsed}.", Name));
        }

        try
        {
            new VerityVerifier(data, hashes, superblock, Name).Verify(
                named[0].Hash, reporter, progress is null ? null : new Relay($"{Name}: verity", total, progress), cancellationToken);
        }
        catch (DiagnosticException e)
        {
            reporter.Report(e.Diagnostic);
        }

        return $"root hash {Convert.ToHexStringLower(named[0].Hash)} by {named[0].Source}";
    }

    private IEnumerable<(string Source, byte[] Hash)> NamedHashes(ReadOnlyMemory<byte>? given, VeritySuperblock superblock)
    {
        if (given is { } hash)
        {
            yield return ("the command line", hash.ToArray());
        }

        if (_signature?.Signature is { } signature)
        {
            yield return ("its signature", signature.RootHash.ToArray());
        }

        var argument = $"{_data!.Purpose!.Designator}hash=";
        foreach (var word in CommandLines().SelectMany(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)))
        {
            if ((word.StartsWith(argument, StringComparison.Ordinal) || (argument == "roothash=" && word.StartsWith("verity.roothash=", StringComparison.Ordinal)))
                && TryParse(word[(word.IndexOf('=', StringComparison.Ordinal) + 1)..]) is { } named)
            {
                yield return ("the kernel's command line", named);
            }
        }

        // Only a hash of 32 bytes fills the two UUIDs.
        if (superblock.DigestSize == 32)
        {
            var ids = new byte[32];
            _data!.Partition!.Description.Id.TryWriteBytes(ids, bigEndian: true, out _);
            _hashes!.Partition!.Description.Id.TryWriteBytes(ids.AsSpan(16), bigEndian: true, out _);
            yield return ("the partitions' UUIDs", ids);
        }
    }

    private IEnumerable<string> CommandLines() =>
        _artifact.Parts.SelectMany(part => part.Kernels).Select(kernel => kernel.Kernel.CommandLine).OfType<string>();

    private static byte[]? TryParse(string digits)
    {
        try
        {
            return Convert.FromHexString(digits);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private sealed class Relay(string work, long total, IProgress<ArtifactProgress> progress) : IProgress<long>
    {
        public void Report(long value) => progress.Report(new ArtifactProgress(work, value, total));
    }
}
