using Compose.FileTrees;
using Compose.Images.Extensions;
using Compose.Images.ReleaseFiles;

namespace Compose.Images.Tests;

public class ExtensionCompatibilityTests
{
    public static IEnumerable<ITheoryDataRow> Cases =>
        from merge in MergeCases.All
        from systemd in (int[])[252, 257]
        select new TheoryDataRow<string, int>(merge.Name, systemd);

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_host_merges_what_its_systemd_accepts(string name, int systemd)
    {
        var merge = MergeCases.All.Single(merge => merge.Name == name);
        var refusal = Refusal(merge, systemd);

        Assert.True(refusal is null == merge.IsMergedBy(systemd), refusal ?? "It would be merged.");
    }

    [Fact]
    public void The_real_systemd_sysext_decides_the_same()
    {
        var version = int.Parse(ExternalTool.Run("systemd-sysext", "--version").Split(' ')[1]);
        var isRoot = Environment.IsPrivilegedProcess;
        var output = isRoot
            ? ExternalTool.Run("bash", "-c", MergeCases.Script)
            : ExternalTool.Run("unshare", "--user", "--map-root-user", "--mount", "bash", "-c", MergeCases.Script);

        Assert.Equal(
            MergeCases.All.Where(merge => Refusal(merge, version) is null).Select(merge => merge.Name).Order(StringComparer.Ordinal),
            MergeCases.ReadMerged(output).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_configuration_extension_has_variables_of_its_own()
    {
        var host = new MergingHost(ReleaseFile.Parse("ID=os\nVERSION_ID=2\nSYSEXT_LEVEL=1\nCONFEXT_LEVEL=5\n"));

        Assert.Null(ExtensionCompatibility.Refusal(ReleaseFile.Parse("ID=os\nCONFEXT_LEVEL=5\n"), host, ExtensionKind.Configuration));
        Assert.NotNull(ExtensionCompatibility.Refusal(ReleaseFile.Parse("ID=os\nSYSEXT_LEVEL=1\n"), host, ExtensionKind.Configuration));
        Assert.Null(ExtensionCompatibility.Refusal(ReleaseFile.Parse("ID=_any\nSYSEXT_SCOPE=initrd\n"), host, ExtensionKind.Configuration));
        Assert.NotNull(ExtensionCompatibility.Refusal(ReleaseFile.Parse("ID=_any\nCONFEXT_SCOPE=initrd\n"), host, ExtensionKind.Configuration));
    }

    [Theory]
    [InlineData(252, false)]
    [InlineData(254, true)]
    [InlineData(257, true)]
    public void Configuration_extensions_came_with_systemd_254(int systemd, bool isMerged) => Assert.Equal(
        isMerged,
        ExtensionCompatibility.Refusal(ReleaseFile.Parse("ID=_any\n"), new MergingHost(ReleaseFile.Parse("ID=os\n"), null, systemd), ExtensionKind.Configuration) is null);

    [Fact]
    public void Of_a_release_file_that_is_too_large_to_be_one_only_the_start_is_read()
    {
        var content = new EndlessContent("ID=os\n"u8.ToArray());
        var tree = new FileTreeBuilder()
            .Set("usr/lib/os-release", new FileEntry(EntryMetadata.File, content))
            .Set("usr/lib/extension-release.d/extension-release.tool", new FileEntry(EntryMetadata.File, content))
            .Build();

        var release = ExtensionRelease.OsReleaseOf(tree);
        Assert.Equal("os", release?["ID"]);
        Assert.Null(ExtensionCompatibility.Refusal("tool", tree, new MergingHost(release!), ExtensionKind.System));
        Assert.InRange(content.BytesRead, 1, 1024 * 1024);
    }

    private static string? Refusal(MergeCase merge, int systemd) =>
        ExtensionCompatibility.Refusal(ReleaseFile.Parse(merge.Extension), new MergingHost(ReleaseFile.Parse(merge.Host), "x86-64", systemd));
}
