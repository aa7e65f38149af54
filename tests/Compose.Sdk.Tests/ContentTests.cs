using System.Globalization;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

/// <summary>Items that stand for files, directories, users and settings, in one extension and one base system.</summary>
public sealed class ContentTests(SdkFixture fixture)
{
    private const string Hello = "hello/hello.sysext.csproj";

    [Fact]
    public void Items_are_in_the_image_and_a_change_of_one_builds_again()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.Write("hello/data/one.txt", "one\n");
        workspace.Write("hello/data/deep/two.txt", "two\n");
        workspace.Write("hello/run.sh", "#!/bin/sh\n");
        workspace.WriteProject(Hello, """
              <ItemGroup>
                <DebianPackage Include="hello" />
                <ExtensionFile Include="data/**" Destination="/usr/share/hello/data/" />
                <ExtensionFile Include="run.sh" Destination="/usr/bin/hello-run" Mode="0755" User="7" Group="8" />
                <Directory Include="/usr/share/hello/empty" Mode="0711" />
                <Directory Include="/var/lib/hello" Mode="0750" User="hello" Group="hello" />
                <Symlink Include="/usr/bin/hi" LinkTarget="hello" />
                <RemoveFile Include="/usr/share/hello/data" Pattern="deep/t*.txt" />
                <SystemUser Include="hello" Description="Says hello; politely" HomeDirectory="/var/lib/hello" Groups="greeters" />
                <SystemGroup Include="greeters" Id="900" />
                <SystemdSetting Include="hello.service" Section="Service" Name="ExecStart" Value="/usr/bin/hello-run *; %i" Reset="true" />
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);

        var output = workspace.BuildChecked(Hello);

        Assert.DoesNotContain("warning", output, StringComparison.Ordinal);
        var image = workspace.Combine("hello", "bin", "Debug", "hello.raw");
        var lines = CommandLine.RunChecked("unsquashfs", ["-lln", image], workspace.Root).Split('\n');
        Assert.Contains(lines, line => line.StartsWith("-rw-r--r-- 0/0", StringComparison.Ordinal) && line.EndsWith("/usr/share/hello/data/one.txt", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("-rwxr-xr-x 7/8", StringComparison.Ordinal) && line.EndsWith("/usr/bin/hello-run", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("drwx--x--x 0/0", StringComparison.Ordinal) && line.EndsWith("/usr/share/hello/empty", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith("/usr/bin/hi -> hello", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("two.txt", StringComparison.Ordinal));
        Assert.Contains("d /var/lib/hello 0750 hello hello -\n", Read(image, "usr/lib/tmpfiles.d/10-hello.conf"), StringComparison.Ordinal);
        Assert.Equal(
            "g greeters 900\nu hello - \"Says hello; politely\" /var/lib/hello\nm hello greeters\n", Read(image, "usr/lib/sysusers.d/10-hello.conf"));
        Assert.Equal(
            "[Service]\nExecStart=\nExecStart=/usr/bin/hello-run *; %i\n", Read(image, "usr/lib/systemd/system/hello.service.d/10-hello.conf"));

        var before = workspace.Snapshot();
        workspace.BuildChecked(Hello);
        Assert.Equal(before, workspace.Snapshot());

        Edit(workspace, "Pattern=\"deep/t*.txt\"", "Pattern=\"one*\"");
        workspace.Write("hello/data/deep/two.txt", "changed\n");
        workspace.BuildChecked(Hello);
        Assert.Equal("changed\n", Read(image, "usr/share/hello/data/deep/two.txt"));
    }

    [Fact]
    public void A_base_system_has_the_same_items()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.Write("base/motd", "welcome\n");
        workspace.WriteProject("base/base.os.csproj", """
              <PropertyGroup>
                <OsId>tiny-os</OsId>
              </PropertyGroup>
              <ItemGroup>
                <DebianPackage Include="systemd;linux-image-tiny;systemd-boot-efi" />
                <InitrdPackage Include="systemd" />
                <ExtensionFile Include="motd" Destination="/etc/motd" />
                <Directory Include="/srv/data" />
                <SystemGroup Include="data" />
                <SystemdSetting Include="multi-user.target" Section="Unit" Name="Wants" Value="x.service" />
                <RemoveFile Include="/usr/lib/tiny" />
              </ItemGroup>
            """);

        workspace.BuildChecked("base/base.os.csproj");

        var tree = FileTreeFile.ReadFile(workspace.Combine("base", "bin", "Debug", "base.tree"), new ContentStore(workspace.Combine("cache")));
        foreach (var path in (string[])["usr/share/flatcar/etc/motd", "usr/lib/sysusers.d/10-tiny-os.conf", "usr/lib/systemd/system/multi-user.target.d/10-tiny-os.conf"])
        {
            Assert.True(tree.Contains(TreePath.Parse(path)), path);
        }

        Assert.True(tree.TryGet(TreePath.Parse("usr/lib/tmpfiles.d/10-packages.conf"), out var rules));
        using var reader = new StreamReader(Assert.IsType<FileEntry>(rules).Content.OpenRead());
        Assert.Contains("d /srv/data 0755 root root -\n", reader.ReadToEnd(), StringComparison.Ordinal);
        Assert.False(tree.Contains(TreePath.Parse("usr/lib/tiny")));
    }

    [Theory]
    [InlineData("""<ExtensionFile Include="missing.txt" Destination="/usr/x" />""", "COMPOSE9010", 20)]
    [InlineData("""<ExtensionFile Include="hello.sysext.csproj" />""", "COMPOSE9009", 20)]
    [InlineData("""<ExtensionFile Include="hello.sysext.csproj" Destination="/usr/x" Mode="rwx" />""", "COMPOSE2009", 20)]
    [InlineData("""<Directory Include="var/lib/hello" />""", "COMPOSE2009", 16)]
    [InlineData("""<RemoveFile Include="/usr/lib/*.a" />""", "COMPOSE9012", 17)]
    [InlineData("""<RemoveFile Include="/usr/nothing" />""", "COMPOSE2012", 17)]
    [InlineData("""<SystemUser Include="two words" />""", "COMPOSE2009", 17)]
    [InlineData("""<SystemGroup Include="hello" Id="many" />""", "COMPOSE2009", 18)]
    [InlineData("""<SystemdSetting Include="hello.service" Section="Service" Value="x" />""", "COMPOSE2009", 21)]
    [InlineData("""<SystemdSetting Include="absent.service" Section="Service" Name="User" Value="x" />""", "COMPOSE2013", 21)]
    [InlineData("""<NuGetContent Include="Some.Package" Version="1.0" Destination="/usr/x" />""", "COMPOSE1080", 19, "--no-restore")]
    [InlineData("""<NuGetContent Include="Some.Package" Version="one" Files="**" Destination="/usr/x" />""", "COMPOSE1080", 19)]
    public void A_mistake_is_at_the_line_of_its_item(string item, string code, int column, params string[] arguments)
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.Write("hello/files/usr/lib/systemd/system/hello.service", "[Service]\nExecStart=/bin/true\n");
        workspace.WriteProject(Hello, $"""
              <ItemGroup>
                <SystemdSetting Include="hello.service" Section="Service" Name="User" Value="hello" />
                {item}
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);
        if (arguments.Length > 0)
        {
            var original = File.ReadAllText(workspace.Combine(Hello));
            workspace.Write(Hello, original.Replace(item, "", StringComparison.Ordinal));
            Assert.Equal(0, workspace.Dotnet("restore", Hello, "-nologo", "-tl:off").ExitCode);
            workspace.Write(Hello, original);
        }

        var result = workspace.Build(Hello, arguments);

        var place = string.Create(CultureInfo.InvariantCulture, $"{workspace.Combine(Hello)}(4,{column}): ");
        Assert.True(
            result.Output.Split('\n').Any(line => line.Contains(place, StringComparison.Ordinal) && line.Contains(code, StringComparison.Ordinal)),
            $"There is no {code} at {place}\n{result.Output}");
        Assert.Equal(code is "COMPOSE2012" or "COMPOSE2013", result.ExitCode == 0);
    }

    private static string Read(string image, string path) => CommandLine.RunChecked("unsquashfs", ["-cat", image, path], Path.GetDirectoryName(image)!).Trim('\n') + "\n";

    private static void Edit(Workspace workspace, string what, string replacement) =>
        workspace.Write(Hello, File.ReadAllText(workspace.Combine(Hello)).Replace(what, replacement, StringComparison.Ordinal));
}
