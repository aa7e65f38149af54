namespace Compose.Sdk.Tests.Support;

/// <summary>The package of the SDK, packed once in a test run, with a feed and a package folder of its own.</summary>
public sealed class SdkPackage : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("compose-sdk-package-").FullName;

    public SdkPackage()
    {
        Feed = Path.Combine(_directory, "feed");
        PackagesFolder = Path.Combine(_directory, "packages");
        Directory.CreateDirectory(PackagesFolder);

        // What the tests were built with is what is packed.
        CommandLine.RunChecked(
            "dotnet",
            [
                "pack", Repository.Combine("src", "Compose.Sdk", "Compose.Sdk.csproj"), "--no-build", "-c", Repository.Configuration,
                $"-p:ArtifactsPath={Repository.ArtifactsPath}", "-o", Feed, "-nologo", "-v:q", "-nodeReuse:false",
            ],
            Repository.Directory,
            DotnetEnvironment.Clean);
    }

    /// <summary>A folder that holds the package.</summary>
    public string Feed { get; }

    /// <summary>Where NuGet unpacks it.</summary>
    public string PackagesFolder { get; }

    /// <summary>The package's file.</summary>
    public string File => Directory.GetFiles(Feed, "Compose.Sdk.*.nupkg").Single();

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
