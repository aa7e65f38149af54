// Decisions about the build, made once.
public sealed record Parameters(string Target, string Configuration, DirectoryPath Root)
{
    public DirectoryPath Artifacts => Root.Combine("artifacts");

    public DirectoryPath TestResultsDirectory => Artifacts.Combine("test-results");

    public DirectoryPath PackagesDirectory => Artifacts.Combine("packages");

    public FilePath Solution => Root.CombineWithFilePath("Compose.sln");

    public FilePath Recipes => Root.CombineWithFilePath("recipes/recipes.proj");

    public FilePath ImageProject => Root.CombineWithFilePath("recipes/image/compose-os.image.csproj");

    // The folder names of UseArtifactsOutput are in lower case.
    public string Pivot => Configuration.ToLowerInvariant();

    public DirectoryPath ImageDirectory => Artifacts.Combine("image").Combine(Pivot);

    public static Parameters Read(ICakeContext context)
    {
        var configuration = context.Argument("configuration", "Release");
        if (configuration is not ("Debug" or "Release"))
        {
            throw new CakeException($"The configuration is Debug or Release, not '{configuration}'.");
        }

        return new Parameters(context.Argument("target", "Default"), configuration, context.MakeAbsolute(context.Directory(".")));
    }
}
