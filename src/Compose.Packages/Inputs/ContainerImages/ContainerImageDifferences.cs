using Compose.Packages.Locking;

namespace Compose.Packages.Inputs.ContainerImages;

/// <summary>Compares the container images of a lock file with those that a project asks for.</summary>
internal static class ContainerImageDifferences
{
    /// <summary>What makes them unfit for the project; nothing when they fit.</summary>
    public static IReadOnlyList<string> Of(LockFile file, IReadOnlyList<ContainerImageRequest> requests)
    {
        var differences = new List<string>();
        var left = (file.Images ?? []).ToList();
        foreach (var request in requests.DistinctBy(request => (request.Key, request.Version)))
        {
            if (Find(file.Images, request) is not { } locked)
            {
                differences.Add($"the container image '{request.Source}'{(request.Tag is null ? "" : $" (tag {request.Tag})")} for {request.Platform} is asked for");
                continue;
            }

            left.Remove(locked);
            if (locked.Requested != request.Version)
            {
                differences.Add($"the container image '{request.Source}': its version was '{locked.Requested}', is '{request.Version}'");
            }
        }

        differences.AddRange(left.Select(locked => $"the container image '{locked.Name}' for {locked.Platform} is no longer asked for"));
        return differences;
    }

    /// <summary>The locked image of a request, whatever its version; null when there is none.</summary>
    public static LockedImage? Find(IEnumerable<LockedImage>? images, ContainerImageRequest request) =>
        images?.FirstOrDefault(image => (image.Name, image.Tag, image.Platform) == request.Key);
}
