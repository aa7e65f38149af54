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

Task("Hostile")
    .Description("Reads all hostile inputs, and says how many there are of each kind and how much memory reading them takes.")
    .IsDependentOn("TestTools")
    .IsDependentOn("BuildTests")
    .Does(() =>
    {
        var report = parameters.TestResultsDirectory.CombineWithFilePath("hostile.tsv");
        EnsureDirectoryExists(parameters.TestResultsDirectory);
        System.IO.File.WriteAllText(report.FullPath, "test\tinput\tcount\tpeak MiB\n");
        foreach (var name in new[] { "Compose.Formats.Tests", "Compose.Packages.Tests", "Compose.SquashFs.Tests" })
        {
            RunTests(name, new Dictionary<string, string> { ["COMPOSE_HOSTILE_REPORT"] = report.FullPath }, "*.Hostile*");
        }

        Information(System.IO.File.ReadAllText(report.FullPath));
    });

// A test project is a program. A failure is counted and does not stop the next one.
void RunTests(string name, IDictionary<string, string> environment = null, string classes = null)
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
    if (classes is not null)
    {
        arguments.AppendSwitchQuoted("--filter-class", classes);
    }

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
