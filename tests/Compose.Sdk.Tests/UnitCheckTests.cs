using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

/// <summary>Where MSBuild shows mistakes in units.</summary>
public sealed class UnitCheckTests(SdkFixture fixture)
{
    private const string Project = "tool/tool.sysext.csproj";
    private const string Unit = "tool/files/usr/lib/systemd/system/tool.service";

    [Fact]
    public void Mistakes_in_units_are_at_the_line_or_the_item_that_makes_them()
    {
        using var workspace = fixture.CreateWorkspace();
        workspace.WriteBase();
        workspace.Write("base/files/usr/lib/systemd/system/sysinit.target", "[Unit]\n");
        workspace.Write("base/files/usr/lib/sysusers.d/base.conf", "u root 0\n");

        // By its name the base's systemd is older than any that is installed here: systemd-analyze knows all that it knows.
        workspace.Write("base/files/usr/lib/systemd/libsystemd-core-1.so", "");
        workspace.WriteProject(Project, """
              <ItemGroup>
                <SystemdUnit Include="tool.service" />
                <SystemdSetting Include="tool.service" Section="Service" Name="User" Value="missing" />
                <ProjectReference Include="../base/base.os.csproj" />
              </ItemGroup>
            """);
        workspace.Write(Unit, "[Service]\nExecStart=/usr/bin/tool\nRestart=maybe\nnonsense\n[Install]\nWantedBy=multi-user.target\n");

        var output = workspace.BuildChecked(Project);
        var unit = workspace.Combine(Unit);
        Assert.Contains($"{unit}(4): warning COMPOSE2050", output, StringComparison.Ordinal);
        Assert.Contains($"{unit}(2): warning COMPOSE2053", output, StringComparison.Ordinal);
        Assert.Contains($"{unit}(3): warning COMPOSE2058", output, StringComparison.Ordinal);
        Assert.Contains($"{workspace.Combine(Project)}(3,18): warning COMPOSE2054", output, StringComparison.Ordinal);
        Assert.Contains($"{workspace.Combine(Project)}(4,21): warning COMPOSE2056", output, StringComparison.Ordinal);

        // The property switches systemd-analyze off, and a change of it is a reason to build again.
        var without = workspace.BuildChecked(Project, "-p:ExtensionVerifyUnits=false");
        Assert.Contains("warning COMPOSE2050", without, StringComparison.Ordinal);
        Assert.DoesNotContain("COMPOSE2058", without, StringComparison.Ordinal);
        Assert.Contains("error COMPOSE9009", workspace.Build(Project, "-p:ExtensionVerifyUnits=maybe").Output, StringComparison.Ordinal);
    }
}
