using System.Text;

namespace Compose.Machines.Tests;

public sealed class AttachedExtensionsTests
{
    [Fact]
    public void Each_extension_is_a_disk_and_a_line_of_the_guests_script()
    {
        var options = new MachineOptions { Disk = "/os.raw", ExtraDisks = [new("/data.raw", "data")] }
            .WithExtensions(["/out/docker-flatcar.raw", "it's/it's.sysext.raw"]);

        Assert.Equal(
            [new("/data.raw", "data"), new("/out/docker-flatcar.raw", "extension-0"), new("it's/it's.sysext.raw", "extension-1")],
            options.ExtraDisks);
        Assert.EndsWith(
            "\nattach extension-0 'docker-flatcar'\nattach extension-1 'it'\\''s'\n",
            Text(options, "compose.attach-extensions"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_guest_attaches_them_before_it_merges_and_not_in_the_initrd()
    {
        var options = new MachineOptions { Disk = "/os.raw" }.WithExtensions(["/a.raw"]);

        var unit = Text(options, "systemd.extra-unit.compose-attach-extensions.service");
        Assert.Contains("\nBefore=systemd-sysext.service systemd-confext.service\n", unit, StringComparison.Ordinal);
        Assert.Contains("\nConditionPathExists=!/etc/initrd-release\n", unit, StringComparison.Ordinal);
        Assert.Equal(
            "[Unit]\nWants=compose-attach-extensions.service\n",
            Text(options, "systemd.unit-dropin.sysinit.target~compose-attach-extensions"));
    }

    [Fact]
    public void A_configuration_extension_goes_where_it_is_merged_over_etc()
    {
        var options = new MachineOptions { Disk = "/os.raw" }.WithExtensions(["/a.raw"], ["/b.confext.raw"]);

        Assert.Equal([new("/a.raw", "extension-0"), new("/b.confext.raw", "extension-1")], options.ExtraDisks);
        Assert.EndsWith(
            "\nattach extension-0 'a'\nattach_configuration extension-1 'b'\n", Text(options, "compose.attach-extensions"), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_extensions_nothing_changes()
    {
        var options = new MachineOptions { Disk = "/os.raw" };

        Assert.Same(options, options.WithExtensions([]));
    }

    [Theory]
    [InlineData("/out/docker")]
    [InlineData("/out/.raw")]
    [InlineData("/out/.sysext.raw")]
    public void A_file_that_is_not_named_like_an_extension_is_refused(string path) =>
        Assert.Throws<ArgumentException>(() => new MachineOptions { Disk = "/os.raw" }.WithExtensions([path]));

    [Fact]
    public void Two_extensions_of_one_name_are_refused() =>
        Assert.Throws<ArgumentException>(() => new MachineOptions { Disk = "/os.raw" }.WithExtensions(["/a/x.raw", "/b/x.sysext.raw"]));

    private static string Text(MachineOptions options, string name) =>
        Encoding.UTF8.GetString(Assert.Single(options.Credentials, credential => credential.Name == name).Value.Span);
}
