Task("Extensions")
    .Description("Builds every extension in recipes/.")
    .Does(() => BuildProject(parameters.Recipes, parameters.Configuration, "Extensions"));

Task("Image")
    .Description("Builds every extension and the disk image, below artifacts/image/.")
    .Does(() =>
    {
        BuildProject(parameters.Recipes, parameters.Configuration);
        foreach (var image in GetFiles($"{parameters.ImageDirectory}/*.raw"))
        {
            Information($"The image is {image}");
        }
    });

void BuildProject(FilePath project, string configuration, string target = "Build") =>
    DotNetBuild(project.FullPath, new DotNetBuildSettings
    {
        Configuration = configuration,
        NoLogo = true,
        Verbosity = DotNetVerbosity.Minimal,
        MSBuildSettings = new DotNetMSBuildSettings().WithTarget(target),
    });
