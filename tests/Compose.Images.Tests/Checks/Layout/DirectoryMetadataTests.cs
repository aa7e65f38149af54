using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Checks.Layout;
using Compose.Images.Extensions;

namespace Compose.Images.Tests.Checks.Layout;

public sealed class DirectoryMetadataTests
{
    private static readonly FileTree Base = new FileTreeBuilder(Trees.Of("usr/bin/bash"))
        .Directory("usr/share/flatcar/etc/app", CheckedTrees.Octal("750"), 0, 5)
        .Build();

    [Theory]
    [InlineData("700", 0, 0, DiagnosticSeverity.Error)]
    [InlineData("754", 0, 0, DiagnosticSeverity.Error)]
    [InlineData("775", 0, 0, DiagnosticSeverity.Warning)]
    [InlineData("751", 0, 0, DiagnosticSeverity.Warning)]
    [InlineData("1777", 0, 0, DiagnosticSeverity.Warning)]
    [InlineData("755", 1000, 1000, DiagnosticSeverity.Warning)]
    [InlineData("755", 0, 0, null)]
    public void A_directory_of_the_base_keeps_its_mode_and_owner(string mode, int user, int group, DiagnosticSeverity? severity)
    {
        var tree = new FileTreeBuilder(Trees.Of("usr/bin/tool")).Directory("usr/bin", CheckedTrees.Octal(mode), (uint)user, (uint)group).Build();

        var findings = CheckedTrees.Run(new DirectoryMetadataCheck(), tree, Base);

        Assert.Equal(severity is null ? [] : [("COMPOSE2023", "/usr/bin", severity)], findings.Select(finding => (finding.Descriptor.Code, finding.Path!, (DiagnosticSeverity?)finding.Descriptor.Severity)));
        Assert.All(findings, finding => Assert.Contains("0755 0:0 in the base", finding.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_directory_of_the_extension_alone_may_have_any_mode()
    {
        var tree = new FileTreeBuilder(Trees.Of("usr/lib/tool/secret")).Directory("usr/lib/tool", CheckedTrees.Octal("700"), 5, 5).Build();
        Assert.Empty(CheckedTrees.Run(new DirectoryMetadataCheck(), tree, Base));
    }

    [Fact]
    public void The_top_of_a_hierarchy_is_made_by_systemd()
    {
        var tree = new FileTreeBuilder(Trees.Of("usr/bin/tool")).Directory("usr", CheckedTrees.Octal("700")).Build();
        Assert.Empty(CheckedTrees.Run(new DirectoryMetadataCheck(), tree, Base));
    }

    [Fact]
    public void A_directory_of_another_extension_counts_too()
    {
        var other = new ReferencedExtension("other", Trees.Of("opt/tools/x"));
        var tree = new FileTreeBuilder(Trees.Of("opt/tools/y")).Directory("opt/tools", CheckedTrees.Octal("700")).Build();

        var finding = Assert.Single(CheckedTrees.Run(new DirectoryMetadataCheck(), tree, Base, [other]));

        Assert.Contains("in other", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_extension_is_compared_with_etc()
    {
        var tree = Trees.Of("etc/app/app.conf");
        var definition = new ExtensionDefinition { Name = "tool", Kind = ExtensionKind.Configuration };

        var finding = Assert.Single(CheckedTrees.Run(new DirectoryMetadataCheck(), tree, Base, definition: definition));

        Assert.Equal("/etc/app", finding.Path);
        Assert.Contains("is 0755 0:0 here, and 0750 0:5 in the base", finding.Message, StringComparison.Ordinal);
    }
}
