Task("Reproducible")
    .Description("Builds the image again from the same lock files in another folder, and compares every byte.")
    .IsDependentOn("Image")
    .Does(() =>
    {
        var copy = DirectoryPath.FromString(System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"compose-reproducible-{Environment.ProcessId}", "deeper"));
        try
        {
            // The copy shares the unpacked packages and nothing else: even the SDK's tasks are compiled anew, and no block is
            // taken from the cache that the first build filled.
            CopySources(parameters.Root.FullPath, copy.FullPath);
            DotNetBuild(copy.CombineWithFilePath(parameters.Root.GetRelativePath(parameters.ImageProject)).FullPath, new DotNetBuildSettings
            {
                Configuration = parameters.Configuration,
                NoLogo = true,
                Verbosity = DotNetVerbosity.Minimal,
                WorkingDirectory = copy,
                MSBuildSettings = new DotNetMSBuildSettings().WithProperty("RestoreLockedMode", "true").WithProperty("ComposeBlockCacheSize", "0"),
            });

            var first = ReadSums(parameters.ImageDirectory);
            var second = ReadSums(copy.Combine(parameters.Root.GetRelativePath(parameters.ImageDirectory)));
            if (first == second)
            {
                Information($"Both folders gave the same bytes:{Environment.NewLine}{first}");
                results.AddSuccess();
            }
            else
            {
                Error($"The folders gave different bytes.{Environment.NewLine}{first}{Environment.NewLine}{second}");
                results.AddFailure();
            }
        }
        finally
        {
            if (DirectoryExists(copy.GetParent()))
            {
                DeleteDirectory(copy.GetParent(), new DeleteDirectorySettings { Recursive = true, Force = true });
            }
        }
    });

string ReadSums(DirectoryPath imageDirectory) =>
    System.IO.File.ReadAllText(imageDirectory.CombineWithFilePath("SHA256SUMS").FullPath).Trim();

// The files of the repository as they are, also those that are not committed yet, without what builds make.
void CopySources(string source, string target)
{
    System.IO.Directory.CreateDirectory(target);
    foreach (var entry in new System.IO.DirectoryInfo(source).EnumerateFileSystemInfos())
    {
        var destination = System.IO.Path.Combine(target, entry.Name);
        if (entry.LinkTarget is { } link)
        {
            System.IO.File.CreateSymbolicLink(destination, link);
        }
        else if (entry is System.IO.FileInfo file)
        {
            file.CopyTo(destination);
        }
        else if (entry.Name is not (".git" or "artifacts" or "bin" or "obj"))
        {
            CopySources(entry.FullName, destination);
        }
    }
}
