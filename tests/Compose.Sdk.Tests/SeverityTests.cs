using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

/// <summary>
/// Where MSBuild shows the findings of checks and what a project can make of them. Each way is a project of one solution, so
/// that MSBuild runs once for all.
/// </summary>
public sealed class SeverityTests(SdkFixture fixture)
{
    private const string Reference = """<ItemGroup><ProjectReference Include="../base/base.os.csproj" /></ItemGroup>""";

    /// <summary>The tree of the base has the file /usr/lib/tiny/base.txt and the link /usr/lib/link.</summary>
    private const string HiddenFile = "files/usr/lib/tiny/base.txt";
    private const string FileBelowLink = "files/usr/lib/link/x";

    [Fact]
    public void Findings_are_at_their_items_and_have_the_severity_that_the_project_wants()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteProject("base/base.os.csproj", """
              <PropertyGroup>
                <OsId>tiny-os</OsId>
                <OsSysextLevel>1</OsSysextLevel>
              </PropertyGroup>
              <ItemGroup>
                <DebianPackage Include="systemd;linux-image-tiny;systemd-boot-efi" />
                <InitrdPackage Include="systemd" />
                <Symlink Include="/usr/lib/link" LinkTarget="tiny" />
              </ItemGroup>
            """);
        workspace.Write("other.txt", "other\n");

        // As it is: a warning at the file, with the page of its code.
        Write("plain", "", HiddenFile);

        // The properties that all projects of .NET have.
        Write("silent", "<PropertyGroup><NoWarn>$(NoWarn);COMPOSE2007</NoWarn></PropertyGroup>", HiddenFile);
        Write("strict", "<PropertyGroup><WarningsAsErrors>COMPOSE2007</WarningsAsErrors></PropertyGroup>", HiddenFile);
        Write("stricter", "<PropertyGroup><TreatWarningsAsErrors>true</TreatWarningsAsErrors></PropertyGroup>", HiddenFile);
        Write("excepted", "<PropertyGroup><TreatWarningsAsErrors>true</TreatWarningsAsErrors><WarningsNotAsErrors>COMPOSE2007</WarningsNotAsErrors></PropertyGroup>", HiddenFile);

        // Metadata of the item that brings the file.
        Write("item", """
            <ItemGroup>
              <ExtensionFile Include="../other.txt" Destination="/usr/lib/tiny/base.txt" />
            </ItemGroup>
            """);
        Write("item-silent", """
            <ItemGroup>
              <ExtensionFile Include="../other.txt" Destination="/usr/lib/tiny/base.txt" NoWarn="COMPOSE2001;COMPOSE2007" />
            </ItemGroup>
            """);
        Write("item-strict", """
            <ItemGroup>
              <ExtensionFile Include="../other.txt" Destination="/usr/lib/tiny/base.txt" WarningsAsErrors="COMPOSE2007" />
            </ItemGroup>
            """);

        // An error of a check: as it is, lowered, and not shown for a path.
        Write("error", "", FileBelowLink);
        Write("lowered", """<ItemGroup><Diagnostic Include="COMPOSE2002" Severity="warning" Reason="meant" /></ItemGroup>""", FileBelowLink);
        Write("path", """
            <ItemGroup>
              <Diagnostic Include="COMPOSE2002" Path="/usr/share/*;/usr/lib/l?nk" Severity="none" />
              <Diagnostic Include="COMPOSE2007" Path="/usr/lib/tiny/**" Severity="error" />
            </ItemGroup>
            """, FileBelowLink, HiddenFile);

        // Items that are wrong, of no use, or for what cannot be lowered.
        Write("misspelt", """
            <ItemGroup>
              <Diagnostic Include="COMPOSE2002" Severity="hint" />
            </ItemGroup>
            """, HiddenFile);
        Write("unknown", """<ItemGroup><Diagnostic Include="COMPOSE1031" Severity="none" /></ItemGroup>""", HiddenFile);
        Write("unused", """
            <ItemGroup>
              <Diagnostic Include="COMPOSE2007" Path="/usr/bin/*" Severity="none" />
              <Diagnostic Include="COMPOSE2007" Path="/usr/lib/**" Severity="message" />
            </ItemGroup>
            """, HiddenFile);
        Write("refused", """<ItemGroup><Diagnostic Include="COMPOSE2010" Severity="none" /></ItemGroup>""");

        // A level that is not the base's.
        Write("level", "<PropertyGroup><ExtensionSysextLevel>9</ExtensionSysextLevel></PropertyGroup>", "files/usr/share/level.txt");

        workspace.WriteSolution("all.slnx", [.. Directory.GetDirectories(workspace.Root).SelectMany(Directory.GetFiles)
            .Where(file => file.EndsWith(".csproj", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(file => Path.GetRelativePath(workspace.Root, file))]);

        var result = workspace.Build("all.slnx");
        var lines = result.Output.Split('\n').Distinct().ToArray();

        Assert.NotEqual(0, result.ExitCode);
        AssertSaid("plain", $"{workspace.Combine("plain", HiddenFile)} : warning COMPOSE2007: '/usr/lib/tiny/base.txt' of plain hides another file of the base.");
        AssertSaid("silent");
        AssertSaid("strict", $"{workspace.Combine("strict", HiddenFile)} : error COMPOSE2007");
        AssertSaid("stricter", $"{workspace.Combine("stricter", HiddenFile)} : error COMPOSE2007");
        AssertSaid("excepted", $"{workspace.Combine("excepted", HiddenFile)} : warning COMPOSE2007");
        AssertSaid("item", $"{ProjectOf("item")}(3,18): warning COMPOSE2007");
        AssertSaid("item-silent");
        AssertSaid("item-strict", $"{ProjectOf("item-strict")}(3,18): error COMPOSE2007");
        AssertSaid("error", $"{workspace.Combine("error", FileBelowLink)} : error COMPOSE2002");
        AssertSaid("lowered", $"{workspace.Combine("lowered", FileBelowLink)} : warning COMPOSE2002");
        AssertSaid("path", $"{workspace.Combine("path", HiddenFile)} : error COMPOSE2007");
        AssertSaid("misspelt", $"{ProjectOf("misspelt")}(3,15): error COMPOSE9014: The Diagnostic item 'COMPOSE2002' cannot be used: 'hint' is no Severity");
        AssertSaid("unknown", $"{ProjectOf("unknown")}(2,24): error COMPOSE9014");
        AssertSaid("unused", $"{ProjectOf("unused")}(3,15): warning COMPOSE9015: The build found no COMPOSE2007 about a path that is like /usr/bin/*");
        AssertSaid("refused", $"{ProjectOf("refused")} : error COMPOSE2010", $"{ProjectOf("refused")}(2,24): warning COMPOSE9016");
        AssertSaid("level", $"{ProjectOf("level")} : warning COMPOSE2018");

        // An error leaves no output, a finding that was lowered does.
        Assert.Equal(
            ["excepted", "item", "item-silent", "level", "lowered", "plain", "silent", "unused"],
            Directory.GetFiles(workspace.Root, "*.raw", SearchOption.AllDirectories).Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal));

        // An output that is up to date is built again when a severity changes. In a terminal the code is a link to its page.
        var again = workspace.Dotnet("build", ProjectOf("plain"), "--no-restore", "-nologo", "-tl:on", "-nodeReuse:false", "-p:WarningsAsErrors=COMPOSE2007");
        Assert.NotEqual(0, again.ExitCode);
        Assert.Contains($"{new Uri(Repository.Combine("sdk", "docs", "COMPOSE2007.md")).AbsoluteUri}\e\\COMPOSE2007", again.Output, StringComparison.Ordinal);

        string ProjectOf(string name) => workspace.Combine(name, $"{name}.sysext.csproj");

        void Write(string name, string content, params ReadOnlySpan<string> files)
        {
            workspace.WriteProject($"{name}/{name}.sysext.csproj", (content.Length == 0 ? "" : content + "\n") + Reference);
            foreach (var file in files)
            {
                workspace.Write($"{name}/{file}", "other\n");
            }
        }

        // What was said of a project or of its files: exactly these, each by its beginning.
        void AssertSaid(string name, params ReadOnlySpan<string> expected)
        {
            var said = lines
                .Where(line => line.StartsWith(workspace.Combine(name) + "/", StringComparison.Ordinal) && line.Contains(": ", StringComparison.Ordinal) && line.Contains(" COMPOSE", StringComparison.Ordinal))
                .ToList();
            foreach (var start in expected)
            {
                Assert.True(
                    said.RemoveAll(line => line.StartsWith(start, StringComparison.Ordinal)) > 0,
                    $"'{start}' was not said of {name}, but:\n{string.Join('\n', said)}\n{result.Output}");
            }

            Assert.Empty(said);
        }
    }

    [Fact]
    public void An_image_compares_its_extensions_and_its_base()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.WriteHello();

        // It takes the package hello along, as it does not know the other extension.
        workspace.WriteProject("greeter/greeter.sysext.csproj", """
              <ItemGroup>
                <DebianPackage Include="greeter" />
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);
        workspace.WriteProject("level/level.sysext.csproj", """
              <PropertyGroup>
                <ExtensionSysextLevel>9</ExtensionSysextLevel>
              </PropertyGroup>
              <ItemGroup>
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);
        workspace.Write("level/files/usr/share/level.txt", "level\n");
        workspace.WriteProject("needy/needy.sysext.csproj", """
              <ItemGroup>
                <ProjectReference Include="../level/level.sysext.csproj" />
              </ItemGroup>
            """);
        workspace.Write("needy/files/usr/share/needy.txt", "needy\n");
        const string Image = "image/tiny.image.csproj";
        workspace.WriteProject(Image, """
              <ItemGroup>
                <ProjectReference Include="../hello/hello.sysext.csproj" />
                <ProjectReference Include="../greeter/greeter.sysext.csproj" />
                <ProjectReference Include="../level/level.sysext.csproj" />
              </ItemGroup>
            """);
        workspace.WriteProject("image/small.image.csproj", """
              <ItemGroup>
                <ProjectReference Include="../needy/needy.sysext.csproj" />
              </ItemGroup>
              <Target Name="LeaveOut" AfterTargets="ComposeResolveReferences">
                <ItemGroup>
                  <ComposeExtensionReference Remove="@(ComposeExtensionReference)" Condition="'%(ComposeName)' == 'level'" />
                </ItemGroup>
              </Target>
            """);

        var output = workspace.Build(Image).Output;

        var place = workspace.Combine(Image);
        Assert.Contains($"{place}(4,23): warning COMPOSE2016: The extensions hello and greeter both carry hello:amd64 1.0", output, StringComparison.Ordinal);
        Assert.Contains($"{place}(5,23): error COMPOSE3005: The extension 'level' would not be merged: its SYSEXT_LEVEL is '9', the base's '1'", output, StringComparison.Ordinal);
        Assert.False(File.Exists(workspace.Combine("image", "bin", "Debug", "tiny_1.0.0_x86-64.raw")));

        var small = workspace.Build("image/small.image.csproj").Output;
        Assert.Contains($"{workspace.Combine("image", "small.image.csproj")}(3,23): error COMPOSE2017: The extension needy was built on level", small, StringComparison.Ordinal);
    }
}
