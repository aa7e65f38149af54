using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Checks.Layout;

namespace Compose.Images.Tests.Checks.Layout;

public sealed class FileModeTests
{
    [Theory]
    [InlineData("4755", 0, 0, "setuid 0")]
    [InlineData("2755", 0, 42, "setgid 42")]
    [InlineData("6755", 7, 8, "setuid 7, setgid 8")]
    [InlineData("2644", 0, 0, null)]
    [InlineData("755", 0, 0, null)]
    public void A_program_that_gives_rights_is_found(string mode, int user, int group, string? rights)
    {
        var tree = new FileTreeBuilder().File("usr/bin/x", CheckedTrees.Octal(mode), (uint)user, (uint)group).Build();

        var findings = CheckedTrees.Run(new PrivilegedFileCheck(), tree);

        Assert.Equal(rights is null ? [] : ["COMPOSE2025"], findings.Select(finding => finding.Descriptor.Code));
        Assert.All(findings, finding => Assert.Equal($"'/usr/bin/x' gives rights to every user who starts it ({rights}).", finding.Message));
    }

    [Fact]
    public void Capabilities_are_found_and_other_attributes_are_not()
    {
        var tree = new FileTreeBuilder()
            .File("usr/bin/ping", CheckedTrees.Octal("755"), 0, 0, "security.capability=cap")
            .File("usr/bin/x", CheckedTrees.Octal("755"), 0, 0, "security.selinux=bin_t")
            .Build();

        Assert.Equal("/usr/bin/ping", Assert.Single(CheckedTrees.Run(new PrivilegedFileCheck(), tree)).Path);
    }

    [Fact]
    public void A_directory_hands_on_its_group_and_gives_no_rights()
    {
        var tree = new FileTreeBuilder().Directory("usr/share/x", CheckedTrees.Octal("2775"), 0, 50).Build();
        Assert.Empty(CheckedTrees.Run(new PrivilegedFileCheck(), tree));
    }

    [Fact]
    public void What_the_base_gives_rights_to_as_well_is_no_news()
    {
        var tree = new FileTreeBuilder().File("usr/bin/su", CheckedTrees.Octal("4755")).Build();
        var weaker = new FileTreeBuilder().File("usr/bin/su", CheckedTrees.Octal("755")).Build();

        Assert.Empty(CheckedTrees.Run(new PrivilegedFileCheck(), tree, tree));
        Assert.Single(CheckedTrees.Run(new PrivilegedFileCheck(), tree, weaker));
    }

    [Fact]
    public void What_every_user_may_write_is_found()
    {
        var tree = new FileTreeBuilder(Trees.Of("usr/lib/link -> x"))
            .File("usr/lib/a", CheckedTrees.Octal("666"))
            .File("usr/lib/b", CheckedTrees.Octal("664"))
            .Directory("usr/lib/c", CheckedTrees.Octal("777"))
            .Directory("usr/lib/d", CheckedTrees.Octal("1777"))
            .Build();

        var findings = CheckedTrees.Run(new WorldWritableCheck(), tree);

        Assert.Equal(["Every user may write '/usr/lib/a' (0666).", "Every user may write '/usr/lib/c' (0777)."], findings.Select(finding => finding.Message));
        Assert.All(findings, finding => Assert.Equal(("COMPOSE2026", DiagnosticSeverity.Warning), (finding.Descriptor.Code, finding.Descriptor.Severity)));
    }

    [Fact]
    public void Devices_pipes_and_sockets_are_found()
    {
        var tree = new FileTreeBuilder(Trees.Of("usr/lib/file", "usr/lib/link -> file"))
            .Set("usr/lib/disk", new DeviceEntry(EntryMetadata.File, DeviceKind.Block, 8, 0))
            .Set("usr/lib/null", new DeviceEntry(EntryMetadata.File, DeviceKind.Character, 1, 3))
            .Set("usr/lib/pipe", new FifoEntry(EntryMetadata.File))
            .Set("usr/lib/socket", new SocketEntry(EntryMetadata.File))
            .Set("usr/lib/whiteout", new DeviceEntry(EntryMetadata.File, DeviceKind.Character, 0, 0))
            .Build();

        var findings = CheckedTrees.Run(new SpecialFileCheck(), tree);

        Assert.Equal(
            ["'/usr/lib/disk' is a block device 8:0", "'/usr/lib/null' is a character device 1:3", "'/usr/lib/pipe' is a pipe", "'/usr/lib/socket' is a socket"],
            findings.Select(finding => finding.Message.Split(',')[0]));
        Assert.All(findings, finding => Assert.Equal("COMPOSE2027", finding.Descriptor.Code));
    }
}
