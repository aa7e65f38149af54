using System.Text;
using System.Xml.Linq;
using Compose.Packages.Tests.Support;
using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

public sealed class SolutionTests(SdkFixture fixture)
{
    [Fact]
    public void Restoring_a_solution_downloads_each_file_once()
    {
        using var workspace = fixture.CreateWorkspace();
        using var mirror = new Mirror(fixture.Archive.Root);
        workspace.WriteBase();
        workspace.WriteHello();
        workspace.WriteProject("greeter/greeter.sysext.csproj", """
              <ItemGroup>
                <DebianPackage Include="greeter" />
                <ProjectReference Include="../hello/hello.sysext.csproj" />
              </ItemGroup>
            """);
        workspace.WriteProject("other/other.sysext.csproj", """
              <ItemGroup>
                <DebianPackage Include="hello" />
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);
        workspace.WriteSolution("all.slnx", "base/base.os.csproj", "greeter/greeter.sysext.csproj", "hello/hello.sysext.csproj", "other/other.sysext.csproj");

        var restore = workspace.Dotnet("restore", "all.slnx", "-nologo", "-tl:off", "-nodeReuse:false", mirror.Argument);

        Assert.True(restore.ExitCode == 0, restore.Output);
        Assert.Empty(mirror.Served.GroupBy(path => path).Where(requests => requests.Count() > 1).Select(requests => requests.Key));
        Assert.Equal(6, mirror.Served.Count(path => path.EndsWith(".deb", StringComparison.Ordinal)));
        Assert.Equal(4, restore.Output.Split('\n').Count(line => line.Contains("Wrote ", StringComparison.Ordinal)));

        // A second one asks for nothing.
        var requests = mirror.Served.Count;
        Assert.Equal(0, workspace.Dotnet("restore", "all.slnx", "-nologo", "-tl:off", "-nodeReuse:false", mirror.Argument).ExitCode);
        Assert.Equal(requests, mirror.Served.Count);
    }

    [Fact]
    public void Projects_of_a_solution_are_restored_at_the_same_time_and_share_what_they_download()
    {
        const int Count = 6;
        using var workspace = fixture.CreateWorkspace();
        using var server = new TestServer();
        var projects = Enumerable.Range(0, Count).Select(i => $"p{i}/p{i}.sysext.csproj").ToArray();
        server.Files["shared"] = "a program of all of them\n"u8.ToArray();
        for (var i = 0; i < Count; i++)
        {
            server.Files[$"own{i}"] = Encoding.UTF8.GetBytes($"a program of project {i}\n");
            workspace.WriteProject(projects[i], $"""
                  <ItemGroup>
                    <Archive Include="{server.Address.AbsoluteUri}own{i}" />
                    <Archive Include="{server.Address.AbsoluteUri}shared" />
                  </ItemGroup>
                """);
        }

        // Each project gets its own file only while another one waits for its own, too.
        var pairing = new Lock();
        TaskCompletionSource? waiting = null;
        var isAlone = false;
        server.Wait = async request =>
        {
            if (request.Path.StartsWith("own", StringComparison.Ordinal))
            {
                Task pair;
                lock (pairing)
                {
                    var other = waiting;
                    waiting = other is null ? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) : null;
                    other?.SetResult();
                    pair = (other ?? waiting!).Task;
                }

                isAlone |= await Task.WhenAny(pair, Task.Delay(TimeSpan.FromSeconds(50))) != pair;
            }
        };
        workspace.WriteSolution("all.slnx", projects);

        var restore = workspace.Dotnet("restore", "all.slnx", "-nologo", "-tl:off", "-nodeReuse:false", "-m:2");

        Assert.True(restore.ExitCode == 0, restore.Output);
        Assert.False(isAlone, restore.Output);
        Assert.Equal(Count, restore.Output.Split('\n').Count(line => line.Contains("Wrote ", StringComparison.Ordinal)));
        Assert.Equal([.. Enumerable.Range(0, Count).Select(i => $"own{i}"), "shared"], server.Requests.Select(request => request.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_recipe_is_in_the_solution_and_none_is_built_by_it()
    {
        var solution = File.ReadAllText(Repository.Combine("Compose.sln"));
        foreach (var project in Directory.GetFiles(Repository.Combine("recipes"), "*.*.csproj", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(Repository.Directory, project).Replace('/', '\\');
            var line = Assert.Single(solution.Split('\n'), line => line.Contains($"\"{path}\"", StringComparison.Ordinal));
            var id = line.Split('"')[^2];
            Assert.DoesNotContain($"{id}.Release|Any CPU.Build.0", solution, StringComparison.Ordinal);
            Assert.Contains($"{id}.Release|Any CPU.ActiveCfg", solution, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void No_recipe_needs_a_script()
    {
        var folder = Repository.Combine("recipes");
        foreach (var project in Directory.GetFiles(folder, "*.*.csproj", SearchOption.AllDirectories).Append(Path.Combine(folder, "Directory.Build.props")))
        {
            var elements = XDocument.Load(project).Descendants().Select(element => element.Name.LocalName);
            Assert.Empty(elements.Intersect(["Exec", "Import", "Target", "UsingTask"]));
        }

        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            Assert.False(File.ReadAllBytes(file).AsSpan().StartsWith("#!"u8), $"{file} is a script.");
        }
    }

    [Fact]
    public void A_recipe_that_the_solution_does_not_build_is_restored_with_it()
    {
        const string Id = "{CA6CD2DD-97AB-5467-AABE-9C560DC8D9E8}";
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        Directory.CreateDirectory(workspace.Combine("recipes"));
        Directory.Move(workspace.Combine("base"), workspace.Combine("recipes", "base"));
        File.Copy(Repository.Combine("Directory.Solution.targets"), workspace.Combine("Directory.Solution.targets"));
        workspace.Write("Compose.sln", $$"""
            Microsoft Visual Studio Solution File, Format Version 12.00
            Project("{FAE04EC0-301F-11D3-BF4B-00C04F79EFBC}") = "base.os", "recipes\base\base.os.csproj", "{{Id}}"
            EndProject
            Global
            	GlobalSection(SolutionConfigurationPlatforms) = preSolution
            		Debug|Any CPU = Debug|Any CPU
            	EndGlobalSection
            	GlobalSection(ProjectConfigurationPlatforms) = postSolution
            		{{Id}}.Debug|Any CPU.ActiveCfg = Debug|Any CPU
            	EndGlobalSection
            EndGlobal

            """);

        workspace.BuildChecked("Compose.sln");

        Assert.True(File.Exists(workspace.Combine("recipes", "base", "compose.lock.json")));
        Assert.False(Directory.Exists(workspace.Combine("recipes", "base", "bin")));
    }
}
