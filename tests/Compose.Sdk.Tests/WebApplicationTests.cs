using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

/// <summary>An application of ASP.NET Core: what it publishes is more than programs, and it looks for that in a folder of its own.</summary>
public sealed class WebApplicationTests(SdkFixture fixture)
{
    private const string Web = "web/web.sysext.csproj";
    private const string Folder = "usr/lib/Site";

    [Fact]
    public void A_web_application_has_its_settings_and_static_files_where_its_unit_runs_it()
    {
        using var workspace = fixture.CreateWorkspace();
        WriteWeb(workspace);

        workspace.BuildChecked(Web);

        Assert.Equal("body { color: green } from /usr/lib/Site", Run(workspace));
        var image = workspace.Combine("web", "bin", "Debug", "web.raw");
        var first = File.ReadAllBytes(image);
        var before = workspace.Snapshot();
        workspace.BuildChecked(Web);
        Assert.Equal(before["web/bin/Debug/web.raw"], workspace.Snapshot()["web/bin/Debug/web.raw"]);

        // The same sources in another folder and at another time give the same bytes.
        using var elsewhere = fixture.CreateWorkspace();
        WriteWeb(elsewhere);
        File.SetLastWriteTimeUtc(elsewhere.Combine("web", "app", "wwwroot", "site.css"), DateTime.UnixEpoch.AddYears(40));
        elsewhere.BuildChecked(Web);
        Assert.Equal(first, File.ReadAllBytes(elsewhere.Combine("web", "bin", "Debug", "web.raw")));

        workspace.Write("web/app/wwwroot/site.css", "body { color: blue }");
        workspace.BuildChecked(Web);
        Assert.Equal("body { color: blue } from /usr/lib/Site", Run(workspace));
    }

    /// <summary>What the program says that the unit of the extension starts, with the unit's environment and in another folder than its own.</summary>
    private static string Run(Workspace workspace)
    {
        var root = workspace.Combine("root");
        if (Directory.Exists(root))
        {
            Directory.Delete(root, recursive: true);
        }

        CommandLine.RunChecked("unsquashfs", ["-no-progress", "-dest", root, workspace.Combine("web", "bin", "Debug", "web.raw")], workspace.Root);
        var environment = new Dictionary<string, string?>(DotnetEnvironment.Clean);
        foreach (var line in File.ReadLines(Path.Combine(root, "usr/lib/systemd/system/Site.service")).Where(line => line.StartsWith("Environment=", StringComparison.Ordinal)))
        {
            // The unit is for a host on which the extension is merged.
            var (name, value) = (line.Split('=')[1], line.Split('=')[2]);
            environment[name] = value.Replace("/usr/", $"{root}/usr/", StringComparison.Ordinal);
        }

        return CommandLine.RunChecked("dotnet", ["exec", Path.Combine(root, Folder, "Site.dll")], workspace.Root, environment).Trim().Replace(root, "", StringComparison.Ordinal);
    }

    private static void WriteWeb(Workspace workspace)
    {
        workspace.WriteBase();
        workspace.WriteBaseLibraries();
        workspace.WriteProject(Web, """
              <ItemGroup>
                <ProjectReference Include="app/Site.csproj" GenerateSystemdUnit="true" />
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);
        workspace.Write("web/app/Site.csproj", """
            <Project Sdk="Microsoft.NET.Sdk.Web">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <SelfContained>false</SelfContained>
                <InvariantGlobalization>true</InvariantGlobalization>
              </PropertyGroup>
            </Project>
            """);
        workspace.Write("web/app/appsettings.json", """{ "File": "site.css", "Logging": { "LogLevel": { "Default": "None" } } }""");
        workspace.Write("web/app/wwwroot/site.css", "body { color: green }");
        workspace.Write("web/app/Program.cs", """
            var app = WebApplication.CreateBuilder(args).Build();
            app.MapStaticAssets();
            app.Urls.Add("http://127.0.0.1:0");
            await app.StartAsync();
            using var client = new HttpClient();
            var text = await client.GetStringAsync($"{app.Urls.First()}/{app.Configuration["File"]}");
            Console.WriteLine($"{text} from {app.Environment.ContentRootPath}");
            """);
    }
}
