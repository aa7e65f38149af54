Task("Clean")
    .Description("Deletes everything that builds have made in this repository. The user's content store stays.")
    .Does(() =>
    {
        // The scripts that run right now are there too, compiled. Not every system deletes a program that runs.
        var scripts = parameters.Artifacts.Combine("cake");
        foreach (var directory in GetSubDirectories(parameters.Artifacts).Where(directory => directory.FullPath != scripts.FullPath))
        {
            DeleteDirectory(directory, new DeleteDirectorySettings { Recursive = true, Force = true });
        }
    });
