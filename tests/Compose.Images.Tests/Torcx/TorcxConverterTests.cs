using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Torcx;
using Compose.Packages.Inputs;

namespace Compose.Images.Tests.Torcx;

public sealed class TorcxConverterTests
{
    private const string Source = "https://images.example/docker%3A19.03.torcx.tgz";

    private readonly RecordingReporter _reporter = new();

    [Fact]
    public void Each_list_of_the_manifest_goes_to_its_folder()
    {
        var tree = Convert(
            """
            "bin": ["/bin/dockerd", "/usr/bin/docker"],
            "units": ["/lib/systemd/system/docker.service"],
            "network": ["/lib/systemd/network/50-docker.network"],
            "sysusers": ["/etc/users.conf"],
            "tmpfiles": ["/lib/tmpfiles.d/docker.conf"],
            "udev_rules": ["/lib/udev/rules.d/80-docker.rules"]
            """,
            "bin/dockerd", "usr/bin/docker", "lib/systemd/system/docker.service", "lib/systemd/network/50-docker.network",
            "etc/users.conf", "lib/tmpfiles.d/docker.conf", "lib/udev/rules.d/80-docker.rules");

        Assert.Equal(
            [
                "usr/bin/docker", "usr/bin/dockerd", "usr/lib/systemd/network/50-docker.network", "usr/lib/systemd/system/docker.service",
                "usr/lib/sysusers.d/users.conf", "usr/lib/tmpfiles.d/docker.conf", "usr/lib/udev/rules.d/80-docker.rules",
            ],
            tree.Files());
        Assert.Empty(_reporter.Diagnostics);
    }

    [Fact]
    public void A_folder_of_programs_is_flattened_and_the_first_of_a_name_counts()
    {
        var tree = Convert("\"bin\": [\"/bin\", \"/other\"]", "bin/a", "bin/deep/b", "other/a", "other/c");

        Assert.Equal("bin/a", tree.Text("usr/bin/a"));
        Assert.Contains("usr/bin/b", tree.Files());
        Assert.Contains("usr/bin/c", tree.Files());
        Assert.Contains("usr/share/docker/other/a", tree.Files());
    }

    [Fact]
    public void A_program_that_stands_elsewhere_stays_there_and_gets_a_link()
    {
        var tree = Convert("\"bin\": [\"/opt/app/bin/app\"]", "opt/app/bin/app", "opt/app/lib/libapp.so");

        Assert.Equal("/opt/app/bin/app", Link(tree, "usr/bin/app"));
        Assert.Contains("opt/app/lib/libapp.so", tree.Files());
    }

    [Fact]
    public void A_folder_of_units_gives_its_units_and_one_with_a_meaning_keeps_its_name()
    {
        var tree = Convert(
            "\"units\": [\"/lib/systemd/system\", \"/conf/docker.service.d\", \"/conf/x.target.requires\"]",
            "lib/systemd/system/docker.service", "conf/docker.service.d/10-a.conf", "conf/x.target.requires/docker.service -> ../docker.service");

        Assert.Equal(
            [
                "usr/lib/systemd/system/docker.service", "usr/lib/systemd/system/docker.service.d/10-a.conf",
                "usr/lib/systemd/system/x.target.requires/docker.service",
            ],
            tree.Files());
    }

    [Fact]
    public void Wants_become_upholds_and_nothing_is_made_where_there_are_none()
    {
        var tree = Convert(
            "\"units\": [\"/lib/systemd/system/docker.socket\", \"/lib/systemd/system/sockets.target.wants\"]",
            "lib/systemd/system/docker.socket", "lib/systemd/system/sockets.target.wants/docker.socket -> ../docker.socket");

        Assert.Equal("[Unit]\nUpholds=docker.socket\n", tree.Text("usr/lib/systemd/system/sockets.target.d/10-docker-socket.conf"));
        Assert.Equal(
            ["usr/lib/systemd/system/docker.socket", "usr/lib/systemd/system/sockets.target.d/10-docker-socket.conf"], tree.Files());
    }

    [Fact]
    public void What_the_manifest_does_not_name_is_kept_and_told()
    {
        var tree = Convert(
            "\"bin\": [\"/bin/dockerd\"], \"future\": [\"/x\"]",
            "bin/dockerd", "lib/libdocker.so", "usr/share/containerd/config.toml", "etc/docker.json", "README", "lib/systemd/system/unused.service", "var/empty/");

        Assert.Equal(
            [
                "usr/bin/dockerd", "usr/lib/libdocker.so", "usr/share/containerd/config.toml", "usr/share/docker/README",
                "usr/share/docker/etc/docker.json", "usr/share/docker/lib/systemd/system/unused.service",
            ],
            tree.Files());
        Assert.True(tree.Contains(TreePath.Parse("usr/share/docker/var/empty")));
        var told = _reporter.Single(TorcxDiagnostics.UnnamedFiles).Message;
        Assert.Contains("/README as /usr/share/docker/README", told, StringComparison.Ordinal);
        Assert.Contains("'future'", told, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_unit_still_needs_of_torcx_is_told()
    {
        var archive = new FileTreeBuilder(Manifest("\"units\": [\"/lib/systemd/system\"]"))
            .SetText("lib/systemd/system/docker.service", "[Service]\nExecStart=/bin/dockerd ${TORCX_PROFILE_PATH}\n");
        new TorcxConverter(_reporter).Convert(new InputTree(Source, "19.03", archive.Build()));

        var told = _reporter.Single(TorcxDiagnostics.LeftOverVariable).Message;
        Assert.Contains("still names ${TORCX_PROFILE_PATH}", told, StringComparison.Ordinal);
        Assert.Contains("files/usr/lib/systemd/system/docker.service", told, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_between_files_lead_where_these_went()
    {
        var tree = Convert(
            "\"bin\": [\"/bin\"]",
            "bin/tool", "bin/alias -> tool", "bin/absolute -> /bin/tool", "bin/far -> ../etc/data", "bin/host -> /usr/bin/env", "etc/data");

        Assert.Equal("tool", Link(tree, "usr/bin/alias"));
        Assert.Equal("/usr/bin/tool", Link(tree, "usr/bin/absolute"));
        Assert.Equal("/usr/share/docker/etc/data", Link(tree, "usr/bin/far"));
        Assert.Equal("/usr/bin/env", Link(tree, "usr/bin/host"));
    }

    [Fact]
    public void Hard_links_modes_owners_and_extended_attributes_are_kept()
    {
        var attributes = new ExtendedAttributes([new ExtendedAttribute("security.capability", new byte[] { 1, 0, 0, 2, 255 })]);
        var ping = new FileEntry(
            EntryMetadata.Executable with { UserId = 7, ModifiedTime = 9, ExtendedAttributes = attributes }, new BytesContent("ping"));
        var archive = new FileTreeBuilder(Manifest("\"bin\": [\"/bin\"]")).Set("bin/ping", ping).Set("bin/ping6", ping).Build();

        var tree = new TorcxConverter(_reporter).Convert(new InputTree(Source, null, archive)).Tree;

        Assert.True(tree.TryGet(TreePath.Parse("usr/bin/ping"), out var first));
        Assert.True(tree.TryGet(TreePath.Parse("usr/bin/ping6"), out var second));
        Assert.Same(ping, first);
        Assert.Same(first, second);
    }

    [Fact]
    public void A_path_of_the_manifest_may_lead_through_a_link_of_the_archive()
    {
        var tree = Convert("\"bin\": [\"/bin/tool\"]", "bin -> usr/bin", "usr/bin/tool");

        Assert.Contains("usr/bin/tool", tree.Files());
    }

    [Theory]
    [InlineData("docker:19.03.torcx.tgz", "docker")]
    [InlineData("archives/docker:com.coreos.cl.torcx.squashfs", "docker")]
    [InlineData("https://images.example/x/docker%3A1.torcx.tgz?token=1", "docker")]
    [InlineData("wireguard.torcx.tgz", "wireguard")]
    public void The_name_is_that_of_torcx(string source, string name) => Assert.Equal(name, TorcxConverter.NameOf(source));

    [Theory]
    [InlineData("no manifest")]
    [InlineData("manifest is a folder")]
    [InlineData("no JSON")]
    [InlineData("huge")]
    [InlineData("another kind")]
    [InlineData("no value")]
    [InlineData("a list twice")]
    [InlineData("a number in a list")]
    [InlineData("a null in a list")]
    [InlineData("relative path")]
    [InlineData("path outside")]
    [InlineData("root")]
    [InlineData("the manifest itself")]
    [InlineData("missing file")]
    [InlineData("outside through a link")]
    [InlineData("two files for one place")]
    [InlineData("unit name with a line break")]
    [InlineData("huge unit")]
    [InlineData("name of nothing")]
    public void A_hostile_archive_is_refused(string name)
    {
        var source = name == "name of nothing" ? "https://images.example/..:1.torcx.tgz" : Source;
        var archive = name switch
        {
            "no manifest" => Trees.Of("bin/a"),
            "manifest is a folder" => Trees.Of(".torcx/manifest.json/"),
            "no JSON" => Raw("<html>"),
            "huge" => Raw(new string(' ', (1024 * 1024) + 1)),
            "another kind" => Raw("""{"kind":"profile-manifest-v0","value":{}}"""),
            "no value" => Raw("""{"kind":"image-manifest-v0"}"""),
            "a list twice" => Manifest("\"bin\": [\"/bin/a\"], \"bin\": []", "bin/a"),
            "a number in a list" => Manifest("\"bin\": [1]", "bin/a"),
            "a null in a list" => Manifest("\"bin\": [null]", "bin/a"),
            "relative path" => Manifest("\"bin\": [\"bin/a\"]", "bin/a"),
            "path outside" => Manifest("\"bin\": [\"/bin/../../etc/passwd\"]", "bin/a"),
            "root" => Manifest("\"bin\": [\"/\"]", "bin/a"),
            "the manifest itself" => Manifest("\"units\": [\"/.torcx/manifest.json\"]", "bin/a"),
            "missing file" => Manifest("\"units\": [\"/lib/systemd/system/a.service\"]", "bin/a"),
            "outside through a link" => Manifest("\"bin\": [\"/out/passwd\"]", "out -> ../../etc"),
            "two files for one place" => Manifest("\"units\": [\"/a/x.service\", \"/b/x.service\"]", "a/x.service", "b/x.service"),
            "unit name with a line break" => Manifest("\"units\": [\"/u/a.wants\"]", "u/a.wants/x\nExecStart=sh -> ../x"),
            "huge unit" => new FileTreeBuilder(Manifest("\"units\": [\"/a.service\"]")).SetText("a.service", new string('x', 2 << 20)).Build(),
            _ => Manifest("\"bin\": [\"/bin/a\"]", "bin/a"),
        };

        var diagnostic = Assert.Throws<DiagnosticException>(() => new TorcxConverter(_reporter).Convert(new InputTree(source, null, archive))).Diagnostic;

        Assert.Equal("COMPOSE1079", diagnostic.Descriptor.Code);
        Assert.Contains(source, diagnostic.Message, StringComparison.Ordinal);
    }

    private static string Link(FileTree tree, string path) =>
        tree.TryGet(TreePath.Parse(path), out var entry) ? Encoding.UTF8.GetString(Assert.IsType<SymlinkEntry>(entry).Target.Span) : "nothing";

    private static FileTree Raw(string manifest) => new FileTreeBuilder().SetText(".torcx/manifest.json", manifest).Build();

    private static FileTree Manifest(string lists, params string[] paths) =>
        new FileTreeBuilder(Trees.Of(paths))
            .SetText(".torcx/manifest.json", $$"""{"kind":"image-manifest-v0","value":{ {{lists}} } }""")
            .Build();

    private FileTree Convert(string lists, params string[] paths) =>
        new TorcxConverter(_reporter).Convert(new InputTree(Source, "19.03", Manifest(lists, paths))).Tree;
}
