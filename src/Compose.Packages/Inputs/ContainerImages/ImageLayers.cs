using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Packages.Locking;

namespace Compose.Packages.Inputs.ContainerImages;

/// <summary>What a locked image's layers are called, and what they are before compression.</summary>
internal static class ImageLayers
{
    /// <summary>The digest of each layer before compression.</summary>
    /// <exception cref="DiagnosticException">The store lacks the configuration, or it does not fit the lock file.</exception>
    public static IReadOnlyList<Sha256Digest> DiffIds(ContentStore store, LockedImage image)
    {
        var config = ImageResolver.ReadConfig(store, image.Config, image.Name);
        if (config.DiffIds.Count != image.Layers.Count)
        {
            throw new DiagnosticException(PackageDiagnostics.BadLockFile.Create(
                $"The lock file has {image.Layers.Count} layers of '{image.Name}', and the image's configuration {config.DiffIds.Count}. "
                + "Delete the lock file and run 'dotnet restore'.", image.Name));
        }

        return config.DiffIds;
    }

    /// <summary>A layer's name for messages.</summary>
    public static string NameOf(LockedImage image, Sha256Digest layer) => $"The layer sha256:{layer} of '{image.Source}'";
}
