using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

public sealed class KindTests(SdkFixture fixture)
{
    [Theory]
    [InlineData("one.sysext.csproj", "", "sysext", "one.raw")]
    [InlineData("one.two.sysext.csproj", "", "sysext", "one.two.raw")]
    [InlineData("one.csproj", "sysext", "sysext", "one.raw")]
    [InlineData("one.os.csproj", "", "os", "one.tree")]
    [InlineData("one.image.csproj", "", "image", "one_1.0.0_x86-64.raw")]
    public void The_second_suffix_or_the_property_gives_the_kind(string file, string property, string kind, string output)
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteProject(file, $"<PropertyGroup><ComposeProjectKind>{property}</ComposeProjectKind></PropertyGroup>");

        var result = workspace.Dotnet("msbuild", file, "-nologo", "-getProperty:ComposeProjectKind", "-getProperty:TargetPath");

        Assert.Equal(0, result.ExitCode);
        using var properties = System.Text.Json.JsonDocument.Parse(result.Output);
        var values = properties.RootElement.GetProperty("Properties");
        Assert.Equal(kind, values.GetProperty("ComposeProjectKind").GetString());
        Assert.Equal(workspace.Combine("bin", "Debug", output), values.GetProperty("TargetPath").GetString());
    }

    [Theory]
    [InlineData("one.portable.csproj")]
    [InlineData("one.csproj")]
    public void Another_kind_is_an_error(string file)
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteProject(file, "");

        var result = workspace.Build(file);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"{workspace.Combine(file)} : error COMPOSE9001", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("one.sysext.csproj", "-p:ExtensionArchitecture=x86-64", "linux-x64")]
    [InlineData("one.sysext.csproj", "-p:ExtensionArchitecture=arm64", "linux-arm64")]
    [InlineData("one.os.csproj", "-p:DebianArchitecture=arm64", "linux-arm64")]
    public void Applications_are_for_the_processor_of_the_project_and_builds_are_never_passed_over_by_an_IDE(string file, string argument, string runtime)
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteProject(file, "");

        string Property(string name) => workspace.Dotnet("msbuild", file, "-nologo", argument, $"-getProperty:{name}").Output.Trim();

        Assert.Equal(runtime, Property("ApplicationRuntimeIdentifier"));
        Assert.Equal("true", Property("DisableFastUpToDateCheck"));
    }

    [Fact]
    public void The_level_of_compression_follows_the_configuration()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteProject("one.sysext.csproj", "");

        string Level(params string[] arguments) =>
            workspace.Dotnet(["msbuild", "one.sysext.csproj", "-nologo", "-getProperty:ExtensionCompressionLevel", .. arguments]).Output.Trim();

        Assert.Equal("3", Level());
        Assert.Equal("15", Level("-p:Configuration=Release"));
        Assert.Equal("9", Level("-p:Configuration=Release", "-p:ExtensionCompression=gzip"));
        Assert.Equal("7", Level("-p:ExtensionCompressionLevel=7"));
    }
}
