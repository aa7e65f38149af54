using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.Images.Declarations;
using Compose.Images.Extensions;

namespace Compose.Images.Tests;

public sealed class DeclaredContentTests : IDisposable
{
    private static readonly FileTree Base = new FileTreeBuilder(Trees.Of("usr/lib/systemd/system/sockets.target", "usr/lib/systemd/system/getty@.service"))
        .SetText("usr/lib/os-release", "ID=compose-os\nVERSION_ID=1\n")
        .Build();

    private readonly RecordingReporter _reporter = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("compose-declared-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Files_are_where_they_are_wanted_with_their_owners()
    {
        var tree = Build(new()
        {
            Files =
            [
                new("plain", new BytesContent("a"), false, "/usr/share/a"),
                new("program", new BytesContent("b"), true, "/opt/b"),
                new("secret", new BytesContent("c"), false, "/usr/share/c", "0640", "12", "34"),
            ],
        });

        Assert.Equal("a", tree.Text("usr/share/a"));
        Assert.Equal([(0x1A4, 0u, 0u), (0x1ED, 0u, 0u), (0x1A0, 12u, 34u)], ((string[])["usr/share/a", "opt/b", "usr/share/c"]).Select(path =>
        {
            Assert.True(tree.TryGet(TreePath.Parse(path), out var entry));
            return ((int)entry.Metadata.Permissions, entry.Metadata.UserId, entry.Metadata.GroupId);
        }));
    }

    [Fact]
    public void The_files_folder_wins_over_items()
    {
        var files = new FileTreeBuilder().SetText("usr/share/a", "folder").Build();
        var tree = Build(new() { Files = [new("a", new BytesContent("item"), false, "/usr/share/a")] }, files);
        Assert.Equal("folder", tree.Text("usr/share/a"));
    }

    [Fact]
    public void Directories_are_in_the_image_or_made_by_systemd_tmpfiles()
    {
        var tree = Build(new()
        {
            Directories =
            [
                new("/usr/share/x", "0711", "7", "8"),
                new("/var/lib/a b%", "0700"),
                new("/run/x"),
                new("/etc/x.d", "2775", "root", "0"),
            ],
        });
        Assert.True(tree.TryGet(TreePath.Parse("usr/share/x"), out var inImage));
        Assert.Equal((0x1C9, 7u, 8u), ((int)inImage.Metadata.Permissions, inImage.Metadata.UserId, inImage.Metadata.GroupId));

        var root = Write(tree);
        ExternalTool.Run("systemd-tmpfiles", "--create", "--root=" + root, Path.Combine(root, "usr/lib/tmpfiles.d/10-tool.conf"));
        Assert.Equal((UnixFileMode)0x1C0, new DirectoryInfo(Path.Combine(root, "var/lib/a b%")).UnixFileMode);
        Assert.Equal((UnixFileMode)0x1ED, new DirectoryInfo(Path.Combine(root, "run/x")).UnixFileMode);
        Assert.Equal((UnixFileMode)0x5FD, new DirectoryInfo(Path.Combine(root, "etc/x.d")).UnixFileMode);
    }

    [Fact]
    public void Users_and_groups_are_those_that_systemd_sysusers_makes()
    {
        var tree = Build(new()
        {
            Groups = [new("tool-access", "950", ["root"]), new("plain")],
            Users =
            [
                new("tool", "951", null, "A \"quoted\" tool, 100% \\o/", "/var/lib/tool", "/usr/bin/sh", ["tool-access"]),
                new("second", null, "tool-access"),
            ],
        });

        var root = Write(tree);
        Directory.CreateDirectory(Path.Combine(root, "etc"));
        System.IO.File.WriteAllText(Path.Combine(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
        System.IO.File.WriteAllText(Path.Combine(root, "etc/group"), "root:x:0:\n");
        ExternalTool.Run("systemd-sysusers", "--root=" + root, Path.Combine(root, "usr/lib/sysusers.d/10-tool.conf"));

        var users = System.IO.File.ReadAllLines(Path.Combine(root, "etc/passwd"));
        Assert.Contains("tool:x:951:951:A \"quoted\" tool, 100% \\o/:/var/lib/tool:/usr/bin/sh", users);
        Assert.Contains(users, line => line.StartsWith("second:x:", StringComparison.Ordinal) && line.Split(':')[3] == "950");
        var groups = System.IO.File.ReadAllLines(Path.Combine(root, "etc/group"));
        Assert.Contains("tool-access:x:950:root,tool", groups);
        Assert.Contains("tool:x:951:", groups);
        Assert.Contains(groups, line => line.StartsWith("plain:x:", StringComparison.Ordinal));
    }

    [Fact]
    public void Settings_are_drop_ins_that_systemd_reads()
    {
        var tree = Build(
            new()
            {
                UnitSettings =
                [
                    new("tool.service", "Service", "Environment", "A=1 \"B=two words\""),
                    new("tool.service", "Unit", "After", "basic.target"),
                    new("tool.service", "Service", "ExecStart", "/bin/true --new", Reset: true),
                    new("getty@tty1.service", "Service", "TTYVTDisallocate", null, Reset: true),
                ],
            },
            new FileTreeBuilder().SetText("usr/lib/systemd/system/tool.service", "[Unit]\nDescription=Tool\n\n[Service]\nExecStart=/bin/false --old\n").Build());

        const string dropIn = "usr/lib/systemd/system/tool.service.d/10-tool.conf";
        Assert.Equal(
            "[Service]\nEnvironment=A=1 \"B=two words\"\nExecStart=\nExecStart=/bin/true --new\n\n[Unit]\nAfter=basic.target\n", tree.Text(dropIn));
        Assert.Equal("[Service]\nTTYVTDisallocate=\n", tree.Text("usr/lib/systemd/system/getty@tty1.service.d/10-tool.conf"));

        // The base of this test has no programs.
        Assert.All(_reporter.Codes, code => Assert.Equal("COMPOSE2053", code));

        // The oracle: systemd loads the unit with its drop-in; two ExecStart= of a service of the default type would be refused.
        var units = Path.Combine(Write(tree), "usr/lib/systemd/system");
        ExternalTool.Run("systemd-analyze", "verify", "--man=no", Path.Combine(units, "tool.service"));
        System.IO.File.AppendAllText(Path.Combine(_directory, "root", dropIn), "[Service]\nExecStart=/bin/true\n");
        Assert.NotEqual(0, ExternalTool.TryRun("systemd-analyze", "verify", "--man=no", Path.Combine(units, "tool.service")).ExitCode);
    }

    [Fact]
    public void What_is_removed_is_gone_and_leaves_no_rule()
    {
        var tree = Build(
            new() { Removals = [new("/usr/share/x"), new("/usr/lib", "**/*.a"), new("/etc/y.conf")] },
            Trees.Of("usr/share/x/a", "usr/lib/x/b.a", "usr/lib/x/b.so", "etc/y.conf", "etc/z.conf"));

        Assert.Equal(
            ["usr/lib/extension-release.d/extension-release.tool", "usr/lib/tmpfiles.d/10-tool.conf", "usr/lib/x/b.so", "usr/share/tool/etc/z.conf"],
            tree.Files());
        Assert.DoesNotContain("y.conf", tree.Text("usr/lib/tmpfiles.d/10-tool.conf"), StringComparison.Ordinal);
        Assert.Empty(_reporter.Diagnostics);
    }

    [Fact]
    public void A_removal_of_nothing_is_reported()
    {
        Build(new() { Removals = [new("/usr/share/nothing", "*.x")] }, Trees.Of("usr/share/x"));
        var diagnostic = _reporter.Single(ImageDiagnostics.RemovesNothing);
        Assert.Equal(("/usr/share/nothing", DiagnosticSeverity.Warning), (diagnostic.Item, diagnostic.Descriptor.Severity));
    }

    [Fact]
    public void Settings_of_a_unit_that_is_nowhere_are_reported()
    {
        Build(new() { UnitSettings = [new("missing.service", "Unit", "After", "x.target"), new("system.slice", "Slice", "MemoryHigh", "1G")] });
        Assert.Equal("missing.service", _reporter.Single(ImageDiagnostics.SettingsOfNoUnit).Item);
    }

    public static TheoryData<string, DeclaredContent> Mistakes => new()
    {
        { "COMPOSE2009", new() { Files = [File("usr/x")] } },
        { "COMPOSE2009", new() { Files = [File("/usr/../x")] } },
        { "COMPOSE2009", new() { Files = [File("/usr//x")] } },
        { "COMPOSE2009", new() { Files = [File("/usr/x", mode: "999")] } },
        { "COMPOSE2009", new() { Files = [File("/usr/x", mode: "u+x")] } },
        { "COMPOSE2009", new() { Files = [File("/usr/x", user: "root")] } },
        { "COMPOSE2009", new() { Files = [File("/usr/x", user: "65535")] } },
        { "COMPOSE2001", new() { Files = [File("/srv/x")] } },
        { "COMPOSE2011", new() { Files = [File("/usr/x"), File("/usr/x")] } },
        { "COMPOSE3001", new() { Files = [File("/usr/x"), File("/usr/x/y")] } },
        { "COMPOSE2009", new() { Directories = [new("/")] } },
        { "COMPOSE2009", new() { Directories = [new("/var/lib/x/")] } },
        { "COMPOSE2009", new() { Directories = [new("/var/lib/x\ny")] } },
        { "COMPOSE2009", new() { Directories = [new("/var/lib/x", "07777")] } },
        { "COMPOSE2009", new() { Directories = [new("/var/lib/x", null, "two words")] } },
        { "COMPOSE2009", new() { Directories = [new("/usr/lib/x", null, "tool")] } },
        { "COMPOSE2009", new() { Directories = [new("/proc/x")] } },
        { "COMPOSE2011", new() { Directories = [new("/var/x"), new("/var/x")] } },
        { "COMPOSE2002", new() { Directories = [new("/usr/y")], Files = [File("/usr/y")] } },
        { "COMPOSE2009", new() { Removals = [new("usr/share")] } },
        { "COMPOSE2009", new() { Removals = [new("/usr", "../etc")] } },
        { "COMPOSE2009", new() { Users = [new("1user")] } },
        { "COMPOSE2009", new() { Users = [new("user:x")] } },
        { "COMPOSE2009", new() { Users = [new(new string('a', 32))] } },
        { "COMPOSE2009", new() { Users = [new("user", "-5")] } },
        { "COMPOSE2009", new() { Users = [new("user", Description: "a:b")] } },
        { "COMPOSE2009", new() { Users = [new("user", Description: "a\nu evil 0")] } },
        { "COMPOSE2009", new() { Users = [new("user", HomeDirectory: "home")] } },
        { "COMPOSE2009", new() { Users = [new("user", Shell: "/bin/../sh")] } },
        { "COMPOSE2009", new() { Users = [new("user", Groups: ["a b"])] } },
        { "COMPOSE2011", new() { Users = [new("user"), new("user")] } },
        { "COMPOSE2009", new() { Groups = [new("group", Members: ["x y"])] } },
        { "COMPOSE2011", new() { Groups = [new("group"), new("group")] } },
        { "COMPOSE2009", new() { UnitSettings = [new("tool", "Unit", "After", "x")] } },
        { "COMPOSE2009", new() { UnitSettings = [new("../x.service", "Unit", "After", "x")] } },
        { "COMPOSE2009", new() { UnitSettings = [new("x.service", "Unit]", "After", "x")] } },
        { "COMPOSE2009", new() { UnitSettings = [new("x.service", "Unit", "After=", "x")] } },
        { "COMPOSE2009", new() { UnitSettings = [new("x.service", "Unit", "After", null)] } },
        { "COMPOSE2009", new() { UnitSettings = [new("x.service", "Service", "ExecStart", "/bin/x\nUser=root")] } },
        { "COMPOSE2009", new() { UnitSettings = [new("x.service", "Service", "ExecStart", "/bin/x \\")] } },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_a_diagnostic_at_its_item(string code, DeclaredContent declared)
    {
        var diagnostic = Assert.Throws<DiagnosticException>(() => Build(declared)).Diagnostic;
        Assert.Equal(code, diagnostic.Descriptor.Code);
        Assert.True(code == "COMPOSE3001" || diagnostic is { Item: not null, Traits: not null }, diagnostic.ToString());
    }

    [Fact]
    public void A_file_in_the_place_of_a_generated_one_is_an_error()
    {
        var files = Trees.Of("usr/lib/sysusers.d/10-tool.conf");
        var diagnostic = Assert.Throws<DiagnosticException>(() => Build(new() { Groups = [new("group")] }, files)).Diagnostic;
        Assert.Equal("COMPOSE2014", diagnostic.Descriptor.Code);

        files = Trees.Of("usr/lib/tmpfiles.d/10-tool.conf");
        diagnostic = Assert.Throws<DiagnosticException>(() => Build(new() { Directories = [new("/var/lib/tool")] }, files)).Diagnostic;
        Assert.Equal("COMPOSE2014", diagnostic.Descriptor.Code);
    }

    [Fact]
    public void What_a_configuration_extension_declares_is_in_etc_where_it_is_merged()
    {
        var tree = new ExtensionBuilder(_reporter).Build(
            new()
            {
                Name = "site",
                Kind = ExtensionKind.Configuration,
                Files = Trees.Of("etc/site.conf"),
                Declared = new()
                {
                    Users = [new("site")],
                    UnitSettings = [new("getty@tty1.service", "Service", "Environment", "A=1")],
                    Directories = [new("/etc/site.d"), new("/var/lib/site", "0700")],
                },
            },
            Base,
            []);

        Assert.Equal(
            [
                "etc/extension-release.d/extension-release.site", "etc/site.conf", "etc/systemd/system/getty@tty1.service.d/10-site.conf",
                "etc/sysusers.d/10-site.conf", "etc/tmpfiles.d/10-site.conf",
            ],
            tree.Files());
        Assert.Equal("d /var/lib/site 0700 root root -\n", tree.Text("etc/tmpfiles.d/10-site.conf"));
        Assert.Empty(_reporter.Diagnostics);
    }

    private static FileDefinition File(string destination, string? mode = null, string? user = null) =>
        new("source", new BytesContent("x"), false, destination, mode, user);

    private FileTree Build(DeclaredContent declared, FileTree? files = null) => new ExtensionBuilder(_reporter).Build(
        new() { Name = "tool", Files = files ?? Trees.Of("usr/bin/tool"), Declared = declared, SourceDateEpoch = 1 }, Base, []);

    private string Write(FileTree tree)
    {
        var root = Path.Combine(_directory, "root");
        HostDirectoryWriter.Write(tree, root);
        return root;
    }
}
