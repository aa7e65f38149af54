Task("Clean")
    .Description("Deletes everything that builds have made in this repository. The user's content store stays.")
    .Does(() =>
    {
        if (DirectoryExists(parameters.Artifacts))
        {
            DeleteDirectory(parameters.Artifacts, new DeleteDirectorySettings { Recursive = true, Force = true });
        }
    });
