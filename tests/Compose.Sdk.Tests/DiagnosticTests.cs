using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

public sealed class DiagnosticTests(SdkFixture fixture)
{
    private const string Hello = "hello/hello.sysext.csproj";

    [Fact]
    public void An_error_is_at_the_line_of_its_item()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteProject(Hello, """
              <ItemGroup>
                <DebianPackage Include="hello" />
                <SystemdUnit Include="missing.service" />
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);

        var result = workspace.Build(Hello);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"{workspace.Combine(Hello)}(4,18): error COMPOSE2005", result.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(workspace.Combine("hello", "bin", "Debug", "hello.raw")));
    }

    [Fact]
    public void A_missing_package_is_an_error_of_the_restore()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteProject(Hello, """
              <ItemGroup>
                <ProjectReference Include="../base/base.os.csproj" />
                <DebianPackage Include="hello" />
                <DebianPackage Include="no-such-package" />
              </ItemGroup>
            """);

        var result = workspace.Dotnet("restore", Hello, "-nologo", "-tl:off");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"{workspace.Combine(Hello)}(5,20): error COMPOSE1031", result.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(workspace.Combine("hello", "compose.lock.json")));
    }

    [Fact]
    public void A_warning_can_be_silenced_and_made_an_error()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteHello();
        workspace.Write("hello/files/usr/lib/tiny/base.txt", "another\n");

        Assert.Contains("warning COMPOSE2007", workspace.BuildChecked(Hello), StringComparison.Ordinal);
        Assert.DoesNotContain("COMPOSE2007", workspace.BuildChecked(Hello, "-p:NoWarn=COMPOSE2007"), StringComparison.Ordinal);

        var strict = workspace.Build(Hello, "-p:WarningsAsErrors=COMPOSE2007");
        Assert.NotEqual(0, strict.ExitCode);
        Assert.Contains("error COMPOSE2007", strict.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_file_would_do_is_a_warning_at_the_file_or_its_item()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteProject(Hello, """
              <ItemGroup>
                <DebianPackage Include="hello" />
                <ExtensionFile Include="tool.sh" Destination="/usr/bin/tool" Mode="4755" />
                <Symlink Include="/usr/bin/greet" LinkTarget="no-such-program" />
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);
        workspace.Write("hello/tool.sh", "#!/bin/sh\n");
        workspace.Write("hello/files/usr/share/hello/hello.conf", $"# hello\nhome={workspace.Combine("hello")}/home\n");

        var output = workspace.BuildChecked(Hello);

        Assert.Contains($"{workspace.Combine(Hello)}(4,20): warning COMPOSE2025", output, StringComparison.Ordinal);
        Assert.Contains($"{workspace.Combine(Hello)}(5,14): warning COMPOSE2035", output, StringComparison.Ordinal);
        Assert.Contains($"{workspace.Combine("hello", "files", "usr", "share", "hello", "hello.conf")}(2): warning COMPOSE2028", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ExtensionFormat", "iso")]
    [InlineData("ExtensionCompression", "lzma")]
    [InlineData("ExtensionCompressionLevel", "99")]
    [InlineData("ExtensionCompressionLevel", "auto")]
    [InlineData("ExtensionCompressionTimeBudget", "5")]
    [InlineData("ExtensionBlockSize", "5000")]
    public void A_value_that_a_property_cannot_have_is_named(string property, string value)
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteProject(Hello, """<ItemGroup><ProjectReference Include="../base/base.os.csproj" /></ItemGroup>""");

        var result = workspace.Build(Hello, $"-p:{property}={value}");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains($"error COMPOSE9009: '{value}' is not a value of {property}", result.Output, StringComparison.Ordinal);
    }
}
