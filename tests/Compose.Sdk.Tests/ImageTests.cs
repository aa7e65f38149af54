using System.Security.Cryptography;
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
    public void Two_folders_give_the_same_image()
    {
        using var one = fixture.CreateWorkspace();
        using var other = fixture.CreateWorkspace(SdkForm.Package);
        Assert.Equal(Digest(one), Digest(other));

        static string Digest(Workspace workspace)
        {
            WriteImage(workspace);
            workspace.BuildChecked(Image);
            using var image = File.OpenRead(workspace.Combine("image", "bin", "Debug", $"{Stem}.raw"));
            return Convert.ToHexStringLower(SHA256.HashData(image));
        }
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
