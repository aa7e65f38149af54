using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

/// <summary>Builds of the static graph: each project once, in an order known before, and with -isolate from nothing but that.</summary>
public sealed class GraphTests(SdkFixture fixture)
{
    private const string Greeter = "greeter/greeter.sysext.csproj";

    [Fact]
    public void Projects_are_built_by_their_graph_in_isolation()
    {
        // In the repository's form each project builds the tasks, a project that is in nobody's graph.
        using var workspace = fixture.CreateWorkspace(SdkForm.Package);
        WriteProjects(workspace);
        Restore(workspace);

        workspace.BuildChecked(Greeter, "--no-restore", "-graph", "-isolate");

        Assert.True(File.Exists(workspace.Combine("greeter", "bin", "Debug", "greeter.raw")));
        var before = workspace.Snapshot();
        workspace.BuildChecked(Greeter, "--no-restore", "-graph", "-isolate");
        workspace.BuildChecked(Greeter, "--no-restore");
        Assert.Equal(before, workspace.Snapshot());
    }

    [Fact]
    public void The_repositorys_form_is_built_by_the_graph_too()
    {
        using var workspace = fixture.CreateWorkspace();
        WriteProjects(workspace);

        workspace.BuildChecked(Greeter, "-graph");

        Assert.True(File.Exists(workspace.Combine("greeter", "bin", "Debug", "greeter.raw")));
    }

    private static void WriteProjects(Workspace workspace)
    {
        workspace.WriteBase();
        workspace.WriteHello();
        workspace.WriteProject(Greeter, """
              <ItemGroup>
                <DebianPackage Include="greeter" />
                <ProjectReference Include="../hello/hello.sysext.csproj" />
              </ItemGroup>
            """);
    }

    private static void Restore(Workspace workspace)
    {
        var result = workspace.Dotnet("restore", Greeter, "-nologo", "-tl:off", "-nodeReuse:false");
        Assert.True(result.ExitCode == 0, result.Output);
    }
}
