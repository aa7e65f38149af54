using System.Security.Cryptography;
using System.Text.Json;
using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

public sealed class ImageTests(SdkFixture fixture)
{
    private const string Image = "image/tiny.image.csproj";
    private const string Stem = "tiny_2.0_x86-64";

    [Fact]
    public void An_image_holds_the_extensions_and_those_they_are_built_on()
    {
        using var workspace = fixture.CreateWorkspace();
        WriteImage(workspace);

        workspace.BuildChecked(Image);

        var output = workspace.Combine("image", "bin", "Debug");
        Assert.Equal(
            ["SHA256SUMS", $"{Stem}.raw", $"{Stem}_contents.txt", $"{Stem}_packages.txt", $"{Stem}_verity.txt"],
            Directory.GetFiles(output).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var contents = File.ReadAllText(Path.Combine(output, $"{Stem}_contents.txt"));
        Assert.Contains("./usr/share/flatcar/sysext/hello.raw\n", contents, StringComparison.Ordinal);
        Assert.Contains("./usr/share/flatcar/sysext/greeter.raw\n", contents, StringComparison.Ordinal);
        Assert.Contains("./usr/share/flatcar/etc/extensions/hello.raw -> /usr/share/flatcar/sysext/hello.raw\n", contents, StringComparison.Ordinal);
        var packages = File.ReadAllText(Path.Combine(output, $"{Stem}_packages.txt"));
        Assert.Contains("greeter greeter 1.0 amd64\n", packages, StringComparison.Ordinal);
        Assert.Contains("base systemd 1.0 amd64\n", packages, StringComparison.Ordinal);
        CommandLine.RunChecked("sha256sum", ["--check", "--strict", "SHA256SUMS"], output);

        // To look whether there is work takes no second process, whose start would take longer than the look.
        var before = workspace.Snapshot();
        Assert.DoesNotContain(" on node 2 ", workspace.BuildChecked(Image, "-v:normal"), StringComparison.Ordinal);
        Assert.Equal(before, workspace.Snapshot());
    }

    [Fact]
    public void Two_folders_give_the_same_image_and_descriptions_without_a_path_of_the_host()
    {
        using var one = fixture.CreateWorkspace();
        using var other = fixture.CreateWorkspace(SdkForm.Package);
        Assert.Equal(Sums(one), Sums(other));

        string Sums(Workspace workspace)
        {
            WriteImage(workspace);
            workspace.BuildChecked(Image, "-p:ImageDescriptions=true");
            var output = workspace.Combine("image", "bin", "Debug");
            CommandLine.RunChecked("sha256sum", ["--check", "--strict", "SHA256SUMS"], output);
            var sums = File.ReadAllText(Path.Combine(output, "SHA256SUMS"));
            var files = Directory.GetFiles(output).Where(file => Path.GetFileName(file) != "SHA256SUMS").ToArray();
            Assert.Equal(8, files.Length);
            Assert.All(files, file => Assert.Contains($"  {Path.GetFileName(file)}\n", sums, StringComparison.Ordinal));
            foreach (var text in files.Where(file => Path.GetExtension(file) != ".raw").Select(File.ReadAllText))
            {
                Assert.DoesNotContain(workspace.Root, text, StringComparison.Ordinal);
                Assert.DoesNotContain(fixture.Archive.Root, text, StringComparison.Ordinal);
            }

            return sums;
        }
    }

    [Fact]
    public void An_image_is_described_by_what_the_base_its_initrd_and_the_extensions_were_made_of()
    {
        using var workspace = fixture.CreateWorkspace();
        WriteImage(workspace);

        workspace.BuildChecked(Image, "-p:ImageDescriptions=true");

        var output = workspace.Combine("image", "bin", "Debug");
        using var manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, $"{Stem}_manifest.json")));
        Assert.Equal(["base", "greeter", "hello"], manifest.RootElement.GetProperty("references").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal(
            ["base_initrd 1.0", "greeter 1.0.0", "hello 1.0.0"],
            manifest.RootElement.GetProperty("parts").EnumerateArray().Select(part => $"{part.GetProperty("name").GetString()} {part.GetProperty("version").GetString()}"));
        Assert.Equal(
            [
                "base linux-image-tiny", "base systemd", "base systemd-boot-efi", "base tiny-base", "base_initrd systemd", "base_initrd tiny-base",
                "greeter greeter", "hello hello",
            ],
            manifest.RootElement.GetProperty("packages").EnumerateArray().Select(package => $"{package.GetProperty("owner").GetString()} {package.GetProperty("name").GetString()}"));

        // Every file has a digest, those of the extensions too.
        var files = manifest.RootElement.GetProperty("files").EnumerateArray().Where(file => file.GetProperty("kind").GetString() == "file").ToArray();
        Assert.All(files, file => Assert.Equal(64, file.GetProperty("sha256").GetString()!.Length));
        var hello = files.Single(file => file.GetProperty("path").GetString() == "/usr/share/flatcar/sysext/hello.raw").GetProperty("sha256").GetString();
        Assert.Equal(Sum(workspace.Combine("hello", "bin", "Debug", "hello.raw")), hello);

        var sbom = File.ReadAllText(Path.Combine(output, $"{Stem}_sbom.json"));
        Assert.Contains(Sum(Path.Combine(output, $"{Stem}.raw")), sbom, StringComparison.Ordinal);
        Assert.Contains(hello!, sbom, StringComparison.Ordinal);

        // A version that only the descriptions have.
        var before = workspace.Snapshot();
        workspace.BuildChecked(Image, "-p:ImageDescriptions=true");
        Assert.Equal(before, workspace.Snapshot());
        workspace.BuildChecked(Image, "-p:ImageDescriptions=true", "-p:ExtensionVersion=7");
        Assert.Contains("\"versionInfo\": \"7\"", File.ReadAllText(Path.Combine(output, $"{Stem}_sbom.json")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_published_image_has_the_checksums_of_its_build()
    {
        using var workspace = fixture.CreateWorkspace();
        WriteImage(workspace);

        var result = workspace.Dotnet("publish", Image, "-nologo", "-tl:off", "-nodeReuse:false", "-o", workspace.Combine("out"));

        Assert.True(result.ExitCode == 0, result.Output);
        Assert.Equal(
            File.ReadAllText(workspace.Combine("image", "bin", "Release", "SHA256SUMS")),
            File.ReadAllText(workspace.Combine("out", "SHA256SUMS")));
        Assert.Equal(9, Directory.GetFiles(workspace.Combine("out")).Length);
        CommandLine.RunChecked("sha256sum", ["--check", "--strict", "SHA256SUMS"], workspace.Combine("out"));
    }

    private static string Sum(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static void WriteImage(Workspace workspace)
    {
        workspace.WriteBase();
        workspace.WriteHello();
        workspace.WriteProject("greeter/greeter.sysext.csproj", """
              <ItemGroup>
                <DebianPackage Include="greeter" />
                <ProjectReference Include="../hello/hello.sysext.csproj" />
              </ItemGroup>
            """);
        workspace.WriteProject(Image, """
              <PropertyGroup>
                <ImageVersion>2.0</ImageVersion>
                <ImageUsrSize>16M</ImageUsrSize>
                <ImageUsrVeritySize>1M</ImageUsrVeritySize>
                <ImageEfiSystemSize>40M</ImageEfiSystemSize>
                <ImageRootSize>8M</ImageRootSize>
              </PropertyGroup>
              <ItemGroup>
                <KernelArgument Include="quiet" />
                <ProjectReference Include="../greeter/greeter.sysext.csproj" />
              </ItemGroup>
            """);
    }
}
