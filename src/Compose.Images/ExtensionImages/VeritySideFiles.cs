using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.Formats.Gpt;
using Compose.Formats.Verity;
using Compose.SquashFs;

namespace Compose.Images.ExtensionImages;

/// <summary>
/// Writes an extension as a bare squashfs image with what systemd looks for beside it (systemd-dissect(1)): the hashes of
/// dm-verity in NAME.verity, the root hash in NAME.roothash, and its signature in NAME.roothash.p7s.
/// </summary>
public static class VeritySideFiles
{
    /// <summary>The file of hashes that belongs to an image.</summary>
    public static string HashesOf(string image) => Path.ChangeExtension(image, ".verity");

    /// <summary>The file with the root hash.</summary>
    public static string RootHashOf(string image) => Path.ChangeExtension(image, ".roothash");

    /// <summary>The file with the root hash's signature.</summary>
    public static string SignatureOf(string image) => Path.ChangeExtension(image, ".roothash.p7s");

    /// <summary>Writes the image and its side files, each by a temporary name; the image comes last.</summary>
    /// <param name="tree">What the extension holds.</param>
    /// <param name="path">The image's path; the others stand beside it.</param>
    /// <param name="options">How it is written.</param>
    /// <param name="progress">Told about the bytes taken in.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>What the file system came to, and the root hash that vouches for it.</returns>
    /// <exception cref="DiagnosticException">The image cannot be made.</exception>
    public static (SquashFsSummary Summary, Sha256Digest RootHash) WriteFiles(
        FileTree tree,
        string path,
        ExtensionImageOptions options,
        IProgress<SquashFsProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        AtomicFile.Write(path, file =>
        {
            using var hashing = new VerityHashingStream(file, Parameters(options.EffectiveSeed), leaveOpen: true, cancellationToken);
            var summary = SquashFsWriter.Write(tree, hashing, options.SquashFs, progress, cancellationToken);
            var hashes = hashing.Complete();
            var signature = options.Signer?.Sign(hashes.RootHash, cancellationToken);
            AtomicFile.Write(HashesOf(path), stream => hashes.WriteTo(stream, cancellationToken));
            AtomicFile.Write(RootHashOf(path), stream => stream.Write(Encoding.ASCII.GetBytes(hashes.RootHash + "\n")));
            if (signature is not null)
            {
                AtomicFile.Write(SignatureOf(path), stream => stream.Write(signature.Signature.Span));
            }

            return (summary, hashes.RootHash);
        });

    /// <summary>UUID and salt of the hashes, as systemd-repart derives them from a seed.</summary>
    internal static VerityParameters Parameters(Guid seed) =>
        new(DiscoverableUuid.VeritySuperblock(seed), DiscoverableUuid.VeritySalt(seed));
}
