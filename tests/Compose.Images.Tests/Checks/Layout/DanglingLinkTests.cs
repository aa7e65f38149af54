using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Checks.Layout;
using Compose.Images.Extensions;
using Compose.Images.Trees;

namespace Compose.Images.Tests.Checks.Layout;

public sealed class DanglingLinkTests
{
    private static readonly FileTree Base = Trees.Of(
        "usr/bin/mawk", "usr/lib/systemd/systemd", "usr/sbin -> bin", "usr/share/flatcar/etc/app/app.conf", "usr/share/flatcar/etc/state -> ../var/state");

    [Theory]
    [InlineData("mawk")]
    [InlineData("../sbin/mawk")]
    [InlineData("/sbin/mawk")]
    [InlineData("/lib/systemd/systemd")]
    [InlineData("/etc/app/app.conf")]
    [InlineData("/etc/tool/tool.conf")]
    [InlineData("/etc/other.conf")]
    [InlineData("/etc/state")]
    [InlineData("/opt/other/x")]
    [InlineData("/dev/null")]
    [InlineData("/run/tool/socket")]
    [InlineData("/proc/self/mounts")]
    [InlineData("../../var/lib/tool")]
    [InlineData("/")]
    public void A_link_to_what_there_is_or_will_be_is_right(string target)
    {
        var tree = Trees.Of($"usr/bin/link -> {target}", "usr/share/tool/etc/tool/tool.conf");
        var other = new ReferencedExtension("other", Trees.Of("opt/other/x", "usr/share/other/etc/other.conf"));
        Assert.Empty(CheckedTrees.Run(new DanglingLinkCheck(), tree, Base, [other]));
    }

    [Theory]
    [InlineData("gawk", DiagnosticSeverity.Warning)]
    [InlineData("/usr/bin/mawk/x", DiagnosticSeverity.Warning)]
    [InlineData("/lib/missing", DiagnosticSeverity.Warning)]
    [InlineData("/build/out/tool", DiagnosticSeverity.Warning)]
    [InlineData("link", DiagnosticSeverity.Warning)]
    [InlineData("/etc/missing", DiagnosticSeverity.Message)]
    public void A_link_of_the_project_to_nothing_is_found(string target, DiagnosticSeverity severity)
    {
        var finding = Assert.Single(CheckedTrees.Run(new DanglingLinkCheck(), Trees.Of($"usr/bin/link -> {target}"), Base));

        Assert.Equal(("COMPOSE2035", severity, "/usr/bin/link"), (finding.Descriptor.Code, finding.Descriptor.Severity, finding.Path));
        Assert.Contains($"'/usr/bin/link' is a symbolic link to '{target}'", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_of_a_package_is_only_mentioned_and_one_of_an_item_is_not()
    {
        var tree = Trees.Of("usr/lib/a -> x", "usr/lib/b -> x");
        var origins = new ContentOrigins();
        origins.Add(tree[3].Entry, "package");
        origins.Add(tree[4].Entry, "/usr/lib/b", new("Symlink"));

        var findings = CheckedTrees.Run(new DanglingLinkCheck(), tree, Base, origins: origins);

        Assert.Equal(
            [("package", DiagnosticSeverity.Message), ("/usr/lib/b", DiagnosticSeverity.Warning)],
            findings.Select(finding => (finding.Item!, finding.Descriptor.Severity)));
    }

    [Fact]
    public void Without_a_base_nothing_is_known() => Assert.Empty(CheckedTrees.Run(new DanglingLinkCheck(), Trees.Of("usr/lib/a -> x")));

    [Fact]
    public void What_is_copied_to_etc_is_not_looked_at_in_its_place() =>
        Assert.Empty(CheckedTrees.Run(new DanglingLinkCheck(), Trees.Of("usr/share/tool/etc/os-release -> ../usr/lib/os-release"), Base));

    [Fact]
    public void Links_through_many_others_are_found_in_their_order()
    {
        // Followed anew for each link, each forty links far, this would take hours.
        const int count = 200_000;
        var builder = new FileTreeBuilder().Set("usr/lib/c/end", new FileEntry(EntryMetadata.File, new BytesContent("")));
        for (var i = 0; i < count; i++)
        {
            builder.Set($"usr/lib/c/{i:000000}", new SymlinkEntry(string.Concat(Enumerable.Repeat("../c/", 20)) + (i == count - 1 ? "end" : $"{i + 1:000000}")));
        }

        var findings = CheckedTrees.Run(new DanglingLinkCheck(), builder.Build(), Base);

        // The kernel follows forty.
        Assert.Equal(Enumerable.Range(0, count - 40).Select(i => $"/usr/lib/c/{i:000000}"), findings.Select(finding => finding.Path));
    }

    [Fact]
    public void A_target_that_is_no_path_leads_to_nothing()
    {
        var tree = new FileTreeBuilder()
            .Set("usr/lib/nul", new SymlinkEntry(EntryMetadata.Symlink, "a\0b"u8.ToArray()))
            .Set("usr/lib/empty", new SymlinkEntry(EntryMetadata.Symlink, Array.Empty<byte>()))
            .Set("usr/lib/long", new SymlinkEntry(EntryMetadata.Symlink, Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("../", 20000)) + "x")))
            .Build();

        Assert.Equal(
            ["/usr/lib/empty", "/usr/lib/long", "/usr/lib/nul"],
            CheckedTrees.Run(new DanglingLinkCheck(), tree, Base).Select(finding => finding.Path));
    }
}
