using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

/// <summary>
/// Applications as their developers have them: in a solution, with libraries that they share, with builds of their own. They run
/// on this machine's runtime, so that no feed is needed.
/// </summary>
public sealed class ApplicationSolutionTests(SdkFixture fixture)
{
    private const string Tools = "deploy/Acme.Tools.sysext.csproj";
    private const string Worker = "src/Acme.Worker/Acme.Worker.csproj";
    private const string Settings = "src/Acme.Worker/appsettings.json";

    [Fact]
    public void A_solution_builds_applications_for_themselves_and_for_their_extension()
    {
        using var workspace = fixture.CreateWorkspace();
        WriteProjects(workspace);
        workspace.WriteSolution("all.slnx", "base/base.os.csproj", Tools, Worker, "src/Tool/tool.csproj", "src/Acme.Common/Acme.Common.csproj");

        var first = workspace.BuildChecked("all.slnx");

        // What the two applications share is built once for the extension, and once for itself.
        Assert.Equal(
            [false, true],
            first.Split('\n').Where(line => line.Contains(" Acme.Common -> ", StringComparison.Ordinal)).Select(line => line.Contains("/applications/", StringComparison.Ordinal)).Order());
        Assert.True(File.Exists(workspace.Combine("src", "Acme.Worker", "bin", "Debug", "net10.0", "Acme.Worker.dll")));
        Assert.Equal(
            [
                "usr/bin/Acme.Worker", "usr/bin/Tool",
                "usr/lib/Acme.Worker/Acme.Common.dll", "usr/lib/Acme.Worker/Acme.Worker", "usr/lib/Acme.Worker/Acme.Worker.deps.json",
                "usr/lib/Acme.Worker/Acme.Worker.dll", "usr/lib/Acme.Worker/Acme.Worker.runtimeconfig.json", "usr/lib/Acme.Worker/appsettings.json",
                "usr/lib/Tool/Acme.Common.dll", "usr/lib/Tool/Tool", "usr/lib/Tool/Tool.deps.json", "usr/lib/Tool/Tool.dll", "usr/lib/Tool/Tool.runtimeconfig.json",
                "usr/lib/extension-release.d/extension-release.Acme.Tools",
                "usr/lib/systemd/system/Acme.Worker.service", "usr/lib/systemd/system/multi-user.target.d/10-Acme-Worker-service.conf",
            ],
            Unpack(workspace, "Debug"));
        Assert.Equal("Debug: good day", Run(workspace, "Acme.Worker"));
        Assert.Equal("tool: good day", Run(workspace, "Tool"));

        // Nothing provides the runtime that both ask for: this is said where they are referenced.
        Assert.Contains($"{workspace.Combine(Tools)}(3,23): warning COMPOSE2046: '/usr/lib/Acme.Worker/Acme.Worker.runtimeconfig.json'", first, StringComparison.Ordinal);
        Assert.Contains($"{workspace.Combine(Tools)}(4,23): warning COMPOSE2046: '/usr/lib/Tool/Tool.runtimeconfig.json'", first, StringComparison.Ordinal);

        // Nothing changed, nothing is built: not with the solution, not alone.
        var before = workspace.Snapshot();
        workspace.BuildChecked("all.slnx");
        Assert.Empty(workspace.Snapshot().Except(before).Select(file => file.Key));
        workspace.BuildChecked(Tools);
        Assert.Empty(workspace.Snapshot().Except(before).Select(file => file.Key));

        // What changes is published by a build of the extension, which leaves the applications' own builds alone.
        workspace.Write("src/Acme.Common/Common.cs", "public static class Common { public static string Text => \"good night\"; }\n");
        workspace.Write(Settings, "{ \"Port\": 2 }\n");
        workspace.BuildChecked(Tools);
        Unpack(workspace, "Debug");
        Assert.Equal("Debug: good night", Run(workspace, "Acme.Worker"));
        Assert.Equal("tool: good night", Run(workspace, "Tool"));
        Assert.Equal("{ \"Port\": 2 }\n", File.ReadAllText(workspace.Combine("root", "usr", "lib", "Acme.Worker", "appsettings.json")));
        Assert.Equal(Own(before), Own(workspace.Snapshot()));

        // The configuration of the extension is that of its applications.
        File.Delete(workspace.Combine(Settings));
        workspace.BuildChecked(Tools, "-c", "Release");
        Assert.DoesNotContain("usr/lib/Acme.Worker/appsettings.json", Unpack(workspace, "Release"));
        Assert.Equal("Release: good night", Run(workspace, "Acme.Worker"));

        // The packages of an application have a lock file of NuGet's, which a restore in locked mode obeys.
        workspace.Write(Worker, File.ReadAllText(workspace.Combine(Worker)).Replace("<ItemGroup>", """<ItemGroup><PackageReference Include="Some.Package" Version="1.0.0" />""", StringComparison.Ordinal));
        var locked = workspace.Dotnet("restore", Tools, "--locked-mode", "-nologo", "-tl:off", "-nodeReuse:false");
        Assert.NotEqual(0, locked.ExitCode);
        Assert.Contains("error NU1004", locked.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("src/Tool/tool.sysext.csproj", "tool.csproj", "../..")]
    [InlineData("src/Tool/deploy/tool.sysext.csproj", "../tool.csproj", "../../..")]
    public void An_extension_in_the_folder_of_its_application_is_told_to_move(string project, string application, string root)
    {
        using var workspace = fixture.CreateWorkspace();
        WriteProjects(workspace);
        workspace.WriteProject(project, $"""
              <ItemGroup>
                <ProjectReference Include="{root}/base/base.os.csproj" />
                <ProjectReference Include="{application}" />
              </ItemGroup>
            """);

        var output = workspace.BuildChecked(project);

        Assert.Contains($"{workspace.Combine(project)}(4,23): warning COMPOSE9017", output, StringComparison.Ordinal);
        Assert.Contains($"'{workspace.Combine("src", "Tool", "tool.csproj")}'", output, StringComparison.Ordinal);
    }

    /// <summary>The files of the applications' own builds.</summary>
    private static IEnumerable<KeyValuePair<string, DateTime>> Own(IReadOnlyDictionary<string, DateTime> snapshot) => snapshot
        .Where(file => file.Key.StartsWith("src/", StringComparison.Ordinal) && (file.Key.Contains("/bin/", StringComparison.Ordinal) || file.Key.Contains("/obj/", StringComparison.Ordinal)))
        .OrderBy(file => file.Key, StringComparer.Ordinal);

    /// <summary>The files and links of the extension.</summary>
    private static IEnumerable<string> Unpack(Workspace workspace, string configuration)
    {
        var root = workspace.Combine("root");
        if (Directory.Exists(root))
        {
            Directory.Delete(root, recursive: true);
        }

        CommandLine.RunChecked("unsquashfs", ["-no-progress", "-dest", root, workspace.Combine("deploy", "bin", configuration, "Acme.Tools.raw")], workspace.Root);
        return Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(root, file)).Order(StringComparer.Ordinal);
    }

    private static string Run(Workspace workspace, string name) =>
        CommandLine.RunChecked("dotnet", ["exec", workspace.Combine("root", "usr", "lib", name, $"{name}.dll")], workspace.Root, DotnetEnvironment.Clean).Trim();

    private static void WriteProjects(Workspace workspace)
    {
        workspace.WriteBase();
        workspace.WriteBaseLibraries();
        workspace.WriteProject(Tools, """
              <ItemGroup>
                <ProjectReference Include="../src/Acme.Worker/Acme.Worker.csproj" GenerateSystemdUnit="true" SetTargetFramework="TargetFramework=net10.0" />
                <ProjectReference Include="../src/Tool/tool.csproj" />
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);

        // The SDK for workers publishes each file of settings, and those of NuGet are not for the image.
        workspace.Write(Worker, """
            <Project Sdk="Microsoft.NET.Sdk.Worker">
              <PropertyGroup>
                <TargetFrameworks>net10.0</TargetFrameworks>
                <RuntimeIdentifiers>linux-x64</RuntimeIdentifiers>
                <SelfContained>false</SelfContained>
                <InvariantGlobalization>true</InvariantGlobalization>
                <RestorePackagesWithLockFile>true</RestorePackagesWithLockFile>
              </PropertyGroup>
              <ItemGroup>
                <ProjectReference Include="../Acme.Common/Acme.Common.csproj" />
              </ItemGroup>
            </Project>
            """);
        workspace.Write("src/Acme.Worker/nuget.config", "<configuration />\n");
        workspace.Write("src/Acme.Worker/Properties/launchSettings.json", "{}\n");
        workspace.Write(Settings, "{ \"Port\": 1 }\n");
        workspace.Write("src/Acme.Worker/Program.cs", """
            #if DEBUG
            System.Console.WriteLine("Debug: " + Common.Text);
            #else
            System.Console.WriteLine("Release: " + Common.Text);
            #endif
            """);
        workspace.Write("src/Tool/tool.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <AssemblyName>Tool</AssemblyName>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <SelfContained>false</SelfContained>
                <InvariantGlobalization>true</InvariantGlobalization>
              </PropertyGroup>
              <ItemGroup>
                <ProjectReference Include="../Acme.Common/Acme.Common.csproj" />
              </ItemGroup>
            </Project>
            """);
        workspace.Write("src/Tool/Program.cs", "System.Console.WriteLine(\"tool: \" + Common.Text);\n");
        workspace.Write("src/Acme.Common/Acme.Common.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
              </PropertyGroup>
            </Project>
            """);
        workspace.Write("src/Acme.Common/Common.cs", "public static class Common { public static string Text => \"good day\"; }\n");
    }
}
