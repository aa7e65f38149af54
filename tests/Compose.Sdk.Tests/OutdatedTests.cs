using System.Text;
using System.Text.Json;
using Compose.Sdk.Tests.Support;
using Compose.Tests.Oci;

namespace Compose.Sdk.Tests;

/// <summary>A second repository with security updates, and what the lock files lack of it.</summary>
public sealed class OutdatedTests(SdkFixture fixture)
{
    private const string Hello = "hello/hello.sysext.csproj";

    [Fact]
    public void Security_updates_are_listed_and_taken_when_evaluation_is_forced()
    {
        using var workspace = CreateWorkspace();
        var early = workspace.Compose("outdated", Hello);
        Assert.Equal(2, early.ExitCode);
        Assert.Contains("error COMPOSE1040", early.Output, StringComparison.Ordinal);
        workspace.BuildChecked(Hello);
        var locked = File.ReadAllText(workspace.Combine("hello", "compose.lock.json"));
        Assert.Contains("testing-security", locked, StringComparison.Ordinal);

        var current = workspace.Compose("outdated", Hello);
        Assert.True(current.ExitCode == 0, current.Output);
        Assert.Contains("Everything is up to date.", current.Output, StringComparison.Ordinal);

        fixture.Archive.PublishSecurity(workspace.Combine("mirror"), updates: true);
        var outdated = workspace.Compose("outdated", Hello);
        Assert.True(outdated.ExitCode == 1, outdated.Output);
        Assert.Matches(@"hello +hello +1\.0 +1\.0\+deb1u1 +testing-security", outdated.Output);
        using (var json = JsonDocument.Parse(workspace.Compose("outdated", "--json", Hello).Output))
        {
            var change = Assert.Single(json.RootElement.EnumerateArray());
            Assert.Equal(
                ("hello", "1.0", "1.0+deb1u1", "testing-security"),
                (Text(change, "name"), Text(change, "locked"), Text(change, "available"), Text(change, "repository")));
            Assert.Equal(workspace.Combine(Hello), Text(change, "project"));
        }

        Assert.Equal(locked, File.ReadAllText(workspace.Combine("hello", "compose.lock.json")));

        var forced = workspace.Dotnet("restore", Hello, "--force-evaluate", "-nologo", "-tl:off", "-nodeReuse:false");
        Assert.True(forced.ExitCode == 0, forced.Output);
        Assert.Contains("hello 1.0 → 1.0+deb1u1 (extension, testing-security)", forced.Output, StringComparison.Ordinal);
        workspace.BuildChecked(Hello, "--no-restore");
        Assert.Equal("hello hello 1.0+deb1u1 amd64\n", Packages());
        Assert.Equal(0, workspace.Compose("outdated", Hello).ExitCode);

        // The lock file of an earlier commit is built as it was, although nothing else has changed.
        workspace.Write("hello/compose.lock.json", locked);
        workspace.BuildChecked(Hello, "--no-restore");
        Assert.Equal("hello hello 1.0 amd64\n", Packages());
        Assert.Equal(1, workspace.Compose("outdated", Hello).ExitCode);

        string Packages() => File.ReadAllText(workspace.Combine("hello", "bin", "Debug", "hello_packages.txt"));
    }

    [Fact]
    public void What_is_newer_is_listed_of_every_kind_with_the_project_that_pins_it()
    {
        using var workspace = CreateWorkspace();
        using var server = new FileServer();
        using var registry = new DockerRegistry();
        using var layout = new LayoutFolder();
        var dist = $"http://127.0.0.1:{server.Port}/dist/";
        NuGetFeed.Configure(workspace);
        Publish("1.0");
        workspace.WriteProject("archive/archive.sysext.csproj", $$"""<ItemGroup><Archive Include="{{dist}}tool-{version}" Version="1.*" VersionsUrl="{{dist}}" /></ItemGroup>""");
        workspace.WriteProject("image/image.sysext.csproj", $$"""<ItemGroup><OciImage Include="{{registry.Host}}/team/tool:{version}" Version="1.*" /></ItemGroup>""");
        workspace.WriteProject("native/native.sysext.csproj", """<ItemGroup><NuGetContent Include="Some.Native.Package" Version="1.*" Files="**" Destination="/usr/lib/native" /></ItemGroup>""");
        workspace.WriteSolution("all.slnx", Hello, "archive/archive.sysext.csproj", "image/image.sysext.csproj", "native/native.sysext.csproj");
        var restore = workspace.Dotnet("restore", "all.slnx", "-nologo", "-tl:off", "-nodeReuse:false");
        Assert.True(restore.ExitCode == 0, restore.Output);
        var current = workspace.Compose("outdated", "all.slnx");
        Assert.True(current.ExitCode == 0, current.Output);

        Publish("1.1");
        fixture.Archive.PublishSecurity(workspace.Combine("mirror"), updates: true);
        var before = OwnFiles();
        var outdated = workspace.Compose("outdated", "--json", "all.slnx");

        Assert.True(outdated.ExitCode == 1, outdated.Output);
        using var json = JsonDocument.Parse(outdated.Output);
        Assert.Equal(
            [
                ("archive", "archive", $"{dist}tool-{{version}}", "1.0", "1.1", null),
                ("hello", "package", "hello", "1.0", "1.0+deb1u1", "testing-security"),
                ("image", "image", $"{registry.Host}/team/tool:{{version}} linux/amd64", "1.0", "1.1", null),
                ("native", "NuGet package", "Some.Native.Package", "1.0.0", "1.1.0", null),
            ],
            json.RootElement.EnumerateArray().Select(change => (
                Path.GetFileName(Path.GetDirectoryName(Text(change, "project"))),
                Text(change, "kind"), Text(change, "name"), Text(change, "locked"), Text(change, "available"), Text(change, "repository"))));
        Assert.Equal(before, OwnFiles());

        void Publish(string version)
        {
            server.Files[$"/dist/tool-{version}"] = Encoding.UTF8.GetBytes($"tool {version}\n");
            server.Files["/dist/"] = [.. server.Files.GetValueOrDefault("/dist/", []), .. Encoding.UTF8.GetBytes($"tool-{version}\n")];
            layout.Image(version, new LayerArchive().File("tool", version).ToBytes());
            registry.Push(layout.Path, version, $"team/tool:{version}");
            NuGetFeed.Publish(workspace, $"{version}.0", version);
        }

        // Not those of the content store and of NuGet's folder.
        IEnumerable<KeyValuePair<string, DateTime>> OwnFiles() => workspace.Snapshot()
            .Where(file => !file.Key.StartsWith("cache/", StringComparison.Ordinal) && !file.Key.StartsWith("packages/", StringComparison.Ordinal))
            .OrderBy(file => file.Key, StringComparer.Ordinal).ToArray();
    }

    [Fact]
    public void Locked_mode_shows_what_would_change()
    {
        using var workspace = CreateWorkspace();
        workspace.BuildChecked(Hello);
        fixture.Archive.PublishSecurity(workspace.Combine("mirror"), updates: true);
        workspace.Write(Hello, File.ReadAllText(workspace.Combine(Hello)).Replace("\"hello\" />", "\"hello;greeter\" />", StringComparison.Ordinal));

        var restore = workspace.Dotnet("restore", Hello, "--locked-mode", "-nologo", "-tl:off", "-nodeReuse:false");

        Assert.NotEqual(0, restore.ExitCode);
        Assert.Contains("error COMPOSE1041", restore.Output, StringComparison.Ordinal);
        Assert.Contains("greeter 1.0 is added (extension, testing)", restore.Output, StringComparison.Ordinal);
        Assert.Contains("hello 1.0 → 1.0+deb1u1 (extension, testing-security)", restore.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_build_without_restore_uses_no_network_and_says_what_to_do()
    {
        using var workspace = CreateWorkspace();
        workspace.BuildChecked(Hello);
        Assert.Equal(0, workspace.DotnetWithoutNetwork("build", Hello, "--no-restore", "-t:Rebuild", "-nologo", "-tl:off", "-nodeReuse:false").ExitCode);

        foreach (var (change, code) in ((Action, string)[])
        [
            (() => Directory.Delete(workspace.Combine("cache"), recursive: true), "COMPOSE1046"),
            (() => workspace.Write(Hello, File.ReadAllText(workspace.Combine(Hello)).Replace("\"hello\" />", "\"hello;greeter\" />", StringComparison.Ordinal)), "COMPOSE1041"),
            (() => File.Delete(workspace.Combine("hello", "compose.lock.json")), "COMPOSE1040"),
        ])
        {
            change();
            var build = workspace.DotnetWithoutNetwork("build", Hello, "--no-restore", "-t:Rebuild", "-p:BuildProjectReferences=false", "-nologo", "-tl:off", "-nodeReuse:false");
            Assert.NotEqual(0, build.ExitCode);
            Assert.Contains($"error {code}", build.Output, StringComparison.Ordinal);
            Assert.Contains("dotnet restore", build.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_optional_repository_without_a_mirror_is_a_warning()
    {
        using var workspace = CreateWorkspace();
        Set(workspace, """Suite="nowhere-else" Components="main" Optional="true" """);

        var output = workspace.BuildChecked(Hello, "-p:RestoreForceEvaluate=true");

        Assert.Contains("warning COMPOSE1055", output, StringComparison.Ordinal);
        Assert.Contains("COMPOSE_DEBIAN_MIRROR_SECURITY", output, StringComparison.Ordinal);
        Set(workspace, """Suite="nowhere-else" Components="main" """);
        Assert.Contains("error COMPOSE1010", workspace.Build(Hello, "-p:RestoreForceEvaluate=true").Output, StringComparison.Ordinal);
        Set(workspace, """Suite="testing" Components="main" """);
        Assert.Contains("error COMPOSE1057", workspace.Build(Hello).Output, StringComparison.Ordinal);
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    private Workspace CreateWorkspace()
    {
        var workspace = fixture.CreateWorkspace();
        fixture.Archive.CopyWithSecurity(workspace.Combine("mirror"), updates: false);
        var mirror = new Uri(workspace.Combine("mirror") + "/").AbsoluteUri;
        var path = workspace.Combine("Directory.Build.props");
        File.WriteAllText(path, File.ReadAllText(path)
            .Replace(fixture.Archive.Mirror, mirror, StringComparison.Ordinal)
            .Replace("</ItemGroup>", $"""  <DebianRepository Include="security" Suite="testing-security" Components="main" Mirror="{mirror}" Keys="{fixture.Archive.Key}" />{"\n"}  </ItemGroup>""", StringComparison.Ordinal));
        workspace.WriteBase();
        workspace.WriteHello();
        return workspace;
    }

    private void Set(Workspace workspace, string attributes)
    {
        var path = workspace.Combine("Directory.Build.props");
        var lines = File.ReadAllLines(path);
        var line = Array.FindIndex(lines, text => text.Contains("Include=\"security\"", StringComparison.Ordinal));
        lines[line] = $"""<DebianRepository Include="security" {attributes}Keys="{fixture.Archive.Key}" />""";
        File.WriteAllLines(path, lines);
    }
}
