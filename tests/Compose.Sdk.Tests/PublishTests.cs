using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

/// <summary>What a server gets. systemd-sysupdate is asked for its opinion in the boot tests.</summary>
public sealed class PublishTests(SdkFixture fixture)
{
    private const string Hello = "hello/hello.sysext.csproj";

    private static readonly string[] Endings =
        [".raw", "_contents.txt", "_disk_usage.txt", "_licenses.json", "_manifest.json", "_packages.txt", "_sbom.json"];

    [Fact]
    public void An_extension_is_published_by_its_version_with_what_describes_it()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteHello();

        Publish(workspace, Hello);

        Assert.Equal(["SHA256SUMS", .. Endings.Select(ending => $"hello_1.0.0_x86-64{ending}")], Published(workspace));
        CommandLine.RunChecked("sha256sum", ["--check", "--strict", "SHA256SUMS"], workspace.Combine("out"));
    }

    [Fact]
    public void Versions_and_extensions_share_a_folder_and_its_checksums_ask_for_a_signature()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteHello();
        workspace.WriteProject("site/site.confext.csproj", """
              <ItemGroup>
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);
        workspace.Write("site/files/etc/site.conf", "site\n");
        const string address = "-p:ExtensionUpdateUrl=https://example.org/ext";
        const string side = "-p:ExtensionVeritySideFiles=true";

        Assert.Contains("COMPOSE3007", Publish(workspace, Hello, address, "-p:ExtensionVersion=1.0"), StringComparison.Ordinal);
        File.WriteAllText(workspace.Combine("out", "SHA256SUMS.gpg"), "signature\n");
        Assert.DoesNotContain("COMPOSE3007", Publish(workspace, Hello, address, "-p:ExtensionVersion=1.0"), StringComparison.Ordinal);
        Assert.Contains("COMPOSE3007", Publish(workspace, Hello, address, "-p:ExtensionVersion=1.1+2", side), StringComparison.Ordinal);
        Assert.DoesNotContain("COMPOSE3007", Publish(workspace, "site/site.confext.csproj", address, "-p:ExtensionUpdateVerify=false", "-p:ExtensionArchitecture=_any"), StringComparison.Ordinal);

        string[] updates = ["_install.bu", "_install.ign"];
        string[] expected =
        [
            "SHA256SUMS", "SHA256SUMS.gpg", "noop.transfer",
            "hello.transfer", "hello_disable.bu", "hello_disable.ign",
            "site.transfer", "site_disable.bu", "site_disable.ign",
            .. Endings.Concat(updates).Select(ending => $"hello_1.0_x86-64{ending}"),
            .. Endings.Concat(updates).Concat([".verity", ".roothash"]).Select(ending => $"hello_1.1+2_x86-64{ending}"),
            .. Endings.Concat(updates).Select(ending => $"site_1.0.0{ending}"),
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), Published(workspace));
        CommandLine.RunChecked("sha256sum", ["--check", "--strict", "SHA256SUMS"], workspace.Combine("out"));
        Assert.Equal(expected.Length - 2, File.ReadAllLines(workspace.Combine("out", "SHA256SUMS")).Length);
        Assert.Contains("Verify=yes\n", File.ReadAllText(workspace.Combine("out", "hello.transfer")), StringComparison.Ordinal);
        Assert.Contains("Verify=no\n", File.ReadAllText(workspace.Combine("out", "site.transfer")), StringComparison.Ordinal);
        Assert.Contains("MatchPattern=site_@v.raw\n", File.ReadAllText(workspace.Combine("out", "site.transfer")), StringComparison.Ordinal);
        Assert.Contains("https://example.org/ext/hello_1.1+2_x86-64.raw", File.ReadAllText(workspace.Combine("out", "hello_1.1+2_x86-64_install.ign")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_of_the_host_is_in_no_description()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteProject("data/data.sysext.csproj", """
              <ItemGroup>
                <Archive Include="$(MSBuildProjectDirectory)/data.tar" Destination="/usr/share/data" />
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);
        workspace.Write("data/content/data.txt", "data\n");
        CommandLine.RunChecked("tar", ["-cf", "data.tar", "-C", "content", "data.txt"], workspace.Combine("data"));

        Publish(workspace, "data/data.sysext.csproj", "-p:ExtensionUpdateUrl=https://example.org/ext");

        var files = Directory.GetFiles(workspace.Combine("out")).Where(file => Path.GetExtension(file) != ".raw").ToArray();
        Assert.All(files, file => Assert.DoesNotContain(workspace.Root, File.ReadAllText(file), StringComparison.Ordinal));
        Assert.Contains("\"name\": \"data.tar\"", File.ReadAllText(workspace.Combine("out", "data_1.0.0_x86-64_manifest.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_of_something_else_in_the_folder_is_an_error()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteHello();
        workspace.Write("out/SHA256SUMS", "no list\n");

        var result = workspace.Dotnet("publish", Hello, "-nologo", "-tl:off", "-o", workspace.Combine("out"));

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("error COMPOSE3006", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../1")]
    [InlineData("1 beta")]
    [InlineData("1_2")]
    [InlineData("-1")]
    public void A_version_that_cannot_be_in_a_file_name_is_an_error(string version)
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteHello();

        var result = workspace.Build(Hello, $"-p:ExtensionVersion={version}");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("error COMPOSE9009", result.Output, StringComparison.Ordinal);
        Assert.Contains("ExtensionVersion", result.Output, StringComparison.Ordinal);
    }

    private static string Publish(Workspace workspace, string project, params ReadOnlySpan<string> arguments)
    {
        var result = workspace.Dotnet(["publish", project, "-nologo", "-tl:off", "-nodeReuse:false", "-o", workspace.Combine("out"), .. arguments]);
        Assert.True(result.ExitCode == 0, result.Output);
        return result.Output;
    }

    private static IEnumerable<string?> Published(Workspace workspace) =>
        Directory.GetFiles(workspace.Combine("out")).Select(Path.GetFileName).Order(StringComparer.Ordinal);
}
