using System.Text.Json;
using Compose.Sdk.Tests.Support;
using Compose.Tests.Oci;

namespace Compose.Sdk.Tests;

/// <summary>One project with an input of every kind: what the lock file and the image then have of each.</summary>
public sealed class InputTests(SdkFixture fixture)
{
    private const string All = "all/all.sysext.csproj";

    [Fact]
    public void Inputs_of_every_kind_make_one_extension()
    {
        using var workspace = fixture.CreateWorkspace();
        using var server = new FileServer();
        using var registry = new DockerRegistry();
        WriteInputs(workspace, server, registry);

        workspace.BuildChecked(All);

        Assert.Equal(
            [
                "/usr/bin/Greeter", "/usr/bin/hello", "/usr/bin/hi", "/usr/bin/pushed", "/usr/bin/tool",
                "/usr/lib/Greeter/Greeter", "/usr/lib/Greeter/Greeter.deps.json", "/usr/lib/Greeter/Greeter.dll", "/usr/lib/Greeter/Greeter.runtimeconfig.json",
                "/usr/lib/extension-release.d/extension-release.all",
                "/usr/lib/native/data.txt", "/usr/lib/native/tool.sh",
                "/usr/lib/systemd/system/Greeter.service", "/usr/lib/systemd/system/Greeter.service.d/10-all.conf", "/usr/lib/systemd/system/hello.service",
                "/usr/lib/systemd/system/multi-user.target.d/10-Greeter-service.conf", "/usr/lib/systemd/system/multi-user.target.d/10-hello-service.conf",
                "/usr/lib/sysusers.d/10-all.conf", "/usr/lib/tmpfiles.d/10-all.conf",
                "/usr/share/all/data.txt", "/usr/share/all/etc/all.conf", "/usr/share/all/etc/hello.conf", "/usr/share/all/extra.txt", "/usr/share/all/local", "/usr/share/all/own.txt",
            ],
            List(workspace));
        foreach (var (path, text) in ((string, string)[])
        [
            ("usr/bin/tool", "a tool\n"), ("usr/bin/pushed", "of the registry\n"), ("usr/lib/native/data.txt", "native\n"),
            ("usr/share/all/data.txt", "data\n"), ("usr/share/all/local", "of the layout\n"), ("usr/share/all/extra.txt", "extra\n"), ("usr/share/all/own.txt", "own\n"),
            ("usr/lib/systemd/system/Greeter.service.d/10-all.conf", "[Service]\nDynamicUser=no\nUser=all\n"),
            ("usr/lib/sysusers.d/10-all.conf", "g greeters -\nu all - - /var/lib/all\nm all greeters\n"),
        ])
        {
            Assert.Equal(text, Read(workspace, path));
        }

        var rules = Read(workspace, "usr/lib/tmpfiles.d/10-all.conf");
        Assert.Contains("d /var/lib/all 0750 all all -\n", rules, StringComparison.Ordinal);
        Assert.Contains("/etc/all.conf", rules, StringComparison.Ordinal);
        Assert.Contains("/etc/hello.conf", rules, StringComparison.Ordinal);

        // Everything that came from elsewhere is pinned by its bytes.
        using (var locked = workspace.ReadLock("all"))
        {
            var file = locked.RootElement;
            var packages = file.GetProperty("groups").GetProperty("extension").GetProperty("packages");
            Assert.Equal("hello 1.0", NameAndVersion(Assert.Single(packages.EnumerateArray())));
            Assert.Equal(["1.2", null], file.GetProperty("archives").EnumerateArray().Select(Version).OrderDescending(StringComparer.Ordinal));
            Assert.Equal(["1.4.2", null], file.GetProperty("images").EnumerateArray().Select(Version).OrderDescending(StringComparer.Ordinal));
            Assert.Equal("Some.Native.Package 1.2.3", NameAndVersion(Assert.Single(file.GetProperty("nugetPackages").EnumerateArray())));
        }

        // Nothing is done twice; and from the lock file all comes again, to the same bytes.
        var before = Snapshot(workspace);
        workspace.BuildChecked(All);
        Assert.Equal(before, Snapshot(workspace));
        var image = workspace.Combine("all", "bin", "Debug", "all.raw");
        var first = File.ReadAllBytes(image);
        foreach (var folder in (string[])["cache", "packages", "all/bin", "all/obj", "base/bin", "base/obj"])
        {
            Directory.Delete(workspace.Combine(folder), recursive: true);
        }

        workspace.BuildChecked(All, "-p:RestoreLockedMode=true");
        Assert.Equal(first, File.ReadAllBytes(image));
    }

    [Fact]
    public void Where_inputs_overlap_the_documented_order_decides()
    {
        const string path = "usr/lib/Greeter/data.txt";
        using var workspace = fixture.CreateWorkspace();
        NuGetFeed.Configure(workspace);
        NuGetFeed.Publish(workspace, "1.2.3", "of NuGet\n");
        workspace.WriteBase();
        workspace.WriteBaseLibraries();
        WriteApplication(workspace, """<ItemGroup><Content Include="data.txt" CopyToPublishDirectory="PreserveNewest" /></ItemGroup>""");
        workspace.Write("all/app/data.txt", "of the application\n");
        workspace.Write("all/data.txt", "of the archive\n");
        workspace.Write("all/item.txt", "of the item\n");
        workspace.Write($"all/files/{path}", "of the folder\n");
        CommandLine.RunChecked("zip", ["-q", "data.zip", "data.txt"], workspace.Combine("all"));
        using (var layout = new LayoutFolder())
        {
            layout.Image("local", new LayerArchive().File("data.txt", "of the image\n").ToBytes());
            ExternalTool.Run("skopeo", "copy", $"oci:{layout.Path}:local", $"oci:{workspace.Combine("all", "layout")}:local");
        }

        workspace.WriteProject(All, $"""
              <ItemGroup>
                <ExtensionFile Include="item.txt" Destination="/{path}" />
                <ProjectReference Include="app/Greeter.csproj" />
                <NuGetContent Include="Some.Native.Package" Version="1.2.3" Files="runtimes/linux-x64/native/data.txt" Destination="/usr/lib/Greeter" />
                <OciImage Include="layout" Tag="local" Destination="/usr/lib/Greeter" />
                <Archive Include="data.zip" Destination="/usr/lib/Greeter" />
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);

        var output = workspace.BuildChecked(All);

        // Of two inputs that differ, a warning says which is taken, at the item of that one.
        foreach (var (line, below, above) in ((int, string, string)[])[(6, "data.zip", "layout"), (5, "layout", "Some.Native.Package"), (4, "Some.Native.Package", "Greeter")])
        {
            Assert.Matches($@"\({line},\d+\): warning COMPOSE2006: '/{path}' is in \S*{below} and in \S*{above}, and not the same; that of \S*{above} is taken", output);
        }

        Assert.Equal("of the folder\n", Read(workspace, path));
        File.Delete(workspace.Combine("all", "files", path));
        workspace.BuildChecked(All);
        Assert.Equal("of the item\n", Read(workspace, path));
        workspace.Write(All, File.ReadAllText(workspace.Combine(All)).Replace($"""<ExtensionFile Include="item.txt" Destination="/{path}" />""", "", StringComparison.Ordinal));
        workspace.BuildChecked(All);
        Assert.Equal("of the application\n", Read(workspace, path));
    }

    private static void WriteInputs(Workspace workspace, FileServer server, DockerRegistry registry)
    {
        workspace.WriteBase();
        workspace.WriteBaseLibraries();
        WriteApplication(workspace, "");
        workspace.Write("upstream/tool-1.2/tool", "a tool\n");
        CommandLine.RunChecked("tar", ["-czf", "tool.tgz", "tool-1.2"], workspace.Combine("upstream"));
        server.Files["/dist/tool-1.2.tgz"] = File.ReadAllBytes(workspace.Combine("upstream", "tool.tgz"));
        workspace.Write("all/data.txt", "data\n");
        workspace.Write("all/README.md", "not wanted\n");
        CommandLine.RunChecked("zip", ["-q", "data.zip", "data.txt", "README.md"], workspace.Combine("all"));
        using var layout = new LayoutFolder();
        layout.Image("pushed", new LayerArchive().Directory("usr/").File("usr/pushed", "of the registry\n", 0x1ED).ToBytes());
        layout.Image("local", new LayerArchive().Directory("usr/").File("usr/local", "of the layout\n").ToBytes());
        registry.Push(layout.Path, "pushed", "team/image:1.4.2");
        ExternalTool.Run("skopeo", "copy", $"oci:{layout.Path}:local", $"oci:{workspace.Combine("all", "layout")}:local");
        NuGetFeed.Configure(workspace);
        NuGetFeed.Publish(workspace, "1.2.3", "native\n");
        workspace.Write("all/extra.txt", "extra\n");
        workspace.Write("all/files/usr/share/all/own.txt", "own\n");
        workspace.Write("all/files/etc/all.conf", "all = yes\n");
        workspace.WriteProject(All, $$"""
              <ItemGroup>
                <DebianPackage Include="hello" />
                <Archive Include="http://127.0.0.1:{{server.Port}}/dist/tool-{version}.tgz" Version="1.2" StripComponents="1" Mappings="tool -> /usr/bin/tool" />
                <Archive Include="data.zip" Destination="/usr/share/all/" />
                <OciImage Include="{{registry.Host}}/team/image:{version}" Version="1.*" Mappings="usr/pushed -> /usr/bin/pushed" />
                <OciImage Include="layout" Tag="local" Mappings="usr/local -> /usr/share/all/local" />
                <NuGetContent Include="Some.Native.Package" Version="1.2.*" Files="runtimes/linux-x64/native/**" Destination="/usr/lib/native" />
                <ProjectReference Include="app/Greeter.csproj" GenerateSystemdUnit="true" Description="Greets" />
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
              <ItemGroup>
                <ExtensionFile Include="extra.txt" Destination="/usr/share/all/" />
                <Symlink Include="/usr/bin/hi" LinkTarget="hello" />
                <Directory Include="/var/lib/all" Mode="0750" User="all" Group="all" />
                <RemoveFile Include="/usr/share/all" Pattern="**/*.md" />
                <SystemUser Include="all" HomeDirectory="/var/lib/all" />
                <SystemGroup Include="greeters" Members="all" />
                <SystemdUnit Include="hello.service" UpheldBy="multi-user.target" />
                <SystemdSetting Include="Greeter.service" Section="Service" Name="DynamicUser" Value="no" />
                <SystemdSetting Include="Greeter.service" Section="Service" Name="User" Value="all" />
              </ItemGroup>
            """);
    }

    /// <summary>A .NET application that runs on a shared runtime: so it needs no package of a feed.</summary>
    private static void WriteApplication(Workspace workspace, string content)
    {
        workspace.Write("all/app/Greeter.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <SelfContained>false</SelfContained>
                <InvariantGlobalization>true</InvariantGlobalization>
              </PropertyGroup>
              {content}
            </Project>
            """);
        workspace.Write("all/app/Program.cs", "System.Console.WriteLine(\"hello\");\n");
    }

    private static string NameAndVersion(JsonElement item) => $"{item.GetProperty("name").GetString()} {Version(item)}";

    private static string? Version(JsonElement item) => item.TryGetProperty("version", out var version) ? version.GetString() : null;

    private static string Read(Workspace workspace, string path) =>
        CommandLine.RunChecked("unsquashfs", ["-cat", workspace.Combine("all", "bin", "Debug", "all.raw"), path], workspace.Root).Trim('\n') + "\n";

    /// <summary>All files but those of the content store, whose times are those of their last use.</summary>
    private static IEnumerable<KeyValuePair<string, DateTime>> Snapshot(Workspace workspace) => workspace.Snapshot()
        .Where(file => !file.Key.StartsWith("cache/", StringComparison.Ordinal))
        .OrderBy(file => file.Key, StringComparer.Ordinal);

    /// <summary>The files and links of the image.</summary>
    private static IEnumerable<string> List(Workspace workspace) =>
        CommandLine.RunChecked("unsquashfs", ["-lls", workspace.Combine("all", "bin", "Debug", "all.raw")], workspace.Root)
            .Split('\n')
            .Where(line => line.Length > 0 && line[0] is '-' or 'l')
            .Select(line => line[line.IndexOf("squashfs-root", StringComparison.Ordinal)..]["squashfs-root".Length..].Split(" -> ")[0])
            .Order(StringComparer.Ordinal);
}
