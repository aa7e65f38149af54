using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Checks.Layout;

namespace Compose.Images.Tests.Checks.Layout;

public sealed class OverlayMarkTests
{
    [Theory]
    [InlineData("trusted.overlay.opaque=y", "COMPOSE2021")]
    [InlineData("trusted.overlay.opaque=x", "COMPOSE2021")]
    [InlineData("trusted.overlay.redirect=/usr/lib", "COMPOSE2021")]
    [InlineData("trusted.overlay.metacopy=", "COMPOSE2021")]
    [InlineData("trusted.overlay.whiteout=y", "COMPOSE2021")]
    [InlineData("trusted.overlay.opaque=n", "COMPOSE2022")]
    [InlineData("trusted.overlay.origin=0", "COMPOSE2022")]
    [InlineData("user.overlay.opaque=y", "COMPOSE2022")]
    [InlineData("user.overlay.whiteout=y", "COMPOSE2022")]
    [InlineData("trusted.overlays=y", null)]
    [InlineData("user.comment=trusted.overlay.opaque", null)]
    public void An_attribute_of_overlayfs_is_found(string attribute, string? code)
    {
        var tree = new FileTreeBuilder(Trees.Of("usr/lib/x/file")).Directory("usr/lib/x", CheckedTrees.Octal("755"), 0, 0, attribute).Build();

        var findings = CheckedTrees.Run(new OverlayMarkCheck(), tree);

        Assert.Equal(code is null ? [] : [(code, "/usr/lib/x")], findings.Select(finding => (finding.Descriptor.Code, finding.Path)));
        Assert.All(findings, finding => Assert.Equal(
            code == "COMPOSE2021" ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning, finding.Descriptor.Severity));
    }

    [Fact]
    public void A_whiteout_is_found_and_another_device_is_not()
    {
        var tree = new FileTreeBuilder()
            .Set("usr/lib/deleted", new DeviceEntry(EntryMetadata.File, DeviceKind.Character, 0, 0))
            .Set("usr/lib/null", new DeviceEntry(EntryMetadata.File, DeviceKind.Character, 1, 3))
            .Set("usr/lib/zero", new DeviceEntry(EntryMetadata.File, DeviceKind.Block, 0, 0))
            .Build();

        var finding = Assert.Single(CheckedTrees.Run(new OverlayMarkCheck(), tree));

        Assert.Equal(("COMPOSE2021", "/usr/lib/deleted"), (finding.Descriptor.Code, finding.Path));
    }

    [Fact]
    public void A_whiteout_by_name_is_found_as_a_leftover()
    {
        var findings = CheckedTrees.Run(new OverlayMarkCheck(), Trees.Of("usr/lib/.wh.gone", "usr/lib/.wh..wh..opq", "usr/lib/.whale"));

        Assert.Equal(
            [("COMPOSE2022", "/usr/lib/.wh..wh..opq"), ("COMPOSE2022", "/usr/lib/.wh.gone")],
            findings.Select(finding => (finding.Descriptor.Code, finding.Path!)));
    }
}
