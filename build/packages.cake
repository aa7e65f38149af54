// The packages that can be pushed to a feed: the SDK, the compose command, and the squashfs library with what it needs.
Task("Pack")
    .Description("Makes the NuGet packages, below artifacts/packages/. The compose command is compiled for Linux on x64 here.")
    .Does(() =>
    {
        if (!IsInstalled("gcc"))
        {
            throw new CakeException("gcc links the compose command. Debian has it in: gcc libc6-dev");
        }

        EnsureDirectoryDoesNotExist(parameters.PackagesDirectory, new DeleteDirectorySettings { Recursive = true, Force = true });
        PackProject("Compose.FileTrees");
        PackProject("Compose.NativeCodecs");
        PackProject("Compose.SquashFs");
        PackProject("Compose.Sdk");

        // First the package that only names the other two; see Compose.Tool.csproj.
        foreach (var runtime in new[] { null, "linux-x64", "any" })
        {
            PackProject("Compose.Tool", runtime, new DotNetMSBuildSettings().WithProperty("NativeToolPackages", "true"));
        }

        foreach (var package in GetFiles($"{parameters.PackagesDirectory}/*.nupkg"))
        {
            Information($"{package.GetFilename()}: {new System.IO.FileInfo(package.FullPath).Length} bytes");
        }
    });

// Its own artifacts folder: what is restored for a runtime must not be mixed with what the build restores.
void PackProject(string name, string runtime = null, DotNetMSBuildSettings settings = null) =>
    DotNetPack($"{parameters.Root}/src/{name}/{name}.csproj", new DotNetPackSettings
    {
        Configuration = "Release",
        OutputDirectory = parameters.PackagesDirectory,
        Runtime = runtime,
        NoLogo = true,
        Verbosity = DotNetVerbosity.Minimal,
        MSBuildSettings = (settings ?? new DotNetMSBuildSettings()).WithProperty("ArtifactsPath", parameters.Artifacts.Combine("packages-build").FullPath),
    });
