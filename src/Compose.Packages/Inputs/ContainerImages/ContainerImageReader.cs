using System.Runtime.ExceptionServices;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Oci;
using Compose.Formats.Tar;
using Compose.Packages.Inputs.Archives;
using Compose.Packages.Locking;

namespace Compose.Packages.Inputs.ContainerImages;

/// <summary>Reads restored images from the store: their layers, each unpacked once ever, laid over each other.</summary>
public sealed class ContainerImageReader(ContentStore store)
{
    private readonly UnpackedLayers _unpacked = new(store);

    /// <summary>What a project takes of an image.</summary>
    /// <param name="locked">The lock file.</param>
    /// <param name="request">The image.</param>
    /// <param name="selection">What is taken of it.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">The image was not restored, is damaged or hostile, or does not hold what is to be taken.</exception>
    public InputTree Read(LockFile locked, ContainerImageRequest request, ArchiveSelection selection, CancellationToken cancellationToken = default)
    {
        var image = ReadAll(locked, request, cancellationToken);
        try
        {
            return image with { Tree = selection.Apply(new UnpackedArchive(image.Tree, IsSingleFile: false), fileName: "") };
        }
        catch (FormatException e)
        {
            throw new DiagnosticException(
                PackageDiagnostics.BadSelection.Create($"'{image.Name}' cannot be taken as asked for: {e.Message}.", request.Source), e);
        }
    }

    /// <summary>All that an image holds.</summary>
    private InputTree ReadAll(LockFile locked, ContainerImageRequest request, CancellationToken cancellationToken)
    {
        var image = ContainerImageDifferences.Find(locked.Images, request) ?? throw NotRestored(request.Source);
        var diffIds = ImageLayers.DiffIds(store, image);
        var layers = new ImageLayer[image.Layers.Count];
        try
        {
            Parallel.For(
                0,
                layers.Length,
                new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount },
                index => layers[index] = Read(image, image.Layers[index], diffIds[index], cancellationToken));
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }

        var stack = new LayerStack($"'{image.Source}'", ArchiveLimits.Default);
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
