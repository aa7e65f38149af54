using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Checks;
using Compose.Images.Trees;

namespace Compose.Images.Tests.Checks;

public sealed class PathFindingsTests
{
    private readonly RecordingReporter _reporter = new();

    [Fact]
    public void Each_item_gets_one_finding_with_its_paths()
    {
        var tree = Trees.Of("usr/a", "usr/b", "usr/c", "usr/d");
        var origins = new ContentOrigins();
        var traits = new ItemTraits("Symlink");
        origins.Add(tree[2].Entry, "package");
        origins.Add(tree[4].Entry, "package");
        origins.Add(tree[5].Entry, "link", traits);
        var findings = new PathFindings(origins);
        foreach (var item in tree.Skip(2))
        {
            findings.Add(item, $"{item.Path.Name[0]:x}");
        }

        findings.Report(_reporter, ImageDiagnostics.WorldWritable, paths => $"Found: {paths}.");

        Assert.Equal(
            [
                ("Found: '/usr/a' (61), '/usr/c' (63).", "package", "/usr/a", null),
                ("Found: '/usr/b' (62).", null, "/usr/b", null),
                ("Found: '/usr/d' (64).", "link", "/usr/d", traits),
            ],
            _reporter.Diagnostics.Select(finding => (finding.Message, finding.Item, finding.Path, finding.Traits)));
    }

    [Fact]
    public void Of_many_paths_ten_are_named()
    {
        var findings = new PathFindings(ContentOrigins.Unknown);
        foreach (var item in Trees.Of([.. Enumerable.Range(0, 13).Select(number => $"usr/{number:00}")]).Skip(2))
        {
            findings.Add(item);
        }

        findings.Report(_reporter, ImageDiagnostics.WorldWritable, paths => paths);

        var message = Assert.Single(_reporter.Diagnostics).Message;
        Assert.EndsWith("'/usr/09' and 3 more", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_the_project_is_named_with_its_place_on_the_build_host()
    {
        var entry = new FileEntry(EntryMetadata.File, new HostFileContent("/project/files/usr/a", 1));
        var findings = new PathFindings(ContentOrigins.Unknown);
        findings.Add(new TreeItem(TreePath.Parse("usr/a"), entry), line: 7);

        findings.Report(_reporter, ImageDiagnostics.NamesBuildFolder, paths => paths);

        var finding = Assert.Single(_reporter.Diagnostics);
        Assert.Equal(("/project/files/usr/a", 7), (finding.SourceFile, finding.SourceLine));
    }
}
