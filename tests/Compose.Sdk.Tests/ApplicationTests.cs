using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

/// <summary>Ordinary .NET projects that extensions reference. Their runtime comes from NuGet, so a feed is needed.</summary>
public sealed class ApplicationTests(SdkFixture fixture)
{
    private const string Worker = "worker/worker.sysext.csproj";
    private const string Trimmed = "<PublishTrimmed>true</PublishTrimmed>";

    [Fact]
    public void An_application_is_published_into_the_extension_and_runs()
    {
        using var workspace = fixture.CreateWorkspace();
        WriteWorker(workspace, Trimmed);

        workspace.BuildChecked(Worker);

        var image = workspace.Combine("worker", "bin", "Debug", "worker.raw");
        var root = workspace.Combine("root");
        CommandLine.RunChecked("unsquashfs", ["-no-progress", "-dest", root, image], workspace.Root);
        Assert.Equal("../lib/Greeting.Worker/Greeting.Worker", new FileInfo(Path.Combine(root, "usr/bin/Greeting.Worker")).LinkTarget);
        Assert.Equal("greetings from /_/library/Greeting.cs\n", CommandLine.RunChecked(Path.Combine(root, "usr/bin/Greeting.Worker"), [], root).TrimStart()[..38]);
        Assert.Empty(Directory.GetFiles(root, "*.pdb", SearchOption.AllDirectories));
        Assert.Contains("Type=exec\nExecStart=/usr/bin/Greeting.Worker\n", File.ReadAllText(Path.Combine(root, "usr/lib/systemd/system/Greeting.Worker.service")), StringComparison.Ordinal);
        Assert.Equal("[Unit]\nUpholds=Greeting.Worker.service\n", File.ReadAllText(Path.Combine(root, "usr/lib/systemd/system/multi-user.target.d/10-Greeting-Worker-service.conf")));

        // Nothing is left in the application's own folders, and nothing is published again.
        Assert.Equal(["Program.cs", "app.csproj"], Directory.GetFileSystemEntries(workspace.Combine("worker", "app")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var before = workspace.Snapshot();
        workspace.BuildChecked(Worker);
        workspace.BuildChecked(Worker, "--no-restore");
        Assert.Empty(workspace.Snapshot().Except(before).Select(file => file.Key));

        // What NuGet took for it is pinned, the runtime too, and a restore in locked mode sees to it.
        var first = File.ReadAllBytes(image);
        workspace.BuildChecked(Worker, "-p:RestoreLockedMode=true");
        Assert.Equal(first, File.ReadAllBytes(image));
        var lockFile = File.ReadAllText(workspace.Combine("worker", "compose.lock.json"));
        var version = LockedRuntime(workspace);
        workspace.Write("worker/compose.lock.json", lockFile.Replace($"\"{version}\"", "\"10.0.0\"", StringComparison.Ordinal));
        var locked = workspace.Build(Worker, "-p:RestoreLockedMode=true");
        Assert.Contains("error COMPOSE1041", locked.Output, StringComparison.Ordinal);
        Assert.Contains($"Microsoft.NETCore.App.Runtime.linux-x64 10.0.0 → {version} (NuGet package, app/app.csproj)", locked.Output, StringComparison.Ordinal);
        Assert.Contains($"Microsoft.NETCore.App.Runtime.linux-x64 10.0.0 → {version} (NuGet package, app/app.csproj)", workspace.BuildChecked(Worker), StringComparison.Ordinal);
        Assert.Equal(lockFile, File.ReadAllText(workspace.Combine("worker", "compose.lock.json")));

        // The same sources in another folder give the same bytes.
        using var elsewhere = fixture.CreateWorkspace();
        WriteWorker(elsewhere, Trimmed);
        elsewhere.BuildChecked(Worker, "-graph");
        Assert.Equal(first, File.ReadAllBytes(elsewhere.Combine("worker", "bin", "Debug", "worker.raw")));

        workspace.Write("worker/library/Greeting.cs", File.ReadAllText(workspace.Combine("worker", "library", "Greeting.cs")).Replace("greetings", "hello", StringComparison.Ordinal));
        workspace.BuildChecked(Worker);
        Assert.NotEqual(first, File.ReadAllBytes(image));
    }

    [Theory]
    [InlineData("<PublishSingleFile>true</PublishSingleFile><PublishTrimmed>true</PublishTrimmed>", false)]
    [InlineData("<PublishAot>true</PublishAot>", true)]
    public void An_application_of_a_single_file_is_that_file_in_the_extension_and_runs(string properties, bool isNative)
    {
        using var workspace = fixture.CreateWorkspace();
        WriteWorker(workspace, properties);

        workspace.BuildChecked(Worker);

        var image = workspace.Combine("worker", "bin", "Debug", "worker.raw");
        var list = CommandLine.RunChecked("unsquashfs", ["-lln", image], workspace.Root);
        var root = workspace.Combine("root");
        CommandLine.RunChecked("unsquashfs", ["-no-progress", "-dest", root, image], workspace.Root);
        Assert.Equal(["Greeting.Worker"], Directory.GetFileSystemEntries(Path.Combine(root, "usr/lib/Greeting.Worker")).Select(Path.GetFileName));
        Assert.Matches(@"(?m)^-rwxr-xr-x 0/0 .* squashfs-root/usr/lib/Greeting\.Worker/Greeting\.Worker$", list);
        Assert.Matches(@"(?m)^lrwxrwxrwx 0/0 .* squashfs-root/usr/bin/Greeting\.Worker -> \.\./lib/Greeting\.Worker/Greeting\.Worker$", list);
        var program = Path.Combine(root, "usr/bin/Greeting.Worker");
        Assert.Equal("greetings from /_/library/Greeting.cs", CommandLine.RunChecked(program, [], root).Trim());

        // The section that the native compiler puts compiled code into; a bundle of assemblies has none.
        Assert.Equal(isNative, CommandLine.RunChecked("readelf", ["--sections", "--wide", program], root).Contains("__managedcode", StringComparison.Ordinal));
        Assert.Equal(["Program.cs", "app.csproj"], Directory.GetFileSystemEntries(workspace.Combine("worker", "app")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var before = workspace.Snapshot();
        workspace.BuildChecked(Worker);
        Assert.Equal(before, workspace.Snapshot());

        // The same sources in another folder give the same bytes.
        using var elsewhere = fixture.CreateWorkspace();
        WriteWorker(elsewhere, properties);
        elsewhere.BuildChecked(Worker);
        Assert.Equal(File.ReadAllBytes(image), File.ReadAllBytes(elsewhere.Combine("worker", "bin", "Debug", "worker.raw")));
    }

    [Fact]
    public void A_project_decides_how_it_is_published_and_its_author_may_supply_the_unit()
    {
        using var workspace = fixture.CreateWorkspace();
        WriteWorker(workspace, "<SelfContained>false</SelfContained>", """ApplicationName="greeter" SystemdUnit="greeter.service" UpheldBy="multi-user.target" """);

        var missing = workspace.Build(Worker);
        Assert.Contains("error COMPOSE2005: The unit 'greeter.service' is not in the tree", missing.Output, StringComparison.Ordinal);

        workspace.Write("worker/files/usr/lib/systemd/system/greeter.service", "[Service]\nExecStart=/usr/bin/greeter\n");
        workspace.BuildChecked(Worker);
        var files = CommandLine.RunChecked("unsquashfs", ["-lls", workspace.Combine("worker", "bin", "Debug", "worker.raw")], workspace.Root)
            .Split('\n')
            .Where(line => line.Contains("/usr/lib/greeter/", StringComparison.Ordinal))
            .Select(line => Path.GetFileName(line));
        Assert.Equal(["Greeting.Worker", "Greeting.Worker.deps.json", "Greeting.Worker.dll", "Greeting.Worker.runtimeconfig.json", "library.dll"], files);
    }

    [Theory]
    [InlineData("<OutputType>Library</OutputType>", "COMPOSE9002", "class library")]
    [InlineData("<IsTestProject>true</IsTestProject>", "COMPOSE9013", "test project")]
    [InlineData("<TargetFramework></TargetFramework><TargetFrameworks>net10.0</TargetFrameworks>", "COMPOSE9013", "a list of target frameworks")]
    public void A_project_that_is_no_application_is_refused(string properties, string code, string text)
    {
        using var workspace = fixture.CreateWorkspace();
        WriteWorker(workspace, $"<SelfContained>false</SelfContained>{properties}");
        workspace.Write("worker/app/Program.cs", "internal static class Program { private static void Main() { } }\n");

        var result = workspace.Build(Worker);

        Assert.NotEqual(0, result.ExitCode);
        Assert.True(
            result.Output.Split('\n').Any(line => line.Contains($"{workspace.Combine(Worker)} : error {code}", StringComparison.Ordinal) && line.Contains(text, StringComparison.Ordinal)),
            $"There is no {code} that speaks of a {text}.\n{result.Output}");
    }

    [Fact]
    public void Only_an_extension_takes_an_application()
    {
        using var workspace = fixture.CreateWorkspace();
        WriteWorker(workspace, "<SelfContained>false</SelfContained>");
        workspace.WriteProject("worker/base.os.csproj", """<ItemGroup><ProjectReference Include="app/app.csproj" /></ItemGroup>""");

        var result = workspace.Build("worker/base.os.csproj");

        Assert.Contains($"{workspace.Combine("worker", "base.os.csproj")} : error COMPOSE9003", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_application_is_in_the_graph_with_the_properties_that_it_is_published_with()
    {
        using var workspace = fixture.CreateWorkspace(SdkForm.Package);
        var configuration = File.ReadAllText(workspace.Combine("nuget.config"));
        WriteWorker(workspace, "<SelfContained>false</SelfContained>");
        workspace.Write("nuget.config", configuration);

        // MSBuild itself cannot isolate a project that is built for a runtime and references another (MSB4252).
        var app = File.ReadAllText(workspace.Combine("worker", "app", "app.csproj"));
        workspace.Write("worker/app/app.csproj", app.Replace("""<ProjectReference Include="../library/library.csproj" />""", "", StringComparison.Ordinal));
        workspace.Write("worker/app/Program.cs", "System.Console.WriteLine();\n");
        var restore = workspace.Dotnet("restore", Worker, "-nologo", "-tl:off", "-nodeReuse:false");
        Assert.True(restore.ExitCode == 0, restore.Output);

        workspace.BuildChecked(Worker, "--no-restore", "-graph", "-isolate");

        var before = workspace.Snapshot();
        workspace.BuildChecked(Worker, "--no-restore");
        Assert.Equal(before, workspace.Snapshot());
    }

    /// <summary>The version of the runtime that the lock file has for the application.</summary>
    private static string LockedRuntime(Workspace workspace)
    {
        using var file = workspace.ReadLock("worker");
        var application = Assert.Single(file.RootElement.GetProperty("applications").EnumerateArray());
        Assert.Equal("app/app.csproj", application.GetProperty("project").GetString());
        var runtime = Assert.Single(
            application.GetProperty("packages").EnumerateArray(), package => package.GetProperty("name").GetString() == "Microsoft.NETCore.App.Runtime.linux-x64");
        Assert.Equal(64, Convert.FromBase64String(runtime.GetProperty("sha512").GetString()!).Length);
        return runtime.GetProperty("version").GetString()!;
    }

    private static void WriteWorker(Workspace workspace, string properties = "", string metadata = """GenerateSystemdUnit="true" """)
    {
        workspace.Write("nuget.config", $"""
            <configuration>
              <fallbackPackageFolders><clear /><add key="repository" value="{Repository.Combine("sdk")}" /></fallbackPackageFolders>
            </configuration>
            """);
        workspace.WriteBase();
        workspace.WriteBaseLibraries();
        workspace.WriteProject(Worker, $"""
              <ItemGroup>
                <ProjectReference Include="app/app.csproj" {metadata}/>
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);
        workspace.Write("worker/app/app.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <AssemblyName>Greeting.Worker</AssemblyName>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <InvariantGlobalization>true</InvariantGlobalization>
                {properties}
              </PropertyGroup>
              <ItemGroup>
                <ProjectReference Include="../library/library.csproj" />
              </ItemGroup>
            </Project>
            """);
        workspace.Write("worker/app/Program.cs", "System.Console.WriteLine(Greeting.Path());\n");
        workspace.Write("worker/library/library.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFrameworks>net10.0</TargetFrameworks>
              </PropertyGroup>
            </Project>
            """);
        workspace.Write("worker/library/Greeting.cs", """
            public static class Greeting
            {
                public static string Text([System.Runtime.CompilerServices.CallerFilePath] string path = "") => $"greetings from {path}";

                public static string Path() => Text();
            }
            """);
    }
}
