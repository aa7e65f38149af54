using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Extensions;

namespace Compose.Images.Tests.Checks.Units;

public sealed class OrderingTests
{
    [Theory]
    [InlineData("systemd-sysext.service", "before systemd-sysext.service, which merges the extension")]
    [InlineData("sysinit.target", "before sysinit.target, which is started before or while systemd-sysext.service")]
    [InlineData("local-fs.target", "before local-fs.target")]
    [InlineData("shutdown.target systemd-tmpfiles-setup.service", "before systemd-tmpfiles-setup.service")]
    [InlineData("first.service", "before first.service")]
    [InlineData("sysinit.target local-fs.target", "before sysinit.target")]
    [InlineData("local-fs.target systemd-sysext.service", "before systemd-sysext.service, which merges the extension")]
    public void A_unit_before_what_is_started_before_it_exists_is_reported(string before, string message)
    {
        var finding = Assert.Single(Run(before));
        Assert.Equal(("COMPOSE2057", DiagnosticSeverity.Warning), finding.Kind());
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
        Assert.Contains("(line 3)", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("shutdown.target")]
    [InlineData("network.service multi-user.target")]
    [InlineData("basic.target")]
    [InlineData("missing.service not-a-unit")]
    [InlineData("loop-a.service")]
    [InlineData("own.service")]
    public void A_unit_before_what_comes_later_is_right(string before) => Assert.Empty(Run(before));

    [Fact]
    public void What_the_base_orders_is_no_matter_of_the_extension() =>
        Assert.Empty(CheckedUnits.Run(CheckedUnits.Tree(($"{CheckedUnits.Units}/systemd-tmpfiles-setup.service.d/a.conf", "[Unit]\nAfter=network.service\n"))));

    [Fact]
    public void A_configuration_extension_is_merged_by_a_service_of_its_own()
    {
        var tree = CheckedUnits.Tree(("etc/systemd/system/a.service", "[Unit]\nBefore=systemd-confext.service\n[Service]\nExecStart=/bin/sh\n"));
        var definition = new ExtensionDefinition { Name = "tool", Kind = ExtensionKind.Configuration, VerifyUnits = false };
        Assert.Contains("systemd-confext.service, which merges", Assert.Single(CheckedUnits.Run(tree, definition: definition)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_base_only_the_merging_service_is_known()
    {
        Assert.Empty(CheckedUnits.RunWithoutBase(Unit("sysinit.target")));
        Assert.Equal("COMPOSE2057", Assert.Single(CheckedUnits.RunWithoutBase(Unit("systemd-sysext.service"))).Descriptor.Code);
    }

    private static IReadOnlyList<Diagnostic> Run(string before) => CheckedUnits.Run(Unit(before), new FileTreeBuilder(CheckedUnits.Base)
        .SetText($"{CheckedUnits.Units}/first.service", "[Unit]\nDefaultDependencies=no\nBefore=second.service\n[Service]\nExecStart=/bin/sh\n")
        .SetText($"{CheckedUnits.Units}/second.service", "[Unit]\nDefaultDependencies=no\nBefore=first.service local-fs.target\n[Service]\nExecStart=/bin/sh\n")
        .SetText($"{CheckedUnits.Units}/loop-a.service", "[Unit]\nDefaultDependencies=no\nBefore=loop-b.service\n[Service]\nExecStart=/bin/sh\n")
        .SetText($"{CheckedUnits.Units}/loop-b.service", "[Unit]\nDefaultDependencies=no\nBefore=loop-a.service\n[Service]\nExecStart=/bin/sh\n")
        .Build());

    private static FileTree Unit(string before) => CheckedUnits.Tree(
        ($"{CheckedUnits.Units}/a.service", $"[Unit]\nDefaultDependencies=no\nBefore={before}\n[Service]\nExecStart=/bin/sh\n"),
        ($"{CheckedUnits.Units}/own.service", "[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/sh\n"));
}
