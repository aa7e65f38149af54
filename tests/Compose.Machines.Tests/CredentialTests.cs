using System.Text;

namespace Compose.Machines.Tests;

public sealed class CredentialTests
{
    [Fact]
    public void Binary_values_are_base64() =>
        Assert.Equal("io.systemd.credential.binary:a=AP8s", new Credential("a", new byte[] { 0, 0xff, (byte)',' }).ToSmbiosString());

    [Fact]
    public void An_extra_unit_has_systemds_prefix() =>
        Assert.Equal("systemd.extra-unit.probe.service", Credential.ExtraUnit("probe.service", "").Name);

    [Fact]
    public void A_drop_in_names_its_unit_and_itself()
    {
        var credential = Credential.UnitDropIn("serial-getty@ttyS0.service", "probe", "[Unit]\n");

        Assert.Equal("systemd.unit-dropin.serial-getty@ttyS0.service~probe", credential.Name);
        Assert.Equal("[Unit]\n", Encoding.UTF8.GetString(credential.Value.Span));
        Assert.StartsWith("io.systemd.credential.binary:systemd.unit-dropin.serial-getty@ttyS0.service~probe=", credential.ToSmbiosString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a=b")]
    [InlineData("a,b")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("ä")]
    public void A_name_that_is_none_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => Credential.FromText(name, "").ToSmbiosString());
}
