Task("Extensions")
    .Description("Builds every extension in recipes/.")
    .Does(() => BuildProject(parameters.Recipes, parameters.Configuration));

Task("Image")
    .Description("Builds every extension and the disk image, below artifacts/image/.")
    .IsDependentOn("Extensions")
    .Does(() =>
    {
        BuildProject(parameters.ImageProject, parameters.Configuration);
        foreach (var image in GetFiles($"{parameters.ImageDirectory}/*.raw"))
        {
            Information($"The image is {image}");
        }
    });

void BuildProject(FilePath project, string configuration) =>
    DotNetBuild(project.FullPath, new DotNetBuildSettings
    {
        Configuration = configuration,
        NoLogo = true,
        Verbosity = DotNetVerbosity.Minimal,
    });
