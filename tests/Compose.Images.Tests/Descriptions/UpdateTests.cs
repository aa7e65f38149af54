using System.Text.Json;
using Compose.Images.Descriptions;

namespace Compose.Images.Tests.Descriptions;

/// <summary>How machines get an extension and how it is switched off. systemd-sysupdate itself is asked in the boot tests.</summary>
public sealed class UpdateTests : IDisposable
{
    private static readonly Uri Address = new("https://example.org/ext");

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Butane_and_ignition_say_the_same()
    {
        DescriptionFiles.WriteUpdates(ExampleImages.Extension, Address, verify: true, _folder["tools"]);

        using var install = JsonDocument.Parse(File.ReadAllText(_folder["tools_install.ign"]));
        var storage = install.RootElement.GetProperty("storage");
        Assert.Equal("3.3.0", install.RootElement.GetProperty("ignition").GetProperty("version").GetString());
        var contents = storage.GetProperty("files")[0].GetProperty("contents");
        Assert.Equal("https://example.org/ext/tools_1.2_x86-64.raw", contents.GetProperty("source").GetString());
        Assert.Equal("/etc/extensions/tools.raw", storage.GetProperty("links")[0].GetProperty("path").GetString());
        Assert.True(storage.GetProperty("links")[0].GetProperty("overwrite").GetBoolean());
        var butane = File.ReadAllText(_folder["tools_install.bu"]);
        foreach (var text in (string[])["https://example.org/ext/tools_1.2_x86-64.raw", $"sha256-{ExampleImages.Digest}", "/etc/extensions/tools.raw", "/var/lib/extensions.d/tools_1.2_x86-64.raw"])
        {
            Assert.Contains(text, butane, StringComparison.Ordinal);
            Assert.Contains(text, File.ReadAllText(_folder["tools_install.ign"]), StringComparison.Ordinal);
        }

        using var disable = JsonDocument.Parse(File.ReadAllText(_folder["tools_disable.ign"]));
        var link = disable.RootElement.GetProperty("storage").GetProperty("links")[0];
        Assert.Equal(("/etc/extensions/tools.raw", "/dev/null", true), (link.GetProperty("path").GetString(), link.GetProperty("target").GetString(), link.GetProperty("overwrite").GetBoolean()));
        Assert.Contains("target: /dev/null", File.ReadAllText(_folder["tools_disable.bu"]), StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_with_a_blank_stays_an_address()
    {
        DescriptionFiles.WriteUpdates(ExampleImages.Extension, new Uri("https://example.org/my%20ext"), verify: true, _folder["tools"]);

        Assert.Contains("Path=https://example.org/my%%20ext/\n", File.ReadAllText(_folder["tools.transfer"]), StringComparison.Ordinal);
        Assert.Contains("source: https://example.org/my%20ext/tools_1.2_x86-64.raw\n", File.ReadAllText(_folder["tools_install.bu"]), StringComparison.Ordinal);
        Assert.Contains("\"https://example.org/my%20ext/tools_1.2_x86-64.raw\"", File.ReadAllText(_folder["tools_install.ign"]), StringComparison.Ordinal);
        Assert.Equal("", ExternalTool.TryRun("ignition-validate", _folder["tools_install.ign"]).Error);
    }

    [Fact]
    public void A_configuration_extension_goes_where_systemd_confext_looks()
    {
        DescriptionFiles.WriteUpdates(ExampleImages.Configuration, Address, verify: true, _folder["site"]);

        using var install = JsonDocument.Parse(File.ReadAllText(_folder["site_install.ign"]));
        Assert.Equal("/var/lib/confexts/site.raw", install.RootElement.GetProperty("storage").GetProperty("links")[0].GetProperty("path").GetString());

        // Found before the one in /usr and ignored, which a link to /dev/null would not be.
        using var disable = JsonDocument.Parse(File.ReadAllText(_folder["site_disable.ign"]));
        Assert.Equal("/var/lib/confexts/site", disable.RootElement.GetProperty("storage").GetProperty("directories")[0].GetProperty("path").GetString());
        Assert.Contains("- path: /var/lib/confexts/site\n", File.ReadAllText(_folder["site_disable.bu"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tools_install.ign")]
    [InlineData("tools_disable.ign")]
    [InlineData("site_install.ign")]
    [InlineData("site_disable.ign")]
    public void Ignition_accepts_its_files(string name)
    {
        DescriptionFiles.WriteUpdates(ExampleImages.Extension, Address, verify: true, _folder["tools"]);
        DescriptionFiles.WriteUpdates(ExampleImages.Configuration, Address, verify: true, _folder["site"]);

        // It exits with 0 also when it only warns, of an unknown field for example.
        var result = ExternalTool.TryRun("ignition-validate", _folder[name]);
        Assert.Equal("", result.EnsureSuccess() + result.Error);
    }

    [Theory]
    [InlineData("sysext", "x86-64", "tools_@v_%a.raw", "/var/lib/extensions.d", "/etc/extensions/tools.raw")]
    [InlineData("sysext", "_any", "tools_@v.raw", "/var/lib/extensions.d", "/etc/extensions/tools.raw")]
    [InlineData("confext", "x86-64", "tools_@v_%a.raw", "/var/lib/confexts.d", "/var/lib/confexts/tools.raw")]
    public void The_transfer_keeps_two_versions_and_links_the_newest_where_it_is_merged(string kind, string architecture, string pattern, string folder, string link)
    {
        var image = ExampleImages.Extension with { Kind = kind, Architecture = architecture };
        var lines = UpdateTransfer.Create(image, new Uri("https://example.org/ext/"), verify: true).Split('\n');

        Assert.Equal(2, lines.Count(line => line == $"MatchPattern={pattern}"));
        foreach (var line in (string[])["Verify=yes", "Path=https://example.org/ext/", $"Path={folder}", $"CurrentSymlink={link}", "InstancesMax=2"])
        {
            Assert.Contains(line, lines);
        }

        Assert.Contains("Verify=no", UpdateTransfer.Create(image, Address, verify: false).Split('\n'));
    }
}
