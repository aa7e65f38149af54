using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Checks.Layout;
using Compose.Images.Trees;

namespace Compose.Images.Tests.Checks.Layout;

/// <summary>Names and links that a reader of packages and layers keeps, as Linux does, and that are told of all the same.</summary>
public sealed class FileNameTests
{
    [Fact]
    public void A_name_that_is_not_UTF_8_is_found_and_its_input_is_named()
    {
        var file = new FileEntry(EntryMetadata.File, new BytesContent("x"));
        var folder = TreePath.Parse("usr/share").Child([(byte)'n', 0xE4, (byte)'h']);
        var tree = new FileTreeBuilder().Set(folder.Child("file"), file).Set(TreePath.Parse("usr/share/näh"), file).Build();
        tree.TryGet(folder, out var directory);
        var origins = ContentOrigins.Unknown;
        origins.Add(directory!, "sewing");

        var finding = Assert.Single(CheckedTrees.Run(new FileNameCheck(), tree, origins: origins));

        Assert.Equal(("COMPOSE2038", DiagnosticSeverity.Warning, "sewing"), (finding.Descriptor.Code, finding.Descriptor.Severity, finding.Item));
        Assert.Equal(@"/usr/share/n\xe4h", finding.Path);
        Assert.Contains(@"'/usr/share/n\xe4h'", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_one_directory_that_differ_in_case_only_are_found()
    {
        var tree = Trees.Of(
            "usr/lib/Readme", "usr/lib/README", "usr/lib/other", "usr/share/readme", "usr/share/É", "usr/share/é",
            "usr/lib/A/file", "usr/lib/A/FILE", "usr/lib/a/file", "usr/lib/a/FILE");

        var findings = CheckedTrees.Run(new FileNameCheck(), tree);

        Assert.Equal(
            ["/usr/lib/A/file", "/usr/lib/Readme", "/usr/lib/a", "/usr/lib/a/file", "/usr/share/é"],
            findings.Select(finding => finding.Path));
        Assert.All(findings, finding => Assert.Equal(("COMPOSE2039", DiagnosticSeverity.Message), (finding.Descriptor.Code, finding.Descriptor.Severity)));
        Assert.Contains("'/usr/lib/Readme' and '/usr/lib/README' differ in case only", findings[1].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("usr/lib/link -> ../../etc/file", false)]
    [InlineData("usr/lib/link -> ../../../etc/file", true)]
    [InlineData("usr/lib/link -> a/../../../../b", true)]
    [InlineData("usr/lib/link -> ./..//../usr/../usr/x", false)]
    [InlineData("usr/lib/link -> /etc/../etc/file", false)]
    [InlineData("usr/lib/link -> /../etc/file", true)]
    public void A_link_that_climbs_above_the_root_is_found(string link, bool climbs)
    {
        var findings = CheckedTrees.Run(new LinkAboveRootCheck(), Trees.Of(link, "usr/lib/file"));

        Assert.Equal(climbs ? [("COMPOSE2019", DiagnosticSeverity.Message, "/usr/lib/link")] : [], findings.Select(finding => (finding.Descriptor.Code, finding.Descriptor.Severity, finding.Path!)));
        Assert.All(findings, finding => Assert.Contains($"'{link.Split(" -> ")[1]}'", finding.Message, StringComparison.Ordinal));
    }
}
