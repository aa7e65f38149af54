using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.Images.Checks.Units;
using Compose.Images.Extensions;
using Compose.Images.Units;

namespace Compose.Images.Tests.Checks.Units;

public sealed class UnitFileCheckTests
{
    private const string Service = "[Service]\nExecStart=/bin/sh\n";

    [Theory]
    [InlineData("usr/lib/systemd/system/a.service", "[Service]\nExecStart=/bin/sh\nnonsense\n", DiagnosticSeverity.Warning, "Line 3 of '/usr/lib/systemd/system/a.service' has no '='")]
    [InlineData("usr/lib/systemd/system/a.service.d/b.conf", "A=1\n[Service]\n", DiagnosticSeverity.Warning, "Line 1 of '/usr/lib/systemd/system/a.service.d/b.conf' is before the first section")]
    [InlineData("usr/lib/systemd/system/a.service", "[Service]\nExecStart=/bin/sh\n[Install\n", DiagnosticSeverity.Error, "systemd would not load the unit")]
    [InlineData("usr/lib/systemd/user/a.service", "[Service\n", DiagnosticSeverity.Error, "Line 1 of '/usr/lib/systemd/user/a.service'")]
    [InlineData("usr/local/lib/systemd/system/service.d/a.conf", "nonsense", DiagnosticSeverity.Warning, "Line 1 of")]
    public void Lines_that_systemd_cannot_read_are_reported(string path, string text, DiagnosticSeverity severity, string message)
    {
        var finding = Assert.Single(CheckedUnits.Run(CheckedUnits.Tree((path, text))));
        Assert.Equal(("COMPOSE2050", severity), finding.Kind());
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
        Assert.Equal("/" + path, finding.Path);
    }

    [Fact]
    public void A_file_of_the_project_is_named_with_its_line()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["usr/lib/systemd/system"]);
        var file = directory["usr/lib/systemd/system/a.service"];
        File.WriteAllText(file, $"{Service}\nnonsense\n[Servise]\nA=1\n");
        Assert.Equal(
            [("COMPOSE2050", file, 4), ("COMPOSE2052", file, 5)],
            CheckedUnits.Run(HostDirectory.Read(directory.Path)).Select(finding => (finding.Descriptor.Code, finding.SourceFile, finding.SourceLine)));
    }

    [Fact]
    public void A_file_that_is_too_large_is_not_read()
    {
        var finding = Assert.Single(CheckedUnits.Run(CheckedUnits.Tree(("usr/lib/systemd/system/a.service", new string('\n', UnitFile.MaximumSize + 1)))));
        Assert.Equal(("COMPOSE2050", DiagnosticSeverity.Warning), finding.Kind());
        Assert.Contains("has 1048577 bytes", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("usr/lib/systemd/system/a.servce")]
    [InlineData("usr/lib/systemd/system/README")]
    [InlineData("usr/lib/systemd/system/a b.service")]
    [InlineData("usr/lib/systemd/user/a")]
    [InlineData("usr/lib/systemd/system/a.service.d/README")]
    [InlineData("usr/lib/systemd/system/a.service.d/10-a.config")]
    public void Files_that_systemd_passes_over_are_reported(string path)
    {
        var finding = Assert.Single(CheckedUnits.Run(CheckedUnits.Tree((path, "text"))));
        Assert.Equal(("COMPOSE2051", DiagnosticSeverity.Warning, "/" + path), (finding.Descriptor.Code, finding.Descriptor.Severity, finding.Path));
    }

    [Theory]
    [InlineData("usr/lib/systemd/system/a.d/x.conf", "/usr/lib/systemd/system/a.d")]
    [InlineData("usr/lib/systemd/system/multi-user.target.want/a.service", "/usr/lib/systemd/system/multi-user.target.want")]
    [InlineData("usr/lib/systemd/system/folder/a.service", "/usr/lib/systemd/system/folder")]
    public void Folders_that_systemd_passes_over_are_reported(string path, string folder) =>
        Assert.Equal(("COMPOSE2051", folder), Assert.Single(CheckedUnits.Run(CheckedUnits.Tree((path, "[Unit]\n"))).Select(finding => (finding.Descriptor.Code, finding.Path))));

    [Theory]
    [InlineData("usr/lib/systemd/system/a.service", Service)]
    [InlineData("usr/lib/systemd/system/a.service", "[Unit]\n[Service]\nExecStart=/bin/sh\n[Install]\n[X-Own]\nA=1\n")]
    [InlineData("usr/lib/systemd/system/service.d/a.conf", "[Service]\nX-Own=1\n")]
    [InlineData("usr/lib/systemd/system/a-.socket.d/a.conf", "[Socket]\n")]
    [InlineData("usr/lib/systemd/system/a@.timer", "[Timer]\n")]
    [InlineData("usr/lib/systemd/system/b.service.requires/.keep", "")]
    [InlineData("usr/lib/systemd/system/.keep", "")]
    [InlineData("usr/lib/systemd/system/masked.service", "-> /dev/null")]
    [InlineData("usr/lib/systemd/system/alias.service", "-> network.service")]
    [InlineData("usr/share/containers/systemd/a.container", "[Container]\nImage=x\n")]
    [InlineData("usr/share/tool/a.service", "nonsense")]
    public void Units_and_what_is_no_concern_of_systemd_are_right(string path, string text) =>
        Assert.Empty(CheckedUnits.Run(CheckedUnits.Tree((path, text))));

    [Theory]
    [InlineData("a.service", "[Servise]\nA=1\n", "has a section [Servise], and a unit of the kind service has only [Unit], [Install], [Service]")]
    [InlineData("a.socket", "[Service]\nA=1\n", "has a section [Service], and a unit of the kind socket")]
    [InlineData("multi-user.target.d/a.conf", "[Timer]\nOnBootSec=1\n", "has a section [Timer], and a unit of the kind target")]
    [InlineData("a.service", "[unit]\nA=1\n", "has a section [unit]")]
    public void Sections_of_another_kind_are_reported_once(string name, string text, string message)
    {
        var finding = Assert.Single(CheckedUnits.Run(CheckedUnits.Tree(($"usr/lib/systemd/system/{name}", text + text))));
        Assert.Equal(("COMPOSE2052", DiagnosticSeverity.Warning), finding.Kind());
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_are_those_of_the_bases_systemd()
    {
        var tree = CheckedUnits.Tree(
            ("usr/lib/systemd/system/a.service", "[Unit]\nWants=b.service\nWantedBy=c.target\n[Service]\nExecStart=/bin/sh\nExecstart=/bin/sh\nMemoryMax=1G\nX-A=1\n[Install]\nAlias=b.service\nUnknown=1\nUnknown=2\n"),
            ("usr/lib/systemd/system/a.socket", "[Socket]\nListenStream=/run/a\nListenstream=/run/b\n"));
        var findings = CheckedUnits.Run(tree, HostSystemd());
        Assert.All(findings, finding => Assert.Equal(("COMPOSE2052", DiagnosticSeverity.Warning), finding.Kind()));
        Assert.Equal(
            ["WantedBy= in [Unit]", "Execstart= in [Service]", "Unknown= in [Install]", "Listenstream= in [Socket]"],
            findings.Select(finding => finding.Message.Split(" sets ")[1].Split(',')[0]).OrderBy(text => text.StartsWith('L')));
        Assert.Contains("(line 3)", findings.Single(finding => finding.Message.Contains("WantedBy")).Message, StringComparison.Ordinal);

        // Without a library nothing is known of settings.
        Assert.Empty(CheckedUnits.Run(tree));
    }

    [Fact]
    public void The_library_of_systemd_tells_what_systemd_tells()
    {
        var library = SystemdLibrary.Find(HostSystemd());
        Assert.NotNull(library);
        Assert.StartsWith($"systemd {library.Version} ", ExternalTool.Run("systemd-analyze", "--version"), StringComparison.Ordinal);

        var section = "";
        var items = new List<string>();
        foreach (var line in ExternalTool.Run("/usr/lib/systemd/systemd", "--dump-configuration-items").Split('\n'))
        {
            section = line.StartsWith('[') ? line.Trim('[', ']') : section;
            if (line.Contains('='))
            {
                items.Add($"{section}.{line.Split('=')[0]}");
            }
        }

        Assert.True(items.Count > 1000);
        Assert.Empty(items.Except(library.Settings));

        // What else is there are settings that were removed, and are passed over with a word of that.
        Assert.InRange(library.Settings.Count(setting => LoadedSections.Contains(setting.Split('.')[0])) - items.Count, 0, 40);
    }

    [Fact]
    public void A_library_that_holds_no_table_tells_nothing()
    {
        foreach (var content in (string[])["", "\0\0\0", "Service.ExecStart\0Unit.After\0", new string('x', 1000)])
        {
            var library = SystemdLibrary.Find(CheckedUnits.Tree(("usr/lib/systemd/libsystemd-core-257.4-1.so", content)));
            Assert.Equal((257, 0), (library!.Version, library.Settings.Count));
        }

        Assert.Null(SystemdLibrary.Find(CheckedUnits.Tree(("usr/lib/libsystemd-core-x.so", ""), ("usr/lib/libsystemd.so", ""))));
    }

    [Fact]
    public void Units_of_the_build_host_are_right()
    {
        TreePath[] folders = [TreePath.Parse("system"), TreePath.Parse("user")];
        var tree = new FileTreeBuilder();
        foreach (var (path, entry) in HostDirectory.Read("/usr/lib/systemd").Items)
        {
            if (folders.Any(path.IsWithin))
            {
                tree.Set(TreePath.Parse("usr/lib/systemd").Append(path), entry);
            }
        }

        string[] codes = ["COMPOSE2050", "COMPOSE2051", "COMPOSE2052"];
        Assert.DoesNotContain(CheckedUnits.Run(tree.Build(), HostSystemd()), finding => codes.Contains(finding.Descriptor.Code));
    }

    private static readonly string[] LoadedSections = ["Unit", "Install", "Service", "Socket", "Mount", "Automount", "Swap", "Timer", "Path", "Slice", "Scope"];

    /// <summary>The base with the library of the build host's service manager.</summary>
    private static FileTree HostSystemd()
    {
        var file = ((string[])["/usr/lib/x86_64-linux-gnu/systemd", "/usr/lib/aarch64-linux-gnu/systemd", "/usr/lib/systemd"])
            .Where(Directory.Exists).SelectMany(folder => Directory.GetFiles(folder, "libsystemd-core-*.so")).FirstOrDefault();
        Assert.True(file is not null, "The test needs the Debian package 'systemd'.");
        return new FileTreeBuilder(CheckedUnits.Base)
            .Set(TreePath.Parse(file), new FileEntry(EntryMetadata.File, new HostFileContent(file, new FileInfo(file).Length)))
            .Build();
    }
}
