using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

public sealed class ReferenceTests(SdkFixture fixture)
{
    [Fact]
    public void An_extension_without_a_base_is_an_error()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteProject("one.sysext.csproj", "");
        workspace.Write("files/usr/share/one.txt", "one\n");

        AssertFails(workspace, "one.sysext.csproj", "COMPOSE9004");
    }

    [Fact]
    public void An_ordinary_project_cannot_be_referenced()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.Write("library/library.proj", """<Project><Target Name="Build" /><Target Name="Restore" /></Project>""");
        workspace.WriteProject("one/one.sysext.csproj", """<ItemGroup><ProjectReference Include="../library/library.proj" /></ItemGroup>""");

        AssertFails(workspace, "one/one.sysext.csproj", "COMPOSE9002");
    }

    [Fact]
    public void An_image_cannot_be_referenced()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteProject("image/image.image.csproj", "");
        workspace.WriteProject("one/one.sysext.csproj", """<ItemGroup><ProjectReference Include="../image/image.image.csproj" /></ItemGroup>""");

        var result = workspace.Dotnet("build", "one/one.sysext.csproj", "-nologo", "-tl:off", "--no-dependencies");

        Assert.Contains("error COMPOSE900", result.Output, StringComparison.Ordinal);
        Assert.NotEqual(0, result.ExitCode);
    }

    private static void AssertFails(Workspace workspace, string project, string code)
    {
        var result = workspace.Build(project);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"{workspace.Combine(project)} : error {code}", result.Output, StringComparison.Ordinal);
    }
}
