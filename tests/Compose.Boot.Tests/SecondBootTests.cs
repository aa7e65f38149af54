namespace Compose.Boot.Tests;

[Collection<BootScenarioTests>]
public class SecondBootTests(BootScenario scenario)
{
    [Fact]
    public void The_system_starts_again_and_no_unit_fails()
    {
        Assert.Empty(scenario.SecondBoot.FailedUnits);
        Assert.Equal("running", scenario.SecondBoot.State);
    }

    [Fact]
    public void An_extension_whose_link_is_overridden_is_gone()
    {
        Assert.NotEqual(0, scenario.Second["docker"].ExitCode);
        Assert.DoesNotContain("docker-flatcar", scenario.Second["extensions"].StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public void The_other_extension_stays() =>
        Assert.Equal("/usr/bin/containerd\nactive\n", scenario.Second["containerd"].EnsureSuccess().StandardOutput);

    [Fact]
    public void A_changed_file_in_etc_survives()
    {
        var answer = scenario.Second["etc change"].EnsureSuccess().StandardOutput;
        Assert.EndsWith("changed by a person\nkept\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public void The_journal_keeps_the_first_boot() =>
        Assert.True(int.Parse(scenario.Second["boots"].StandardOutput, System.Globalization.CultureInfo.InvariantCulture) >= 2);
}
