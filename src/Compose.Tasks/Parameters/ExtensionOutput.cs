using System.Runtime.InteropServices;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Caching;
using Compose.FileTrees.HostFiles;
using Compose.Images.ExtensionImages;
using Compose.Images.Signing;
using Compose.SquashFs;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Compose.Tasks.Parameters;

/// <summary>Writes an extension in the format that its project names.</summary>
internal sealed class ExtensionOutput : IDisposable
{
    private const string FormatProperty = "ExtensionFormat";
    private const string CompressionProperty = "ExtensionCompression";
    private const string LevelProperty = "ExtensionCompressionLevel";

    private Action<FileTree, CancellationToken>? _write;
    private RootHashSigner? _signer;
    private Guid? _seed;

    public required string Name { get; init; }

    public required string Path { get; init; }

    public required string Format { get; init; }

    public required string Compression { get; init; }

    public required string CompressionLevel { get; init; }

    public required CompressionBudget? Budget { get; init; }

    public required string BlockSize { get; init; }

    public required string Architecture { get; init; }

    public required string Seed { get; init; }

    public required string VeritySideFiles { get; init; }

    public required SigningProperties Signing { get; init; }

    public required BlockCache? Cache { get; init; }

    public required IDiagnosticReporter Reporter { get; init; }

    public required TaskLoggingHelper Log { get; init; }

    /// <summary>Reads the properties, and opens the signing key, before anything is built.</summary>
    /// <exception cref="DiagnosticException">A property has a value that it cannot have.</exception>
    public void Check()
    {
        _seed = Seed.Length == 0 ? null : Guid.TryParse(Seed, out var seed) ? seed : throw PropertyValue.Bad("ExtensionSeed", Seed, "a UUID");
        var hasSideFiles = PropertyValue.Boolean("ExtensionVeritySideFiles", VeritySideFiles) ?? false;
        _write = PropertyValue.Choice<Func<Action<FileTree, CancellationToken>>>(
            FormatProperty,
            Format,
            ("squashfs", () => hasSideFiles ? SquashFs(WithSideFiles) : SquashFs(Bare)),
            ("ddi", () => SquashFs(Discoverable)),
            ("erofs", Erofs),
            ("directory", () => (tree, cancellationToken) => HostDirectoryWriter.Write(tree, Path, cancellationToken)))();

        var canHashes = Format == "ddi" || (Format == "squashfs" && hasSideFiles);
        _signer = Signing.Open();
        if (_signer is not null && !canHashes)
        {
            throw PropertyValue.Bad(FormatProperty, Format, "ddi, or squashfs with ExtensionVeritySideFiles, when the extension is to be signed");
        }

        if (hasSideFiles && Format != "squashfs")
        {
            throw PropertyValue.Bad("ExtensionVeritySideFiles", VeritySideFiles, $"nothing, unless {FormatProperty} is squashfs");
        }
    }

    /// <summary>Writes the output by a temporary name.</summary>
    public void Write(FileTree tree, CancellationToken cancellationToken) => _write!(tree, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _signer?.Dispose();

    private delegate SquashFsSummary SquashFsWrite(FileTree tree, SquashFsOptions options, CancellationToken cancellationToken);

    private Action<FileTree, CancellationToken> SquashFs(SquashFsWrite write)
    {
        var level = Budget is null ? CompressionLevel : "";
        var compression = PropertyValue.Compression(CompressionProperty, Compression, LevelProperty, level);
        if (Budget is not null && compression.Levels is null)
        {
            throw PropertyValue.Bad(LevelProperty, CompressionLevel, $"nothing, as the compression '{Compression}' has no levels");
        }

        var options = new SquashFsOptions { Compression = compression, BlockSize = ReadBlockSize(), Cache = Cache };
        return (tree, cancellationToken) =>
        {
            var timed = options with { ModificationTime = NewestTime(tree) };
            var summary = Budget is null
                ? write(tree, timed, cancellationToken)
                : Budget.Write(
                    tree,
                    timed,
                    chosen => write(tree, chosen, cancellationToken),
                    Reporter,
                    message => Log.LogMessage(MessageImportance.High, "{0}", message),
                    cancellationToken);
            Log.LogMessage(MessageImportance.Low, "{0}", summary);
            if (summary.CacheFailure is { } reason)
            {
                Log.LogMessage(MessageImportance.Normal, "{0}", $"Compressed blocks could not be kept for the next build: {reason}");
            }
        };
    }

    private SquashFsSummary Bare(FileTree tree, SquashFsOptions options, CancellationToken cancellationToken) =>
        SquashFsWriter.WriteFile(tree, Path, options, null, cancellationToken);

    private SquashFsSummary WithSideFiles(FileTree tree, SquashFsOptions options, CancellationToken cancellationToken) =>
        Images.ExtensionImages.VeritySideFiles.WriteFiles(tree, Path, ImageOptions(options), null, cancellationToken).Summary;

    private SquashFsSummary Discoverable(FileTree tree, SquashFsOptions options, CancellationToken cancellationToken) =>
        DiscoverableDiskImage.WriteFile(tree, Path, ImageOptions(options), null, cancellationToken).Summary;

    private ExtensionImageOptions ImageOptions(SquashFsOptions options) => new()
    {
        Name = Name,
        SquashFs = options,
        Architecture = Architecture == "arm64" ? System.Runtime.InteropServices.Architecture.Arm64 : System.Runtime.InteropServices.Architecture.X64,
        Seed = _seed,
        Signer = _signer,
    };

    private Action<FileTree, CancellationToken> Erofs()
    {
        if (Budget is not null)
        {
            throw PropertyValue.Bad(LevelProperty, CompressionLevel, "a number, as mkfs.erofs knows no budget");
        }

        // Its own names of the codecs. Which of them it has depends on its version: it says so itself.
        var codec = PropertyValue.Choice<string?>(
            CompressionProperty, Compression, ("lz4", "lz4hc"), ("zstd", "zstd"), ("xz", "lzma"), ("gzip", "deflate"), ("none", null));
        var level = codec is null || CompressionLevel.Length == 0 ? codec : $"{codec},{CompressionLevel}";
        return (tree, cancellationToken) =>
            ErofsImage.WriteFile(tree, Path, level, ImageOptions(new SquashFsOptions()).EffectiveSeed, NewestTime(tree), cancellationToken);
    }

    private int ReadBlockSize()
    {
        var size = PropertyValue.Size("ExtensionBlockSize", BlockSize) ?? new SquashFsOptions().BlockSize;
        return size is >= SquashFsOptions.MinimumBlockSize and <= SquashFsOptions.MaximumBlockSize && long.IsPow2(size)
            ? (int)size
            : throw PropertyValue.Bad("ExtensionBlockSize", BlockSize, "a power of two from 4096 to 1048576");
    }

    /// <summary>The newest time of a tree's files, in seconds since 1970.</summary>
    public static long NewestTime(FileTree tree)
    {
        long newest = 0;
        foreach (var item in tree.Items)
        {
            newest = Math.Max(newest, item.Entry.Metadata.ModifiedTime);
        }

        return Math.Min(newest, uint.MaxValue);
    }
}
