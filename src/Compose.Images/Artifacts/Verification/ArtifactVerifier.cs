using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Formats.UnifiedKernel;
using Compose.Images.Artifacts.Inspection;
using Compose.Images.Extensions;
using Compose.SquashFs;

namespace Compose.Images.Artifacts.Verification;

/// <summary>
/// Makes every check of an artifact that can be made: its partition table, the structure and all blocks of its file systems,
/// dm-verity, signatures, unified kernel images, and whether an extension's release file is found.
/// </summary>
public sealed class ArtifactVerifier
{
    private const string MergeCheck = "merge";

    private readonly Artifact _artifact;
    private readonly CountingReporter _reporter;
    private readonly MergingHost? _host;
    private readonly IProgress<ArtifactProgress>? _progress;
    private readonly CancellationToken _cancellationToken;
    private readonly List<ArtifactCheck> _checks = [];

    private ArtifactVerifier(
        Artifact artifact, IDiagnosticReporter reporter, MergingHost? host, IProgress<ArtifactProgress>? progress, CancellationToken cancellationToken)
    {
        _artifact = artifact;
        _reporter = new CountingReporter(reporter);
        _host = host;
        _progress = progress;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Checks an artifact that was opened.</summary>
    /// <param name="artifact">The artifact.</param>
    /// <param name="rootHash">The root hash of its verity partition; null for what the artifact says itself.</param>
    /// <param name="certificate">The certificate that signatures must be made with; null for any.</param>
    /// <param name="reporter">Told of each problem.</param>
    /// <param name="host">The system that an extension shall be merged by; null for none.</param>
    /// <param name="progress">Told how far each check is; on any thread.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The checks that were made, in their order.</returns>
    /// <exception cref="IOException">The artifact cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static IReadOnlyList<ArtifactCheck> Verify(
        Artifact artifact,
        ReadOnlyMemory<byte>? rootHash,
        X509Certificate2? certificate,
        IDiagnosticReporter reporter,
        MergingHost? host = null,
        IProgress<ArtifactProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(artifact);
        ArgumentNullException.ThrowIfNull(reporter);
        var verifier = new ArtifactVerifier(artifact, reporter, host, progress, cancellationToken);
        verifier.CheckTable();
        foreach (var part in artifact.Parts)
        {
            verifier.CheckPart(part);
        }

        if (host is not null && !verifier._checks.Any(check => check.Check == MergeCheck))
        {
            reporter.Report(ImageDiagnostics.NothingToVerify.Create($"An os-release was given, and '{artifact.Name}' is no extension.", artifact.Name));
            verifier.Add(artifact.Name, MergeCheck, 1, "there is no extension");
        }

        verifier.CheckVerity(rootHash, certificate);
        return verifier._checks;
    }

    private void CheckTable()
    {
        if (_artifact.Disk is { } disk)
        {
            Add(_artifact.Name, "partition-table", _artifact.TableProblems, $"{disk.Partitions.Count} partitions, both copies");
        }
    }

    private void CheckPart(ArtifactPart part)
    {
        _cancellationToken.ThrowIfCancellationRequested();
        switch (part.Content)
        {
            case PartContent.SquashFs:
                CheckSquashFs(part);
                break;
            case PartContent.Fat:
                Add(part.Name, "fat", part.OpenProblems, part.Fat is { } fat ? $"FAT{fat.Bits}, {fat.UsedBytes} bytes in use" : "it cannot be read");
                foreach (var (path, kernel) in part.Kernels)
                {
                    CheckKernel(part, path, kernel);
                }

                break;
            case PartContent.Verity when part.Verity is null:
            case PartContent.VeritySignature when part.Signature is null:
                Add(part.Name, part.Content.Name(), part.OpenProblems, "it cannot be read");
                break;
            default:
                break;
        }

        if (part.Files is not null && part.Content != PartContent.Fat)
        {
            CheckExtension(part);
        }
    }

    private void CheckSquashFs(ArtifactPart part)
    {
        if (part.SquashFs is not { } image)
        {
            Add(part.Name, "squashfs", part.OpenProblems, "it cannot be opened");
            return;
        }

        var progress = _progress is null ? null : new Relay(part.Name, _progress);
        var before = _reporter.Errors;
        var result = image.Verify(_reporter, progress, _cancellationToken);

        // A tree that could not be read was reported when the part was opened, and is one more time by this check.
        var problems = Math.Max(_reporter.Errors - before, result.IsComplete ? 0 : 1);
        Add(part.Name, "squashfs", problems + part.OpenProblems, string.Create(
            CultureInfo.InvariantCulture,
            $"inodes {result.Inodes}, blocks {result.Blocks}, fragments {result.Fragments}, bytes of files {result.Bytes}"));
    }

    private void CheckKernel(ArtifactPart part, TreePath path, UnifiedKernel kernel)
    {
        var before = _reporter.Errors;
        var file = (FileEntry)part.Files!.Subtree(path)[0].Entry;
        UnifiedKernelReader.Verify(kernel, file.Content, path.ToString(), _reporter);
        Add($"{part.Name}: /{path}", "unified-kernel", _reporter.Errors - before, $"{kernel.Sections.Count} sections, kernel {TreeText.Printable(kernel.KernelRelease ?? "unknown")}");
    }

    private void CheckExtension(ArtifactPart part)
    {
        IReadOnlyList<ExtensionFacts> extensions;
        var before = _reporter.Errors;
        try
        {
            extensions = ExtensionFacts.Of(part.MountedFiles, _artifact.Stem);
        }
        catch (DiagnosticException e)
        {
            _reporter.Report(e.Diagnostic);
            Add(part.Name, "extension-release", 1, "it cannot be read");
            return;
        }

        if (extensions.Count == 0)
        {
            return;
        }

        var fits = extensions.FirstOrDefault(extension => extension.FitsName);
        if (fits is null)
        {
            _reporter.Report(ImageDiagnostics.WrongExtensionRelease.Create(
                $"The extension '{_artifact.Stem}' would not be merged: it has {string.Join(", ", extensions.Select(extension => extension.Path))}, and is looked for by its file's name. Rename the image to '{extensions[0].Name}{(_artifact.Kind == ArtifactKind.Directory ? "" : ".raw")}', or build it with another name.",
                _artifact.Stem));
        }
        else if (!fits.Variables.TryGetValue("ID", out var id) || id.Length == 0)
        {
            _reporter.Report(ImageDiagnostics.WrongExtensionRelease.Create(
                $"The extension '{_artifact.Stem}' would not be merged: {fits.Path} has no ID.", _artifact.Stem));
        }

        Add(part.Name, "extension-release", _reporter.Errors - before, string.Join(", ", extensions.Select(extension => $"{extension.Kind} {extension.Name}")));
        if (_host is { } host)
        {
            CheckMerge(part, fits ?? extensions[0], host);
        }
    }

    private void CheckMerge(ArtifactPart part, ExtensionFacts extension, MergingHost host)
    {
        const int FirstThatTakesOffVersions = 257;
        var before = _reporter.Errors;
        var kind = extension.Kind == "confext" ? ExtensionKind.Configuration : ExtensionKind.System;
        var reason = extension.FitsName && !extension.FitsExactly && host.SystemdVersion < FirstThatTakesOffVersions
            ? $"systemd {host.SystemdVersion} looks for extension-release.{_artifact.Stem}, with the version in the image's name"
            : ExtensionCompatibility.Refusal(extension.Release, host, kind);
        if (reason is not null)
        {
            _reporter.Report(ImageDiagnostics.IncompatibleExtension.Create(
                $"The extension '{extension.Name}' would not be merged by the host: {TreeText.Printable(reason)}.", _artifact.Stem));
        }

        Add(part.Name, MergeCheck, _reporter.Errors - before, TreeText.Printable(
            $"{host.OsRelease["ID"]} {host.OsRelease["VERSION_ID"]}".Trim() + $", systemd {host.SystemdVersion}"));
    }

    private void CheckVerity(ReadOnlyMemory<byte>? rootHash, X509Certificate2? certificate)
    {
        foreach (var signature in _artifact.Parts.Where(part => part.Signature is not null))
        {
            var before = _reporter.Errors;
            signature.Signature!.Verify(certificate, _reporter);
            Add(signature.Name, "signature", _reporter.Errors - before, certificate is null
                ? "it belongs to the certificate that is in it; name the one to trust by --certificate"
                : $"made with '{TreeText.Printable(certificate.Subject)}'");
        }

        var sets = VeritySet.Of(_artifact);
        foreach (var set in sets)
        {
            var before = _reporter.Errors;
            var used = set.Verify(rootHash, _reporter, _progress, _cancellationToken);
            Add(set.Name, "verity", _reporter.Errors - before, used ?? "there is nothing to verify it against");
        }

        if (rootHash is not null && sets.Count == 0)
        {
            _reporter.Report(ImageDiagnostics.NothingToVerify.Create(
                $"A root hash was given, and '{_artifact.Name}' has no file system with verity hashes.", _artifact.Name));
            Add(_artifact.Name, "verity", 1, "there are no verity hashes");
        }

        if (certificate is not null && !_artifact.Parts.Any(part => part.Signature is not null))
        {
            _reporter.Report(ImageDiagnostics.NothingToVerify.Create(
                $"A certificate was given, and '{_artifact.Name}' has no signature that can be read.", _artifact.Name));
            Add(_artifact.Name, "signature", 1, "there is no signature");
        }
    }

    private void Add(string subject, string check, int problems, string detail) =>
        _checks.Add(new ArtifactCheck(subject, check, problems == 0 ? ArtifactCheckResult.Passed : ArtifactCheckResult.Failed, detail));

    private sealed class Relay(string work, IProgress<ArtifactProgress> progress) : IProgress<SquashFsProgress>
    {
        public void Report(SquashFsProgress value) => progress.Report(new ArtifactProgress(work, value.BytesDone, value.BytesTotal));
    }
}
