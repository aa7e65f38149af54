using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.Images.Extensions;
using Compose.Images.Trees;

namespace Compose.Images.Tests;

public class ExtensionBuilderTests
{
    private static readonly FileTree Base = new FileTreeBuilder(
            Trees.Of("usr/sbin -> bin", "usr/bin/bash", "usr/lib/systemd/system/sockets.target", "usr/lib/x/file"))
        .SetText("usr/lib/os-release", "ID=compose-os\nVERSION_ID=1\nSYSEXT_LEVEL=1.0\n")
        .Build();

    private readonly RecordingReporter _reporter = new();

    [Fact]
    public void An_extension_is_its_packages_files_and_release()
    {
        var tree = Build(new()
        {
            Name = "tool",
            Packages = [Trees.Package("tool", "usr/bin/tool", "lib/tool/data"), Trees.Package("libtool", "usr/lib/libtool.so.1")],
            Files = Trees.Of("usr/bin/extra"),
            Declared = new() { Symlinks = [new("/usr/bin/alias", "tool")] },
        });

        Assert.Equal(
            ["usr/bin/alias", "usr/bin/extra", "usr/bin/tool", "usr/lib/extension-release.d/extension-release.tool", "usr/lib/libtool.so.1", "usr/lib/tool/data"],
            tree.Files());
        Assert.Equal("ID=compose-os\nSYSEXT_LEVEL=1.0\n", tree.Text("usr/lib/extension-release.d/extension-release.tool"));
        Assert.Empty(_reporter.Diagnostics);
    }

    [Fact]
    public void Files_of_the_project_win_over_packages()
    {
        var files = new FileTreeBuilder().SetText("usr/bin/tool", "mine").Build();
        var tree = Build(new() { Name = "tool", Packages = [Trees.Package("tool", "usr/bin/tool")], Files = files });
        Assert.Equal("mine", tree.Text("usr/bin/tool"));
    }

    [Theory]
    [InlineData("usr/share/doc/x/copyright")]
    [InlineData("usr/share/man/man1/x.1.gz")]
    [InlineData("usr/share/locale/de/LC_MESSAGES/x.mo")]
    [InlineData("usr/share/lintian/overrides/x")]
    [InlineData("etc/init.d/x")]
    public void Documentation_locales_and_package_data_are_left_out(string path) =>
        Assert.DoesNotContain(path, Build(new() { Name = "tool", Packages = [Trees.Package("x", "usr/bin/x", path)] }).Files());

    [Fact]
    public void Documentation_stays_when_asked_for()
    {
        var tree = Build(new()
        {
            Name = "tool",
            Packages = [Trees.Package("x", "usr/bin/x", "usr/share/doc/x/README", "usr/share/locale/de/x.mo")],
            Exclusions = new(Documentation: true),
        });
        Assert.Contains("usr/share/doc/x/README", tree.Files());
        Assert.DoesNotContain("usr/share/locale/de/x.mo", tree.Files());
    }

    [Fact]
    public void Configuration_moves_below_usr_and_systemd_tmpfiles_copies_it_back()
    {
        var etc = new FileTreeBuilder(Trees.Of("usr/bin/x", "etc/x/a b.conf", "etc/x/100%", "etc/link -> x/a", "etc/empty/", "var/lib/x/"))
            .Set("etc/secret", new DirectoryEntry(EntryMetadata.Directory with { Permissions = 0x1C0 }))
            .SetText("etc/secret/key", "k")
            .Build();
        var tree = Build(new() { Name = "tool", Packages = [new("x", "1", etc, [])] });

        Assert.Contains("usr/share/tool/etc/x/a b.conf", tree.Files());
        Assert.DoesNotContain(tree.Files(), path => path.StartsWith("etc/", StringComparison.Ordinal));

        // The oracle: systemd-tmpfiles reads the rules and acts on a root that holds the extension.
        var root = Directory.CreateTempSubdirectory("compose-tmpfiles-");
        try
        {
            var image = Path.Combine(root.FullName, "image");
            HostDirectoryWriter.Write(tree, image);
            ExternalTool.Run("systemd-tmpfiles", "--create", "--root=" + image, Path.Combine(image, "usr/lib/tmpfiles.d/10-tool.conf"));
            Assert.Equal("etc/x/a b.conf", File.ReadAllText(Path.Combine(image, "etc/x/a b.conf")));
            Assert.Equal("etc/x/100%", File.ReadAllText(Path.Combine(image, "etc/x/100%")));
            Assert.Equal("k", File.ReadAllText(Path.Combine(image, "etc/secret/key")));
            Assert.Equal((UnixFileMode)0x1C0, new DirectoryInfo(Path.Combine(image, "etc/secret")).UnixFileMode);
            Assert.Equal("x/a", new FileInfo(Path.Combine(image, "etc/link")).LinkTarget);
            Assert.True(Directory.Exists(Path.Combine(image, "etc/empty")));
            Assert.True(Directory.Exists(Path.Combine(image, "var/lib/x")));
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_file_of_a_package_outside_usr_is_left_out_with_a_warning()
    {
        var tree = Build(new() { Name = "tool", Packages = [Trees.Package("x", "usr/bin/x", "srv/data", "opt/x/y")] });
        Assert.Contains("opt/x/y", tree.Files());
        Assert.DoesNotContain("srv/data", tree.Files());
        var diagnostic = _reporter.Single(ImageDiagnostics.OutsideUsrAndOpt);
        Assert.Equal(DiagnosticSeverity.Warning, diagnostic.Descriptor.Severity);
        Assert.Contains("/srv/data", diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_the_project_outside_usr_is_an_error()
    {
        var diagnostic = Fails(new() { Name = "tool", Files = Trees.Of("usr/bin/x", "srv/data") });
        Assert.Equal(("COMPOSE2001", DiagnosticSeverity.Error), (diagnostic.Descriptor.Code, diagnostic.Descriptor.Severity));
    }

    [Fact]
    public void A_directory_over_a_link_of_the_base_is_reported()
    {
        Build(new() { Name = "tool", Files = Trees.Of("usr/sbin/tool") });
        Assert.Contains("/usr/sbin", _reporter.Single(ImageDiagnostics.DirectoryOverSymlink).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_over_a_directory_of_the_base_is_reported()
    {
        Build(new() { Name = "tool", Files = Trees.Of("usr/bin/tool", "usr/lib/x -> y") });
        Assert.Contains("/usr/lib/x", _reporter.Single(ImageDiagnostics.DirectoryOverSymlink).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_path_in_two_extensions_is_reported_for_each_pair()
    {
        var one = new ReferencedExtension("one", Trees.Of("usr/bin/shared", "usr/bin/one"));
        var two = new ReferencedExtension("two", Trees.Of("usr/bin/shared"));
        Build(new() { Name = "tool", Files = Trees.Of("usr/bin/one") }, one, two);
        Assert.Equal(
            ["'/usr/bin/one' is in the extensions tool and one", "'/usr/bin/shared' is in the extensions one and two"],
            _reporter.Diagnostics.Select(diagnostic => diagnostic.Message.Split(',')[0]));
        Assert.All(_reporter.Codes, code => Assert.Equal("COMPOSE2003", code));
    }

    [Fact]
    public void A_hidden_file_of_the_base_is_reported()
    {
        var files = new FileTreeBuilder().SetText("usr/bin/bash", "another shell").Build();
        Build(new() { Name = "tool", Files = files });
        Assert.Contains("/usr/bin/bash", _reporter.Single(ImageDiagnostics.HidesBaseFile).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scripts_are_named_for_each_package()
    {
        Build(new()
        {
            Name = "tool",
            Packages = [Trees.Package("a", "usr/bin/a"), new("b", "2.0", Trees.Of("usr/bin/b"), ["postinst", "prerm"])],
        });
        var diagnostic = _reporter.Single(ImageDiagnostics.ScriptNotRun);
        Assert.Equal(("b", DiagnosticSeverity.Message), (diagnostic.Item, diagnostic.Descriptor.Severity));
        Assert.Contains("postinst, prerm", diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Units_get_drop_ins_that_start_them()
    {
        var tree = Build(new()
        {
            Name = "tool",
            Files = new FileTreeBuilder(Trees.Of("usr/lib/systemd/system/tool.socket"))
                .SetText("usr/lib/systemd/system/tool.socket", "[Socket]\nListenStream=/run/tool\nAccept=yes\n").Build(),
            Units = [new("tool.socket", "sockets.target")],
        });
        Assert.Equal("[Unit]\nUpholds=tool.socket\n", tree.Text("usr/lib/systemd/system/sockets.target.d/10-tool-socket.conf"));
        Assert.Contains("EXTENSION_RELOAD_MANAGER=1\n", tree.Text("usr/lib/extension-release.d/extension-release.tool"), StringComparison.Ordinal);
        Assert.Empty(_reporter.Diagnostics);
    }

    [Theory]
    [InlineData("missing.service", null, "missing.service")]
    [InlineData("tool.socket", "missing.target", "missing.target")]
    public void A_unit_that_is_in_no_tree_is_reported(string unit, string? target, string missing)
    {
        Build(new() { Name = "tool", Files = Trees.Of("usr/lib/systemd/system/tool.socket"), Units = [new(unit, target)] });
        var diagnostic = _reporter.Single(ImageDiagnostics.UnitNotFound);
        Assert.Equal(unit, diagnostic.Item);
        Assert.Contains($"'{missing}'", diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("web@1.service", "usr/lib/systemd/system/web@.service")]
    [InlineData("web.service", "usr/share/containers/systemd/web.container")]
    [InlineData("web@1.service", "usr/share/containers/systemd/web@.container")]
    [InlineData("data-volume.service", "usr/share/containers/systemd/data.volume")]
    public void A_unit_may_be_made_of_a_template_or_by_the_generator_of_podman(string unit, string file)
    {
        Build(new() { Name = "tool", Files = new FileTreeBuilder(Trees.Of("usr/bin/web")).SetText(file, "[Service]\nExecStart=/usr/bin/web\n").Build(), Units = [new(unit)] });
        Assert.DoesNotContain("COMPOSE2005", _reporter.Codes);
    }

    [Theory]
    [InlineData("data.service", "usr/share/containers/systemd/data.volume")]
    [InlineData("web.service", "usr/share/containers/systemd/web.service.container")]
    public void Other_files_of_containers_do_not_make_the_unit(string unit, string file)
    {
        Build(new() { Name = "tool", Files = Trees.Of(file), Units = [new(unit)] });
        _reporter.Single(ImageDiagnostics.UnitNotFound);
    }

    [Theory]
    [InlineData("../tool.service", null)]
    [InlineData("a/b.service", null)]
    [InlineData("tool", null)]
    [InlineData("tool.service", "a/b.target")]
    [InlineData("tool.service\nWants=x.service", "multi-user.target")]
    public void What_is_no_name_of_a_unit_is_an_error_at_its_item(string unit, string? target)
    {
        var diagnostic = Fails(new() { Name = "tool", Files = Trees.Of("usr/bin/x"), Units = [new(unit, target)] });
        Assert.Equal(("COMPOSE2009", unit), (diagnostic.Descriptor.Code, diagnostic.Item));
    }

    [Fact]
    public void Drop_ins_of_two_units_that_would_have_one_name_are_an_error() =>
        Assert.Equal("COMPOSE2014", Fails(new()
        {
            Name = "tool",
            Files = Trees.Of("usr/lib/systemd/system/a.b.service", "usr/lib/systemd/system/a-b.service"),
            Units = [new("a.b.service", "multi-user.target"), new("a-b.service", "multi-user.target")],
        }).Descriptor.Code);

    [Fact]
    public void An_os_release_in_an_extension_is_reported()
    {
        Build(new() { Name = "tool", Files = Trees.Of("usr/lib/os-release") });
        _reporter.Single(ImageDiagnostics.OsReleaseInExtension);
    }

    [Fact]
    public void An_empty_extension_is_refused() =>
        Assert.Equal("COMPOSE2010", Fails(new() { Name = "tool" }).Descriptor.Code);

    [Fact]
    public void Different_files_at_one_path_of_two_packages_are_reported()
    {
        var other = new PackageInput("b", "1", new FileTreeBuilder().SetText("usr/bin/x", "other").Build(), []);
        var tree = Build(new() { Name = "tool", Packages = [other, Trees.Package("a", "usr/bin/x")] });
        Assert.Equal("other", tree.Text("usr/bin/x"));
        _reporter.Single(ImageDiagnostics.PathInTwoInputs);
    }

    [Fact]
    public void The_links_of_an_unmerged_root_are_dropped()
    {
        var tree = Build(new() { Name = "tool", Packages = [Trees.Package("base-files", "bin -> usr/bin", "usr/bin/x"), Trees.Package("y", "bin/y")] });
        Assert.Contains("usr/bin/y", tree.Files());
        Assert.Empty(_reporter.Diagnostics);
    }

    [Theory]
    [InlineData("", "x")]
    [InlineData("../x", "y")]
    [InlineData("usr/x", "")]
    public void A_link_needs_a_path_and_a_target(string path, string target) =>
        Assert.Equal("COMPOSE2009", Fails(new() { Name = "tool", Declared = new() { Symlinks = [new(path, target)] } }).Descriptor.Code);

    [Fact]
    public void What_the_build_made_has_the_time_of_the_newest_input()
    {
        var tree = Build(new() { Name = "tool", Packages = [Trees.Package("x", "usr/bin/x")], Files = Trees.Of("usr/bin/y") });
        Assert.All(tree.Where(item => item.Entry is not DirectoryEntry), item => Assert.Equal(1_700_000_000, item.Entry.Metadata.ModifiedTime));
        var earlier = Build(new() { Name = "tool", Packages = [Trees.Package("x", "usr/bin/x")], SourceDateEpoch = 5 });
        Assert.All(earlier, item => Assert.Equal(5, item.Entry.Metadata.ModifiedTime));
    }

    private FileTree Build(ExtensionDefinition definition, params ReferencedExtension[] references) =>
        new ExtensionBuilder(_reporter).Build(definition, Base, references);

    private Diagnostic Fails(ExtensionDefinition definition) =>
        Assert.Throws<DiagnosticException>(() => Build(definition)).Diagnostic;
}
