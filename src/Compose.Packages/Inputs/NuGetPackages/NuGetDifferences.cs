using Compose.Packages.Locking;

namespace Compose.Packages.Inputs.NuGetPackages;

/// <summary>Compares the NuGet packages of a lock file with those that a project asks for.</summary>
internal static class NuGetDifferences
{
    /// <summary>What makes them unfit for the project; nothing when they fit.</summary>
    public static IReadOnlyList<string> Of(LockFile file, IReadOnlyList<NuGetRequest> requests)
    {
        var differences = new List<string>();
        var locked = (file.NuGetPackages ?? []).ToDictionary(package => package.Name, StringComparer.Ordinal);
        foreach (var request in requests)
        {
            if (!locked.Remove(request.Name, out var package))
            {
                differences.Add($"the NuGet package '{request.Name}' is asked for");
            }
            else if (package.Requested != request.Version)
            {
                differences.Add($"the NuGet package '{request.Name}': its version was '{package.Requested}', is '{request.Version}'");
            }
        }

        differences.AddRange(locked.Keys.Order(StringComparer.Ordinal).Select(name => $"the NuGet package '{name}' is no longer asked for"));
        return differences;
    }

    /// <summary>The locked package that a request is satisfied by; null for none.</summary>
    public static LockedNuGetPackage? Find(LockFile? file, NuGetRequest request) =>
        file?.NuGetPackages?.FirstOrDefault(package => package.Name == request.Name && package.Requested == request.Version);
}
