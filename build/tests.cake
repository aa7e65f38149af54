const string bootTests = "Compose.Boot.Tests";

Task("BuildTests")
    .Description("Builds the sources and the tests.")
    .Does(() => BuildProject(parameters.Solution, parameters.Configuration));

Task("UnitTests")
    .Description("Runs all tests but those that boot the image.")
    .IsDependentOn("TestTools")
    .IsDependentOn("BuildTests")
    .Does(() =>
    {
        foreach (var project in GetFiles($"{parameters.Root}/tests/*.Tests/*.Tests.csproj").OrderBy(project => project.FullPath, StringComparer.Ordinal))
        {
            var name = project.GetFilenameWithoutExtension().FullPath;
            if (name != bootTests)
            {
                RunTests(name);
            }
        }
    });

Task("BootTest")
    .Description("Builds the image and boots it in QEMU.")
    .IsDependentOn("TestTools")
    .IsDependentOn("BuildTests")
    .IsDependentOn("Image")
    .Does(() =>
    {
        var image = GetFiles($"{parameters.ImageDirectory}/*.raw").Single();
        RunTests(bootTests, new Dictionary<string, string> { ["COMPOSE_BOOT_IMAGE"] = image.FullPath });
    });

Task("Test")
    .Description("Runs every test: units, the SDK, reproducibility, boots. Ends with 'N passed, N failed'.")
    .IsDependentOn("UnitTests")
    .IsDependentOn("BootTest")
    .IsDependentOn("Reproducible");

Task("Soak")
    .Description("Tests squashfs for half an hour: 5000 random trees against other tools, and ten minutes of mutated images.")
    .IsDependentOn("TestTools")
    .IsDependentOn("BuildTests")
    .Does(() => RunTests("Compose.SquashFs.Tests", new Dictionary<string, string>
    {
        ["COMPOSE_RANDOM_TREES"] = "5000",
        ["COMPOSE_FUZZ_SECONDS"] = "600",
    }));

// A test project is a program. A failure is counted and does not stop the next one.
void RunTests(string name, IDictionary<string, string> environment = null)
{
    var assembly = parameters.Artifacts.Combine("bin").Combine(name).Combine(parameters.Pivot).CombineWithFilePath($"{name}.dll");
    var report = parameters.TestResultsDirectory.CombineWithFilePath($"{name}.trx");
    EnsureDirectoryExists(parameters.TestResultsDirectory);
    if (FileExists(report))
    {
        DeleteFile(report);
    }

    var arguments = new ProcessArgumentBuilder()
        .Append("exec")
        .AppendQuoted(assembly.FullPath)
        .AppendSwitchQuoted("--results-directory", parameters.TestResultsDirectory.FullPath)
        .Append("--report-xunit-trx")
        .AppendSwitchQuoted("--report-xunit-trx-filename", report.GetFilename().FullPath)
        .Append("--progress off");
    Information($"Running {name}");
    var exitCode = StartProcess("dotnet", new ProcessSettings
    {
        Arguments = arguments,
        EnvironmentVariables = environment ?? new Dictionary<string, string>(),
    });
    if (!results.Add(new System.IO.FileInfo(report.FullPath), exitCode))
    {
        Warning($"{name} failed.");
    }
}
