using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

public sealed class BuildTests(SdkFixture fixture)
{
    private const string Hello = "hello/hello.sysext.csproj";

    [Theory]
    [InlineData(SdkForm.Repository)]
    [InlineData(SdkForm.Package)]
    public void An_extension_is_built_and_a_second_build_does_nothing(SdkForm form)
    {
        using var workspace = fixture.CreateWorkspace(form);
        workspace.WriteBase();
        workspace.WriteHello();

        workspace.BuildChecked(Hello);

        var output = workspace.Combine("hello", "bin", "Debug");
        Assert.Equal(
            ["hello.raw", "hello.tree", "hello_packages.txt"],
            Directory.GetFiles(output).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("hello hello 1.0 amd64\n", File.ReadAllText(Path.Combine(output, "hello_packages.txt")));
        var files = ListImage(Path.Combine(output, "hello.raw"));
        Assert.Equal(
            [
                "/usr/bin/hello",
                "/usr/lib/extension-release.d/extension-release.hello",
                "/usr/lib/systemd/system/hello.service",
                "/usr/lib/systemd/system/multi-user.target.d/10-hello-service.conf",
                "/usr/lib/tmpfiles.d/10-hello.conf",
                "/usr/share/hello/etc/hello.conf",
                "/usr/share/hello/greeting.txt",
            ],
            files);

        var before = workspace.Snapshot();
        workspace.BuildChecked(Hello);
        Assert.Equal(before, workspace.Snapshot());
    }

    [Fact]
    public void What_changes_an_input_builds_again()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteHello();
        workspace.Write("hello/files/usr/share/hello/second.txt", "second\n");
        workspace.BuildChecked(Hello, "-p:ComposeBlockCacheSize=0");
        var image = workspace.Combine("hello", "bin", "Debug", "hello.raw");
        Assert.Contains("/usr/share/hello/second.txt", ListImage(image));
        var blocks = workspace.Combine("cache", "blocks");
        Assert.False(Directory.Exists(blocks));

        File.Delete(workspace.Combine("hello", "files", "usr", "share", "hello", "second.txt"));
        workspace.BuildChecked(Hello);
        Assert.DoesNotContain("/usr/share/hello/second.txt", ListImage(image));
        Assert.NotEmpty(Directory.GetFiles(blocks, "*.blocks"));

        var small = File.ReadAllBytes(image);
        workspace.BuildChecked(Hello, "-p:ExtensionCompression=xz");
        Assert.NotEqual(small, File.ReadAllBytes(image));

        workspace.BuildChecked(Hello, "-p:IncludeDocumentation=true");
        Assert.Contains("/usr/share/doc/hello/copyright", ListImage(image));

        // Back to where it began, byte by byte.
        workspace.BuildChecked(Hello);
        Assert.Equal(small, File.ReadAllBytes(image));
    }

    [Fact]
    public void A_level_is_chosen_for_a_budget()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteHello();

        var fits = workspace.BuildChecked(Hello, "-p:ExtensionCompressionLevel=auto", "-p:ExtensionCompressionTimeBudget=60");
        Assert.Contains("Level 22 of zstd takes about", fits, StringComparison.Ordinal);
        Assert.DoesNotContain("COMPOSE4014", fits, StringComparison.Ordinal);

        var tooSmall = workspace.BuildChecked(Hello, "-p:ExtensionCompressionLevel=auto", "-p:ExtensionCompressionSizeBudget=1K");
        Assert.Contains("of zstd gives about", tooSmall, StringComparison.Ordinal);
        Assert.Contains("warning COMPOSE4014", tooSmall, StringComparison.Ordinal);
    }

    [Fact]
    public void Extensions_leave_out_what_their_references_have()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteHello();
        workspace.WriteProject("greeter/greeter.sysext.csproj", """
              <ItemGroup>
                <DebianPackage Include="greeter" />
                <ProjectReference Include="../hello/hello.sysext.csproj" />
              </ItemGroup>
            """);

        workspace.BuildChecked("greeter/greeter.sysext.csproj");

        Assert.Equal("greeter greeter 1.0 amd64\n", File.ReadAllText(workspace.Combine("greeter", "bin", "Debug", "greeter_packages.txt")));
        Assert.Equal(
            ["/usr/bin/greeter", "/usr/lib/extension-release.d/extension-release.greeter"],
            ListImage(workspace.Combine("greeter", "bin", "Debug", "greeter.raw")));
    }

    [Fact]
    public void Clean_takes_away_what_was_built()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteHello();
        workspace.BuildChecked(Hello);

        var result = workspace.Dotnet("clean", Hello, "-nologo", "-tl:off");

        Assert.True(result.ExitCode == 0, result.Output);
        Assert.Empty(Directory.GetFiles(workspace.Combine("hello", "bin", "Debug")));
        Assert.True(File.Exists(workspace.Combine("hello", "compose.lock.json")));
    }

    [Fact]
    public void A_directory_is_built_and_cleaned_and_not_published()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteHello();
        const string format = "-p:ExtensionFormat=directory";

        workspace.BuildChecked(Hello, format);
        var directory = workspace.Combine("hello", "bin", "Debug", "hello");
        Assert.Equal("good day\n", File.ReadAllText(Path.Combine(directory, "usr", "share", "hello", "greeting.txt")));
        var before = workspace.Snapshot();
        workspace.BuildChecked(Hello, format);
        Assert.Equal(before, workspace.Snapshot());

        var publish = workspace.Dotnet("publish", Hello, "-nologo", "-tl:off", format);
        Assert.NotEqual(0, publish.ExitCode);
        Assert.Contains("error COMPOSE9007", publish.Output, StringComparison.Ordinal);

        workspace.Dotnet("clean", Hello, "-nologo", "-tl:off", format);
        Assert.False(Directory.Exists(directory));
    }

    /// <summary>The files and links in a squashfs image, as unsquashfs lists them.</summary>
    private static string[] ListImage(string image) =>
    [
        .. CommandLine.RunChecked("unsquashfs", ["-lls", image], Path.GetDirectoryName(image)!)
            .Split('\n')
            .Where(line => line.Length > 0 && line[0] is '-' or 'l')
            .Select(line => line[line.IndexOf("squashfs-root", StringComparison.Ordinal)..]["squashfs-root".Length..])
            .Select(path => path.Split(" -> ")[0])
            .Order(StringComparer.Ordinal),
    ];
}
