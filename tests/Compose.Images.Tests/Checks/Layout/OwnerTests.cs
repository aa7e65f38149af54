using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Checks.Layout;
using Compose.Images.Extensions;

namespace Compose.Images.Tests.Checks.Layout;

public sealed class OwnerTests
{
    private static readonly FileTree Base = new FileTreeBuilder()
        .SetText("usr/lib/sysusers.d/basic.conf", "# users\ng shadow 42 -\nu games 5:60 - /usr/games\nu! sealed 77\ng chosen -\nu file /usr/bin/x\nr - 500-900\n")
        .SetText("usr/share/flatcar/etc/passwd", "root:x:0:0::/root:/bin/bash\ncore:x:1500:1501:Core:/home/core:/bin/bash\n")
        .SetText("usr/share/flatcar/etc/group", "wheel:x:10:core\nbroken\n")
        .Build();

    [Theory]
    [InlineData(0, 0, null)]
    [InlineData(0, 42, null)]
    [InlineData(5, 60, null)]
    [InlineData(77, 77, null)]
    [InlineData(1500, 1501, null)]
    [InlineData(0, 10, null)]
    [InlineData(65534, 65534, null)]
    [InlineData(1000, 1000, "1000:1000")]
    [InlineData(0, 1000, "0:1000")]
    [InlineData(1501, 0, "1501:0")]
    [InlineData(42, 0, "42:0")]
    [InlineData(500, 0, "500:0")]
    [InlineData(200000, 200000, "200000:200000")]
    public void An_owner_is_a_user_that_something_makes(int user, int group, string? shown)
    {
        var tree = new FileTreeBuilder().File("usr/lib/tool", CheckedTrees.Octal("644"), (uint)user, (uint)group).Build();

        var findings = CheckedTrees.Run(new OwnerCheck(), tree, Base);

        Assert.Equal(shown is null ? [] : ["COMPOSE2024"], findings.Select(finding => finding.Descriptor.Code));
        Assert.All(findings, finding => Assert.Contains($"'/usr/lib/tool' belongs to {shown},", finding.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Users_of_a_build_host_and_system_users_are_told_apart()
    {
        var tree = new FileTreeBuilder().File("usr/lib/a", CheckedTrees.Octal("644"), 1000).File("usr/lib/b", CheckedTrees.Octal("644"), 998, 998).Build();

        var findings = CheckedTrees.Run(new OwnerCheck(), tree, Base);

        Assert.Equal(["/usr/lib/a", "/usr/lib/b"], findings.Select(finding => finding.Path));
        Assert.Contains("the machine where it was built", findings[0].Message, StringComparison.Ordinal);
        Assert.Contains("a system user or group", findings[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Users_that_the_extension_or_a_referenced_one_declares_are_known()
    {
        var tree = new FileTreeBuilder().SetText("usr/lib/sysusers.d/tool.conf", "u tool 1200\n")
            .File("usr/lib/a", CheckedTrees.Octal("644"), 1200, 1200).File("usr/lib/b", CheckedTrees.Octal("644"), 0, 1300).Build();
        var other = new ReferencedExtension("other", new FileTreeBuilder().SetText("usr/lib/sysusers.d/other.conf", "g other 1300\n").Build());

        Assert.Empty(CheckedTrees.Run(new OwnerCheck(), tree, Base, [other]));
        Assert.Single(CheckedTrees.Run(new OwnerCheck(), tree, Base));
    }

    [Fact]
    public void Without_a_base_nothing_is_known_of_system_users()
    {
        var tree = new FileTreeBuilder().File("usr/lib/a", CheckedTrees.Octal("644"), 1000).File("usr/lib/b", CheckedTrees.Octal("644"), 0, 42).Build();
        Assert.Equal("/usr/lib/a", Assert.Single(CheckedTrees.Run(new OwnerCheck(), tree)).Path);
        Assert.Equal("/usr/lib/a", Assert.Single(CheckedTrees.Run(new OwnerCheck(), tree, Trees.Of("usr/bin/bash"))).Path);
    }

    [Fact]
    public void Users_of_Flatcars_base_are_known()
    {
        var tree = new FileTreeBuilder().File("usr/lib/a", CheckedTrees.Octal("644"), 232, 233).File("usr/lib/b", CheckedTrees.Octal("644"), 234).Build();
        var flatcar = new FileTreeBuilder(Base)
            .SetText("usr/share/baselayout/passwd", "etcd:x:232:232::/dev/null:/bin/false\n")
            .SetText("usr/share/baselayout/group", "docker:x:233:core\n")
            .Build();

        Assert.Equal("/usr/lib/b", Assert.Single(CheckedTrees.Run(new OwnerCheck(), tree, flatcar)).Path);
    }

    [Fact]
    public void A_declaration_that_another_file_of_its_name_hides_makes_no_user()
    {
        var tree = new FileTreeBuilder().File("usr/lib/a", CheckedTrees.Octal("644"), 77).Build();
        var hidden = new FileTreeBuilder(Base).SetText("usr/share/flatcar/etc/sysusers.d/basic.conf", "g shadow 42\n").Build();

        Assert.Empty(CheckedTrees.Run(new OwnerCheck(), tree, Base));
        Assert.Single(CheckedTrees.Run(new OwnerCheck(), tree, hidden));
    }

    [Fact]
    public void A_file_of_users_that_is_no_text_is_passed_over()
    {
        var noise = new byte[4096];
        new Random(1).NextBytes(noise);
        var lines = new FileTreeBuilder()
            .Set("usr/lib/sysusers.d/noise.conf", new FileEntry(EntryMetadata.File, new BytesContent(noise)))
            .SetText("usr/lib/sysusers.d/odd.conf", "u\nu a\nu a :\nu a :::\ng g 99999999999\n\0\n")
            .SetText("usr/share/flatcar/etc/passwd", ":::\n::::::\na:b:-1:-1\n")
            .Build();
        var tree = new FileTreeBuilder().File("usr/lib/a", CheckedTrees.Octal("644"), 1000).Build();

        Assert.Equal(DiagnosticSeverity.Warning, Assert.Single(CheckedTrees.Run(new OwnerCheck(), tree, lines)).Descriptor.Severity);
    }
}
