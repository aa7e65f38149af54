using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Checks.Layout;
using Compose.Images.Extensions;

namespace Compose.Images.Tests.Checks.Layout;

public sealed class FolderTests
{
    private static readonly FileTree Base = Trees.Of("usr/lib/modules/6.1/modules.dep", "usr/lib/modules/6.1/kernel/a.ko.xz");

    [Fact]
    public void Files_of_depmod_hide_those_of_the_base()
    {
        var tree = Trees.Of("usr/lib/modules/6.1/modules.dep", "usr/lib/modules/6.1/modules.softdep", "usr/lib/modules/6.1/extra/b.ko", "usr/lib/modules/6.1/extra/modules.txt");

        foreach (var baseTree in (FileTree?[])[Base, null])
        {
            Assert.Equal(
                [("COMPOSE2029", "/usr/lib/modules/6.1/modules.dep"), ("COMPOSE2029", "/usr/lib/modules/6.1/modules.softdep")],
                CheckedTrees.Run(new KernelModuleCheck(), tree, baseTree).Select(finding => (finding.Descriptor.Code, finding.Path!)));
        }
    }

    [Fact]
    public void Modules_of_the_base_s_kernel_alone_are_right() =>
        Assert.Empty(CheckedTrees.Run(new KernelModuleCheck(), Trees.Of("usr/lib/modules/6.1/extra/b.ko.zst"), Base));

    [Theory]
    [InlineData("b.ko", true)]
    [InlineData("b.ko.gz", true)]
    [InlineData("b.ko.xz", true)]
    [InlineData("b.ko.zst", true)]
    [InlineData("b.korn", false)]
    public void Modules_of_another_kernel_are_found(string name, bool isModule)
    {
        var tree = Trees.Of($"usr/lib/modules/6.2/extra/{name}", "usr/lib/modules/6.2/modules.dep");

        var findings = CheckedTrees.Run(new KernelModuleCheck(), tree, Base);

        Assert.Equal(isModule ? ["COMPOSE2032"] : [], findings.Select(finding => finding.Descriptor.Code));
        Assert.All(findings, finding => Assert.Contains("is for the kernel 6.2; the base has 6.1.", finding.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void On_a_base_without_a_kernel_any_modules_may_be_right() =>
        Assert.Empty(CheckedTrees.Run(new KernelModuleCheck(), Trees.Of("usr/lib/modules/6.2/b.ko", "usr/lib/modules/6.2/modules.dep"), Trees.Of("usr/bin/bash")));

    [Fact]
    public void A_package_database_is_found_unless_it_is_wanted()
    {
        var tree = Trees.Of("usr/lib/sysimage/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/index/Name", "usr/lib/rpm/macros", "usr/lib/apk/db/");

        var finding = Assert.Single(CheckedTrees.Run(new PackageDatabaseCheck(), tree));

        Assert.Equal(("COMPOSE2033", "/usr/lib/sysimage/rpm"), (finding.Descriptor.Code, finding.Path));
        Assert.Contains("'/usr/lib/sysimage/rpm' is a package manager's database (2 files, 0.0 MB)", finding.Message, StringComparison.Ordinal);
        Assert.Empty(CheckedTrees.Run(
            new PackageDatabaseCheck(), tree, definition: new() { Name = "tool", Exclusions = new(PackageDatabases: true) }));
    }

    [Fact]
    public void Package_databases_of_inputs_are_left_out()
    {
        string[] databases = ["var/lib/rpm/rpmdb.sqlite", "usr/lib/sysimage/rpm/rpmdb.sqlite", "var/lib/pacman/local/x", "lib/apk/db/installed", "var/db/pkg/x"];
        var reporter = new RecordingReporter();
        var tree = new ExtensionBuilder(reporter).Build(new() { Name = "tool", Inputs = [new("image", null, Trees.Of([.. databases, "usr/bin/x"]))] }, null, []);

        Assert.Equal(["usr/bin/x", "usr/lib/extension-release.d/extension-release.tool"], tree.Files());
        Assert.Empty(reporter.Diagnostics);
    }

    [Fact]
    public void A_folder_for_state_is_found_and_a_link_is_not()
    {
        var tree = Trees.Of("usr/var/lib/tool/", "usr/run/tool/x", "usr/tmp -> ../var/tmp", "usr/lib/var/x");

        Assert.Equal(
            [("COMPOSE2037", "/usr/run"), ("COMPOSE2037", "/usr/var")],
            CheckedTrees.Run(new StateFolderCheck(), tree).Select(finding => (finding.Descriptor.Code, finding.Path!)));
        Assert.Empty(CheckedTrees.Run(new StateFolderCheck(), tree, tree));
    }

    [Theory]
    [InlineData("SELINUX=enforcing\n", "enforcing")]
    [InlineData("# SELINUX=disabled\n SELINUX=permissive\nSELINUXTYPE=mcs\n", "permissive")]
    [InlineData("SELINUX=disabled\n", null)]
    [InlineData("SELINUXTYPE=mcs\n", null)]
    public void Files_without_labels_are_named_where_the_base_uses_selinux(string configuration, string? mode)
    {
        var baseTree = new FileTreeBuilder().SetText("usr/share/flatcar/etc/selinux/config", configuration).Build();
        var tree = new FileTreeBuilder()
            .Directory("usr", CheckedTrees.Octal("755"), 0, 0, "security.selinux=usr_t")
            .Directory("usr/bin", CheckedTrees.Octal("755"), 0, 0, "security.selinux=bin_t")
            .File("usr/bin/a", CheckedTrees.Octal("755"), 0, 0, "security.selinux=bin_t")
            .File("usr/bin/b", CheckedTrees.Octal("755"))
            .Build();

        var findings = CheckedTrees.Run(new SecurityLabelCheck(), tree, baseTree);

        Assert.Equal(mode is null ? [] : [("COMPOSE2036", "/usr/bin/b")], findings.Select(finding => (finding.Descriptor.Code, finding.Path)));
        Assert.All(findings, finding => Assert.Contains($"({mode}), and 1 of 4 entries", finding.Message, StringComparison.Ordinal));
        Assert.All(findings, finding => Assert.Equal(DiagnosticSeverity.Message, finding.Descriptor.Severity));
        Assert.Empty(CheckedTrees.Run(new SecurityLabelCheck(), tree));
    }

    [Fact]
    public void What_is_lost_is_named_for_each_input_with_empty_directories()
    {
        var reporter = new RecordingReporter();
        new ExtensionBuilder(reporter).Build(
            new()
            {
                Name = "tool",
                Packages = [Trees.Package("a", "usr/bin/a", "srv/a", "var/lib/a/state", "home/a/"), Trees.Package("b", "srv/b", "media/", "var/cache/b/", "run/b/")],
            },
            null,
            []);

        Assert.Equal(
            [("a", "/home/a"), ("a", "/srv/a"), ("b", "/srv/b"), ("a", "/var/lib/a/state")],
            reporter.Diagnostics.Select(finding => (finding.Item!, finding.Path!)));
        Assert.All(reporter.Codes, code => Assert.Equal("COMPOSE2001", code));
    }

    [Fact]
    public void Directories_of_packages_in_run_are_made_at_boot()
    {
        var tree = new ExtensionBuilder(new RecordingReporter()).Build(new() { Name = "tool", Packages = [Trees.Package("a", "usr/bin/a", "run/a/b/")] }, null, []);
        Assert.Equal("d /run/a 0755 0 0 -\nd /run/a/b 0755 0 0 -\n", tree.Text("usr/lib/tmpfiles.d/10-tool.conf"));
    }
}
