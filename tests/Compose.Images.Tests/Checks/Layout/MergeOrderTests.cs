using Compose.FileTrees;
using Compose.Images.Checks.Layout;
using Compose.Images.Extensions;

namespace Compose.Images.Tests.Checks.Layout;

public sealed class MergeOrderTests
{
    /// <summary>The services as systemd 257 has them.</summary>
    private static readonly FileTree Base = new FileTreeBuilder()
        .SetText("usr/lib/systemd/system/systemd-sysext.service", """
            [Unit]
            DefaultDependencies=no
            After=local-fs.target
            Before=sysinit.target systemd-tmpfiles-setup.service
            [Service]
            ExecStart=systemd-sysext refresh

            """)
        .SetText("usr/lib/systemd/system/systemd-sysusers.service", """
            [Unit]
            After=systemd-remount-fs.service
            Before=sysinit.target systemd-update-done.service
            [Service]
            ExecStart=systemd-sysusers

            """)
        .SetText("usr/lib/systemd/system/systemd-tmpfiles-setup.service", """
            [Unit]
            After=local-fs.target systemd-sysusers.service
            [Service]
            ExecStart=systemd-tmpfiles --create --remove --boot --exclude-prefix=/dev

            """)
        .Build();

    private static readonly FileTree Extension = Trees.Of("usr/lib/sysusers.d/tool.conf", "usr/lib/tmpfiles.d/tool.conf");

    [Fact]
    public void Users_are_made_before_the_merge_by_systemd_as_it_is()
    {
        var finding = Assert.Single(CheckedTrees.Run(new MergeOrderCheck(), Extension, Base));
        Assert.Equal(("COMPOSE2034", "/usr/lib/sysusers.d/tool.conf"), (finding.Descriptor.Code, finding.Path));
    }

    [Theory]
    [InlineData("usr/lib/systemd/system/again.service", "[Unit]\nAfter=systemd-sysext.service\n[Service]\nExecStart=-/usr/bin/systemd-sysusers\n")]
    [InlineData("usr/share/flatcar/etc/systemd/system/again.service", "[Unit]\nAfter=x.service \\\n systemd-sysext.service\n[Service]\nExecStart=systemd-sysusers\n")]
    [InlineData("usr/lib/systemd/system/systemd-sysusers.service.d/later.conf", "[Unit]\nAfter=systemd-sysext.service\n")]
    [InlineData("usr/lib/systemd/system/systemd-sysext.service.d/early.conf", "[Unit]\nBefore=systemd-sysusers.service\n")]
    public void A_base_that_makes_users_after_the_merge_is_right(string path, string text) =>
        Assert.Empty(CheckedTrees.Run(new MergeOrderCheck(), Extension, new FileTreeBuilder(Base).SetText(path, text).Build()));

    [Theory]
    [InlineData("usr/lib/systemd/system/again.service", "[Service]\nExecStart=systemd-sysusers\n")]
    [InlineData("usr/lib/systemd/system/again.service", "[Unit]\nAfter=systemd-sysext.service\n[Service]\nExecStart=systemctl systemd-sysusers\n")]
    [InlineData("usr/lib/systemd/system/again.service", "[Unit]\nAfter=systemd-sysext.service\n[Service]\n#ExecStart=systemd-sysusers\n")]
    [InlineData("usr/lib/systemd/system/loop.service", "\0=\n=\n[\nAfter\n")]
    public void Another_service_does_not_help(string path, string text) =>
        Assert.Single(CheckedTrees.Run(new MergeOrderCheck(), Extension, new FileTreeBuilder(Base).SetText(path, text).Build()));

    [Fact]
    public void A_service_that_is_masked_or_runs_something_else_does_not_help()
    {
        var again = new FileTreeBuilder(Base)
            .SetText("usr/lib/systemd/system/again.service", "[Unit]\nAfter=systemd-sysext.service\n[Service]\nExecStart=systemd-sysusers\n").Build();
        var masked = new FileTreeBuilder(again).Set("usr/share/flatcar/etc/systemd/system/again.service", new SymlinkEntry("/dev/null")).Build();
        var other = new FileTreeBuilder(again).SetText("usr/lib/systemd/system/again.service.d/10-other.conf", "[Service]\nExecStart=\nExecStart=true\n").Build();

        Assert.Empty(CheckedTrees.Run(new MergeOrderCheck(), Extension, again));
        Assert.Single(CheckedTrees.Run(new MergeOrderCheck(), Extension, masked));
        Assert.Single(CheckedTrees.Run(new MergeOrderCheck(), Extension, other));
    }

    [Fact]
    public void A_service_of_an_extension_runs_after_the_merge()
    {
        const string path = "usr/lib/systemd/system/tool-users.service";
        const string text = "[Service]\nExecStart=systemd-sysusers tool.conf\n";

        Assert.Empty(CheckedTrees.Run(new MergeOrderCheck(), new FileTreeBuilder(Extension).SetText(path, text).Build(), Base));
        Assert.Empty(CheckedTrees.Run(new MergeOrderCheck(), Extension, Base, [new("other", new FileTreeBuilder().SetText(path, text).Build())]));
    }

    [Fact]
    public void Files_are_not_made_when_systemd_tmpfiles_runs_for_dev_alone()
    {
        var builder = new FileTreeBuilder(Base);
        builder.SetText("usr/lib/systemd/system/systemd-tmpfiles-setup.service", "[Service]\nExecStart=systemd-tmpfiles --prefix=/dev --create\n");
        builder.SetText("usr/lib/systemd/system/systemd-tmpfiles-clean.service", "[Unit]\nAfter=systemd-sysext.service\n[Service]\nExecStart=systemd-tmpfiles --clean\n");

        var findings = CheckedTrees.Run(new MergeOrderCheck(), Trees.Of("usr/lib/tmpfiles.d/tool.conf"), builder.Build());

        Assert.Equal("/usr/lib/tmpfiles.d/tool.conf", Assert.Single(findings).Path);
    }

    [Fact]
    public void Nothing_is_said_where_nothing_is_declared_or_known()
    {
        Assert.Empty(CheckedTrees.Run(new MergeOrderCheck(), Trees.Of("usr/bin/tool", "usr/lib/sysusers.d/README"), Base));
        Assert.Empty(CheckedTrees.Run(new MergeOrderCheck(), Extension));

        // No such service: the base merges in its initrd.
        Assert.Empty(CheckedTrees.Run(new MergeOrderCheck(), Extension, Trees.Of("usr/lib/systemd/system/x.service")));
        Assert.Empty(CheckedTrees.Run(
            new MergeOrderCheck(), Trees.Of("etc/sysusers.d/tool.conf"), Base, definition: new() { Name = "tool", Kind = ExtensionKind.Configuration }));
    }
}
