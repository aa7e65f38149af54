using System.Runtime.ExceptionServices;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Oci;
using Compose.Formats.Tar;
using Compose.Packages.Inputs.Archives;
using Compose.Packages.Locking;

namespace Compose.Packages.Inputs.ContainerImages;

/// <summary>Reads restored images from the store: their layers, each unpacked once ever, laid over each other.</summary>
/// <param name="store">The store.</param>
/// <param name="limits">How much each layer, and an image with all of them, may hold; null for the default limits.</param>
public sealed class ContainerImageReader(ContentStore store, ArchiveLimits? limits = null)
{
    private readonly ArchiveLimits _limits = limits ?? ArchiveLimits.Default;
    private readonly UnpackedLayers _unpacked = new(store, limits);

    /// <summary>What a project takes of an image.</summary>
    /// <param name="locked">The lock file.</param>
    /// <param name="request">The image.</param>
    /// <param name="selection">What is taken of it.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">The image was not restored, is damaged or hostile, or does not hold what is to be taken.</exception>
    public InputTree Read(LockFile locked, ContainerImageRequest request, ArchiveSelection selection, CancellationToken cancellationToken = default)
    {
        try
        {
            var image = ReadAll(locked, request, cancellationToken);
            return image with { Tree = Select(image, selection) };
        }
        catch (DiagnosticException e)
        {
            throw request.AtItem(e);
        }
    }

    private static FileTree Select(InputTree image, ArchiveSelection selection)
    {
        FileTree tree;
        try
        {
            tree = selection.Apply(new UnpackedArchive(image.Tree, IsSingleFile: false), fileName: "");
        }
        catch (FormatException e)
        {
            throw new DiagnosticException(PackageDiagnostics.BadSelection.Create($"'{image.Name}' cannot be taken as asked for: {e.Message}."), e);
        }

        // Images may have them in /dev; in an extension or a system they would be another's way to the host's devices.
        foreach (var (path, entry) in tree.Items)
        {
            if (entry is DeviceEntry or FifoEntry)
            {
                throw new DiagnosticException(ArchiveDiagnostics.NotAllowed.Create(
                    $"'{image.Name}' cannot be taken as asked for: '/{path}' is a device or a named pipe. Leave it out with ExcludedFiles."));
            }
        }

        return tree;
    }

    /// <summary>All that an image holds.</summary>
    private InputTree ReadAll(LockFile locked, ContainerImageRequest request, CancellationToken cancellationToken)
    {
        var image = ContainerImageDifferences.Find(locked.Images, request) ?? throw NotRestored(request.Source);
        var diffIds = ImageLayers.DiffIds(store, image);
        var layers = new ImageLayer[image.Layers.Count];
        var sum = new LayerSum($"'{image.Source}'", _limits);
        try
        {
            Parallel.For(
                0,
                layers.Length,
                new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount },
                index =>
                {
                    var layer = Read(image, image.Layers[index], diffIds[index], cancellationToken);
                    sum.Add(layer);
                    layers[index] = layer;
                });
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }

        var stack = new LayerStack($"'{image.Source}'", _limits);
        foreach (var layer in layers)
        {
            stack.Apply(layer);
        }

        return new InputTree(image.Name, image.Version, stack.Tree);
    }

    private static DiagnosticException NotRestored(string image) => new(PackageDiagnostics.NotRestored.Create(
        $"The container image '{image}' is not in the content store. Run 'dotnet restore'.", image));

    private ImageLayer Read(LockedImage image, LockedBlob locked, Sha256Digest diffId, CancellationToken cancellationToken)
    {
        if (_unpacked.TryGet(locked.Sha256, out var known) && known.DiffId == diffId)
        {
            return known;
        }

        return store.TryGetBlob(locked.Sha256, out var packed) && packed.Length == locked.Size
            ? _unpacked.GetOrUnpack(packed, diffId, ImageLayers.NameOf(image, locked.Sha256), cancellationToken)
            : throw NotRestored(image.Name);
    }
}
