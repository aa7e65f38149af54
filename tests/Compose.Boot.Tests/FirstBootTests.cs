using Compose.Machines;

namespace Compose.Boot.Tests;

[Collection<BootScenarioTests>]
public class FirstBootTests(BootScenario scenario)
{
    [Fact]
    public void The_system_starts_and_no_unit_fails()
    {
        Assert.Empty(scenario.FirstBoot.FailedUnits);
        Assert.Equal("running", scenario.FirstBoot.State);
    }

    [Fact]
    public void Both_extensions_are_merged()
    {
        var answer = Output("extensions");
        Assert.Contains("containerd-flatcar", answer, StringComparison.Ordinal);
        Assert.Contains("docker-flatcar", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("containerd-flatcar")]
    [InlineData("docker-flatcar")]
    public void The_link_of_an_extension_resolves(string name)
    {
        var target = $"/usr/share/flatcar/sysext/{name}.raw";
        Assert.Contains($"/etc/extensions/{name}.raw {target} {target}", Output("links").Split('\n'));
    }

    [Fact]
    public void Docker_and_containerd_come_from_the_extensions_alone()
    {
        var unmerged = Output("unmerged").Split('\n');
        Assert.Contains("bash", unmerged);
        Assert.DoesNotContain("docker", unmerged);
        Assert.DoesNotContain("containerd", unmerged);
        Assert.Equal("/usr/bin/docker\n/usr/bin/containerd\n", Output("programs"));
    }

    [Fact]
    public void The_lower_layer_of_etc_is_in_usr()
    {
        var answer = Output("etc");
        Assert.StartsWith("overlay ", answer, StringComparison.Ordinal);
        Assert.Contains("usr/share/flatcar/etc", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Usr_is_verified_and_read_only()
    {
        var answer = scenario.First["usr"];
        Assert.StartsWith("CRYPT-VERITY-", answer.StandardOutput, StringComparison.Ordinal);
        Assert.NotEqual(0, answer.ExitCode);
        Assert.Contains("Read-only file system", answer.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public void The_root_was_made_at_the_first_boot() =>
        Assert.Matches("^/dev/vda[0-9]+ +ext4\\s+ROOT\\s*$", Output("root"));

    [Fact]
    public void The_network_has_an_address_and_a_resolver()
    {
        var answer = Output("network");
        Assert.Contains("routable", answer, StringComparison.Ordinal);
        Assert.Contains("inet 10.0.2.15/24", answer, StringComparison.Ordinal);
        Assert.Contains("nameserver 127.0.0.53", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void Users_and_groups_are_there_those_of_extensions_too()
    {
        var answer = Output("users");
        Assert.Contains("root:x:0:0:", answer, StringComparison.Ordinal);
        Assert.Contains("systemd-network:", answer, StringComparison.Ordinal);
        Assert.Contains("messagebus:", answer, StringComparison.Ordinal);
        Assert.Contains("docker:", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ID")]
    [InlineData("VERSION_ID")]
    [InlineData("SYSEXT_LEVEL")]
    [InlineData("IMAGE_ID")]
    [InlineData("IMAGE_VERSION")]
    public void The_system_says_what_it_is(string variable) =>
        Assert.Matches($"(?m)^{variable}=\\S+$", Output("os-release"));

    [Fact]
    public void Docker_answers_on_its_socket()
    {
        Assert.Matches("^[0-9]+\\.[0-9]+", Output("docker info"));
        Assert.Equal("root docker 660\n", Output("socket"));
    }

    [Fact]
    public void A_container_runs() =>
        Assert.Equal("hello from a container\n", Output("docker run"));

    [Fact]
    public void Containerd_runs_and_answers()
    {
        var answer = Output("containerd");
        Assert.StartsWith("active\nactive\n", answer, StringComparison.Ordinal);
        Assert.Contains("Server:", answer, StringComparison.Ordinal);
    }

    private string Output(string question) => scenario.First[question].EnsureSuccess().StandardOutput;
}
