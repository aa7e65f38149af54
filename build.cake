// Builds, tests and composes the image: dotnet cake --target=NAME [--configuration=Debug|Release]
// One file a topic; each target is a few calls of dotnet, the logic is in src/.
#load build/parameters.cake
#load build/clean.cake
#load build/recipes.cake
#load build/packages.cake
#load build/testtools.cake
#load build/testresults.cake
#load build/tests.cake
#load build/reproducible.cake
#load build/benchmark.cake

var parameters = Parameters.Read(Context);
var results = new TestResults();

Task("Default")
    .Description("Says what there is to do.")
    .Does(() =>
    {
        Information("dotnet cake --target=Image builds the disk image, --target=Test tests everything.");
        Information("dotnet cake --showdescription lists all targets.");
    });

RunTarget(parameters.Target);

// Behind Cake's own table of durations, so that this is the last line.
if (results.Any)
{
    Console.WriteLine(results);
    if (results.Failed > 0)
    {
        Console.Out.Flush();
        Environment.Exit(1);
    }
}
