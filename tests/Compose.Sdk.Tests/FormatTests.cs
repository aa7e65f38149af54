using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

public sealed class FormatTests(SdkFixture fixture)
{
    private const string Hello = "hello/hello.sysext.csproj";

    private static readonly string[] Signed =
        ["-p:ExtensionSigningKey=../signing.key", "-p:ExtensionSigningCertificate=../signing.crt"];

    [Fact]
    public void A_signed_disk_image_is_built_the_same_in_another_folder_and_again_with_another_key()
    {
        using var workspace = Create();
        workspace.BuildChecked(Hello, ["-p:ExtensionFormat=ddi", .. Signed]);
        var image = workspace.Combine("hello", "bin", "Debug", "hello.raw");
        var bytes = File.ReadAllBytes(image);
        Assert.Contains("No problems found", ExternalTool.Run("sgdisk", "-v", image), StringComparison.Ordinal);
        Assert.Contains("root-x86-64-verity-sig", ExternalTool.Run("sgdisk", "-i", "3", image), StringComparison.Ordinal);

        workspace.BuildChecked(Hello, ["-p:ExtensionFormat=ddi", "-t:Rebuild", .. Signed]);
        Assert.Equal(bytes, File.ReadAllBytes(image));

        MakeKey(workspace);
        workspace.BuildChecked(Hello, ["-p:ExtensionFormat=ddi", .. Signed]);
        Assert.NotEqual(bytes, File.ReadAllBytes(image));
    }

    [Fact]
    public void A_bare_image_gets_its_hashes_beside_it_and_clean_takes_them_away()
    {
        using var workspace = Create();
        string[] arguments = ["-p:ExtensionVeritySideFiles=true", .. Signed];
        workspace.BuildChecked(Hello, arguments);
        var output = workspace.Combine("hello", "bin", "Debug");
        ExternalTool.Run(
            "veritysetup", "verify", Path.Combine(output, "hello.raw"), Path.Combine(output, "hello.verity"),
            File.ReadAllText(Path.Combine(output, "hello.roothash")).Trim());
        Assert.True(File.Exists(Path.Combine(output, "hello.roothash.p7s")));

        workspace.BuildChecked(Hello, ["-t:Clean", .. arguments]);
        Assert.Empty(Directory.GetFiles(output));
    }

    [Theory]
    [InlineData("-p:ExtensionFormat=squashfs -p:ExtensionSigningKey=../signing.key -p:ExtensionSigningCertificate=../signing.crt", "COMPOSE9009", "ExtensionVeritySideFiles")]
    [InlineData("-p:ExtensionFormat=ddi -p:ExtensionSigningCertificate=../signing.crt", "COMPOSE9009", "ExtensionSigningKey")]
    [InlineData("-p:ExtensionFormat=ddi -p:ExtensionSigningKey=../none.key", "COMPOSE3010", "none.key")]
    [InlineData("-p:ExtensionFormat=ddi -p:ExtensionSeed=x", "COMPOSE9009", "ExtensionSeed")]
    [InlineData("-p:ExtensionFormat=erofs -p:ExtensionCompression=none -p:ExtensionVeritySideFiles=true", "COMPOSE9009", "ExtensionVeritySideFiles")]
    public void A_wrong_property_is_found_before_the_work(string arguments, string code, string text)
    {
        using var workspace = Create();
        var result = workspace.Build(Hello, arguments.Split(' '));

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(code, result.Output, StringComparison.Ordinal);
        Assert.Contains(text, result.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(workspace.Combine("hello", "bin", "Debug", "hello.raw")));
    }

    [Fact]
    public void An_erofs_image_is_made_where_the_program_is()
    {
        using var workspace = Create();
        workspace.BuildChecked(Hello, "-p:ExtensionFormat=erofs");
        var image = workspace.Combine("hello", "bin", "Debug", "hello.raw");
        ExternalTool.Run("fsck.erofs", "--extract=" + workspace.Combine("extracted"), image);

        Assert.True(File.Exists(workspace.Combine("extracted", "usr", "bin", "hello")));
    }

    [Fact]
    public void A_configuration_extension_holds_etc_and_a_release_file_of_its_own()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteProject("site/site.confext.csproj", """
              <ItemGroup>
                <SystemdUnit Include="site.service" UpheldBy="multi-user.target" />
                <SystemdSetting Include="site.service" Section="Service" Name="Environment" Value="A=1" />
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);
        workspace.Write("site/files/etc/site.conf", "site\n");
        workspace.Write("site/files/etc/systemd/system/site.service", "[Service]\nExecStart=/usr/bin/true\n");
        workspace.BuildChecked("site/site.confext.csproj", "-p:ExtensionConfextLevel=3");

        var image = workspace.Combine("site", "bin", "Debug", "site.raw");
        ExternalTool.Run("unsquashfs", "-d", workspace.Combine("extracted"), image);
        Assert.Equal(
            [
                "etc/extension-release.d/extension-release.site", "etc/site.conf", "etc/systemd/system/multi-user.target.d/10-site-service.conf",
                "etc/systemd/system/site.service", "etc/systemd/system/site.service.d/10-site.conf",
            ],
            Directory.GetFiles(workspace.Combine("extracted"), "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(workspace.Combine("extracted"), file)).Order(StringComparer.Ordinal));
        Assert.Equal(
            "ID=tiny-os\nCONFEXT_LEVEL=3\nARCHITECTURE=x86-64\nEXTENSION_RELOAD_MANAGER=1\n",
            File.ReadAllText(workspace.Combine("extracted", "etc", "extension-release.d", "extension-release.site")));

        workspace.Write("site/files/usr/bin/tool", "tool\n");
        var result = workspace.Build("site/site.confext.csproj");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("COMPOSE2001", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_extension_is_described_beside_its_image_and_published_with_that()
    {
        using var workspace = Create();
        string[] arguments = ["-p:ExtensionDescriptions=true", "-p:ExtensionVersion=1.4", "-p:ExtensionUpdateUrl=https://example.org/ext"];
        workspace.BuildChecked(Hello, arguments);
        var output = workspace.Combine("hello", "bin", "Debug");
        var sum = ExternalTool.Run("sha256sum", Path.Combine(output, "hello.raw")).Split(' ')[0];
        Assert.Contains(sum, File.ReadAllText(Path.Combine(output, "hello_manifest.json")), StringComparison.Ordinal);
        Assert.Contains(sum, File.ReadAllText(Path.Combine(output, "hello_sbom.json")), StringComparison.Ordinal);
        Assert.Contains($"sha256-{sum}", File.ReadAllText(Path.Combine(output, "hello_install.bu")), StringComparison.Ordinal);
        Assert.Contains("Path=https://example.org/ext/\n", File.ReadAllText(Path.Combine(output, "hello.transfer")), StringComparison.Ordinal);

        var before = workspace.Snapshot();
        workspace.BuildChecked(Hello, arguments);
        Assert.Equal(before, workspace.Snapshot());

        workspace.BuildChecked(Hello, ["-t:Clean", .. arguments]);
        Assert.Empty(Directory.GetFiles(output));
    }

    private Workspace Create()
    {
        var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteHello();
        MakeKey(workspace);
        return workspace;
    }

    private static void MakeKey(Workspace workspace) => ExternalTool.Run(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=test",
        "-keyout", workspace.Combine("signing.key"), "-out", workspace.Combine("signing.crt"));
}
