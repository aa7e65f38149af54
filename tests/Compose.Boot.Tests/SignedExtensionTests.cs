using Compose.Images.Extensions;
using Compose.Images.ReleaseFiles;

namespace Compose.Boot.Tests;

[Collection<BootScenarioTests>]
public class SignedExtensionTests(BootScenario scenario)
{
    [Fact]
    public void A_signed_extension_is_refused_without_its_certificate_and_merged_with_it() =>
        Assert.Equal(["refused", "merged"], Lines()[..2]);

    [Fact]
    public void A_policy_that_takes_signed_images_alone_takes_it() => Assert.Equal("valid", Lines()[^1]);

    [Fact]
    public void It_is_merged_at_boot() =>
        Assert.Equal("signed\n", scenario.Second["signed extension"].EnsureSuccess().StandardOutput);

    [Fact]
    public void The_systemd_of_the_image_merges_what_it_is_said_to_merge()
    {
        var version = int.Parse(scenario.Second["systemd"].EnsureSuccess().StandardOutput.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(version >= 257);
        var expected = MergeCases.All.Where(merge => ExtensionCompatibility.Refusal(
            ReleaseFile.Parse(merge.Extension), new MergingHost(ReleaseFile.Parse(merge.Host), "x86-64", version)) is null);

        Assert.Equal(
            expected.Select(merge => merge.Name).Order(StringComparer.Ordinal),
            MergeCases.ReadMerged(scenario.Second["merge cases"].EnsureSuccess().StandardOutput).Order(StringComparer.Ordinal));
    }

    private string[] Lines()
    {
        var answer = scenario.SignedExtension;
        Assert.True(answer.ExitCode == 0, $"{answer.StandardOutput}\n{answer.StandardError}");
        return answer.StandardOutput.TrimEnd('\n').Split('\n').Where(line => line is "refused" or "merged" or "valid").ToArray();
    }
}
