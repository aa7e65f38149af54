using Compose.Diagnostics;
using Compose.Images.Extensions;
using Compose.Images.ReleaseFiles;

namespace Compose.Images.Tests;

public class ReleaseFileTests
{
    private static readonly ReleaseFile Base = ReleaseFile.Parse("ID=compose-os\nVERSION_ID=1.2\nSYSEXT_LEVEL=1.0\n");

    [Theory]
    [InlineData("ID=flatcar", "flatcar")]
    [InlineData("ID=\"flatcar\"", "flatcar")]
    [InlineData("ID='a b'", "a b")]
    [InlineData("ID=\"a\\\"b\\$c\\\\\"", "a\"b$c\\")]
    [InlineData("ID=\"a\\nb\"", "a\\nb")]
    [InlineData("  ID=x  ", "x")]
    [InlineData("#ID=no\nID=a\nID=b", "b")]
    [InlineData("ID=", "")]
    public void Variables_are_read_as_the_shell_reads_them(string text, string expected) =>
        Assert.Equal(expected, ReleaseFile.Parse(text)["ID"]);

    [Theory]
    [InlineData("plain-1.0_x")]
    [InlineData("two words")]
    [InlineData("quote\" dollar$ back\\slash tick`")]
    [InlineData("it's")]
    public void What_is_written_is_read_back(string value) =>
        Assert.Equal(value, ReleaseFile.Parse(new ReleaseFile().Add("NAME", value).ToString())["NAME"]);

    [Fact]
    public void A_line_break_in_a_value_is_refused() =>
        Assert.Throws<DiagnosticException>(() => new ReleaseFile().Add("NAME", "a\nID=evil"));

    /// <summary>The rules of the UAPI extension image specification: a level replaces the version, and _any needs neither.</summary>
    [Theory]
    [InlineData(null, null, null, "ID=compose-os\nSYSEXT_LEVEL=1.0\n")]
    [InlineData(null, "2.0", null, "ID=compose-os\nSYSEXT_LEVEL=2.0\n")]
    [InlineData(null, null, "1.2", "ID=compose-os\nVERSION_ID=1.2\n")]
    [InlineData("_any", null, null, "ID=_any\n")]
    [InlineData("flatcar", null, "4000.1.0", "ID=flatcar\nVERSION_ID=4000.1.0\n")]
    public void Extension_release_follows_the_base_unless_it_is_told(string? id, string? level, string? version, string expected) =>
        Assert.Equal(
            expected,
            ExtensionRelease.Create(new() { Id = id, Level = level, VersionId = version }, hasUnits: false, Base).ToString());

    [Fact]
    public void Without_a_base_an_extension_fits_any_system() =>
        Assert.Equal("ID=_any\n", ExtensionRelease.Create(new(), hasUnits: false, baseRelease: null).ToString());

    [Fact]
    public void A_base_without_a_level_is_matched_by_version() =>
        Assert.Equal(
            "ID=x\nVERSION_ID=3\n",
            ExtensionRelease.Create(new(), hasUnits: false, ReleaseFile.Parse("ID=x\nVERSION_ID=3")).ToString());

    [Theory]
    [InlineData(null, true, true)]
    [InlineData(null, false, false)]
    [InlineData(false, true, false)]
    [InlineData(true, false, true)]
    public void The_manager_is_reloaded_when_there_are_units(bool? asked, bool hasUnits, bool expected) =>
        Assert.Equal(
            expected ? "1" : null,
            ExtensionRelease.Create(new() { ReloadManager = asked }, hasUnits, Base)["EXTENSION_RELOAD_MANAGER"]);

    [Theory]
    [InlineData("docker-flatcar", true)]
    [InlineData("hello-1.0", true)]
    [InlineData("", false)]
    [InlineData("hello_1.0", false)]
    [InlineData("hello+1", false)]
    [InlineData("../x", false)]
    [InlineData(".hidden", false)]
    [InlineData("a b", false)]
    public void A_name_must_mean_the_same_to_every_systemd(string name, bool allowed)
    {
        var exception = Record.Exception(() => ExtensionRelease.CheckName(name));
        Assert.Equal(allowed, exception is null);
        Assert.True(exception is null or DiagnosticException { Diagnostic.Descriptor.Code: "COMPOSE2009" });
    }
}
