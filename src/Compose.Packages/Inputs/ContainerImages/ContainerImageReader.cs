using System.Runtime.ExceptionServices;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Oci;
using Compose.Formats.Tar;
using Compose.Packages.Locking;

namespace Compose.Packages.Inputs.ContainerImages;

/// <summary>Reads restored images from the store: their layers, each unpacked once ever, laid over each other.</summary>
public sealed class ContainerImageReader(ContentStore store)
{
    private readonly UnpackedLayers _unpacked = new(store);

    /// <summary>What an image holds.</summary>
    /// <param name="locked">The lock file.</param>
    /// <param name="request">What the project asks for.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">The image was not restored, or is damaged or hostile.</exception>
    public InputTree Read(LockFile locked, ContainerImageRequest request, CancellationToken cancellationToken = default)
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
