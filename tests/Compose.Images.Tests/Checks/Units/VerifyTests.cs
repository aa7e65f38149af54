using System.Globalization;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Checks;
using Compose.Images.Checks.Units;

namespace Compose.Images.Tests.Checks.Units;

/// <summary>With systemd-analyze of the build host, which the tests need.</summary>
public sealed class VerifyTests
{
    private const string Units = CheckedUnits.Units;
    private const string Service = "[Service]\nExecStart=/bin/sh\n";

    /// <summary>The version of the build host's systemd.</summary>
    private static readonly int HostVersion =
        int.Parse(ExternalTool.Run("systemd-analyze", "--version").Split(' ')[1], CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("a.service", "[Service]\nType=oneshot\nExecStart=/bin/sh\nRestart=maybe\n", 4, "'systemd-analyze verify' says of '/usr/lib/systemd/system/a.service' (line 4): Failed to parse")]
    [InlineData("a.timer", "[Timer]\nOnCalendar=never\nOnBootSec=1\nUnit=network.service\n", 2, "Failed to parse calendar specification")]
    [InlineData("a.service", "[Service]\nExecStart=/bin/sh\nExecStart=/bin/sh\n", 0, "says of a.service: Service has more than one ExecStart= setting")]
    [InlineData("a.service", "[Unit]\nRequires=missing.service\n[Service]\nExecStart=/bin/sh\n", 0, "says of a.service: Failed to create a.service/start: Unit missing.service not found.")]
    [InlineData("a.service", "[Unit]\nWants=b.service\nAfter=b.service\n[Service]\nExecStart=/bin/sh\n", 0, "ordering cycle")]
    [InlineData("a@.service", "[Service]\nExecStart=/bin/sh\nExecStart=/bin/sh\n", 0, "says of a@.service: Service has more than one ExecStart= setting")]
    [InlineData("network.service.d/a.conf", "[Service]\nExecStart=/bin/sh\n", 0, "says of network.service: Service has more than one ExecStart= setting")]
    [InlineData("network.service.d/a.conf", "[Service]\nNice=high\n", 2, "says of '/usr/lib/systemd/system/network.service.d/a.conf' (line 2): ")]
    public void What_systemd_objects_to_is_reported_in_its_words(string name, string text, int line, string message)
    {
        var tree = new FileTreeBuilder().SetText($"{Units}/{name}", text);
        if (text.Contains("b.service", StringComparison.Ordinal))
        {
            tree.SetText($"{Units}/b.service", "[Unit]\nWants=a.service\nAfter=a.service\n[Service]\nExecStart=/bin/sh\n");
        }

        var finding = Run(tree.Build(), baseTree: WithSystemd(HostVersion))[0];
        Assert.Equal(("COMPOSE2058", DiagnosticSeverity.Warning), finding.Kind());
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("compose-units-", finding.Message, StringComparison.Ordinal);
        Assert.Equal(line > 0, finding.Message.Contains($"(line {line})", StringComparison.Ordinal));
        Assert.StartsWith($"/{Units}/", finding.Path, StringComparison.Ordinal);
    }

    [Fact]
    public void Units_that_systemd_accepts_are_right()
    {
        var tree = CheckedUnits.Tree(
            ($"{Units}/a.service", "[Unit]\nRequires=network.service other.service\nAfter=network.service\n[Service]\nExecStart=/usr/bin/tool\n[Install]\nAlias=c.service\n"),
            ($"{Units}/a.socket", "[Socket]\nListenStream=/run/a\n"),
            ($"{Units}/alias.service", "-> a.service"),
            ($"{Units}/linked.service", "-> ../../../share/tool/linked.service"),
            ("usr/share/tool/linked.service", Service),
            ($"{Units}/masked.service", "-> /dev/null"),
            ($"{Units}/sockets.target.d/a.conf", "[Unit]\nUpholds=a.socket alias.service linked.service b@1.service\n"),
            ($"{Units}/b@.service", Service),
            ($"{Units}/service.d/a.conf", "[Service]\nNice=1\n"),
            ($"{Units}/sysinit.target.wants/a.service", "-> ../a.service"),
            ("+usr/bin/tool", ""));
        Assert.Empty(Run(tree, new("other", CheckedUnits.Tree(($"{Units}/other.service", Service)))));
    }

    [Fact]
    public void What_is_found_in_another_way_is_not_said_twice()
    {
        var tree = CheckedUnits.Tree(($"{Units}/a.service", "A=1\n[Unit]\nnonsense\n=\n[Servise]\n[Service]\nExecStart=/usr/bin/missing\n"), ($"{Units}/b.service", "[Service\n"));
        Assert.DoesNotContain("COMPOSE2058", Run(tree).Select(finding => finding.Descriptor.Code));
    }

    [Fact]
    public void Mistakes_of_the_bases_units_are_not_the_extensions()
    {
        var baseTree = new FileTreeBuilder(CheckedUnits.Base)
            .SetText($"{Units}/network.service", "[Service]\nExecStart=/bin/sh\nRestart=maybe\nExecStart=/bin/sh\n").Build();
        Assert.Empty(Run(CheckedUnits.Tree(($"{Units}/a.service", "[Unit]\nWants=network.service\n[Service]\nExecStart=/bin/sh\n")), baseTree: baseTree));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void An_older_systemd_is_not_asked_about_values(int newer, bool isReported)
    {
        var findings = Run(
            CheckedUnits.Tree(($"{Units}/a.service", $"[Unit]\nRequires=missing.service\n{Service}Restart=maybe\nNewSetting=1\n")), baseTree: WithSystemd(HostVersion + newer));
        Assert.Equal(
            isReported ? ["Failed to create", "Failed to parse", "Unknown key"] : ["Failed to create"],
            findings.Select(finding => string.Join(' ', finding.Message.Split(": ")[1].Split(' ').Take(finding.Message.Contains("Failed to") ? 3 : 2))).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("SuccessAction=not-yet-known\n", false)]
    public void An_older_systemd_is_believed_when_it_knows_all_that_a_unit_says(string setting, bool isReported)
    {
        var tree = CheckedUnits.Tree(($"{Units}/a.service", $"[Unit]\n{setting}{Service}{Service}"));
        Assert.Equal(isReported, Run(tree, baseTree: WithSystemd(HostVersion + 1)).Any(finding => finding.Message.Contains("more than one ExecStart=", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("a.service", "-> /etc/passwd")]
    [InlineData("a.service", "-> ../../../../../../../../../../etc/passwd")]
    [InlineData("a.service.d/a.conf", "-> /etc/passwd")]
    [InlineData("a.service.d", "-> /etc")]
    [InlineData("multi-user.target.wants/a.service", "-> /etc/passwd")]
    [InlineData("a.service.d/x y\u0001.conf", "[Service]\nExecStart=/bin/sh\n")]
    [InlineData("a.service", "[Service]\nExecStart=/bin/sh\n\0\0[\n\"\"'\\")]
    [InlineData("-.service.d/a.conf", "\u00ff\u00fe")]
    [InlineData("service.d/a.conf", "[Service\n")]
    [InlineData("a@b@c.service", "[Service]\nExecStart=/bin/sh\n")]
    [InlineData("@.service.d/a.conf", "[Service]\n")]
    [InlineData("a.b@c.d.service", "[Unit]\nWants=foo@bar @.service x@y.z %i@%i.service .service a/b.service\n[Service]\nExecStart=- @ ; ; \\x2\n")]
    public void Trees_from_strangers_are_read_and_lead_nowhere(string name, string text)
    {
        var tree = CheckedUnits.Tree(($"{Units}/{name}", text), ($"{Units}/z.service", Service));
        Assert.DoesNotContain(Run(tree), finding => finding.Message.Contains("root:x:", StringComparison.Ordinal));
    }

    [Fact]
    public void Only_regular_files_and_links_among_units_are_written()
    {
        var tree = CheckedUnits.Tree(
            ($"{Units}/a.service", Service), ($"{Units}/b.service", "-> /etc/passwd"), ($"{Units}/c.service", "-> a.service"), ($"{Units}/README", "text"),
            ($"{Units}/a.service.d/a.conf", Service), ($"{Units}/a.service.d/deep/b.conf", Service), ($"{Units}/a.service.d/c.conf", "-> ../../../../../etc/passwd"), ("usr/bin/program", "text"));
        string folder;
        using (var root = UnitRoot.Write(new MergedTree([new("tool", tree)]), TestContext.Current.CancellationToken))
        {
            folder = root!.Folder;
            Assert.Equal(
                ["a.service", "a.service.d/a.conf", "b.service -> /dev/null", "c.service -> ../../../../usr/lib/systemd/system/a.service"],
                Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
                    .Select(file => Path.GetRelativePath(Path.Combine(folder, Units), file) + (new FileInfo(file).LinkTarget is { } target ? $" -> {target}" : "")).Order(StringComparer.Ordinal));
        }

        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void More_than_a_tool_should_be_given_is_not_written()
    {
        var large = new string('\n', 1024 * 1024);
        var tree = CheckedUnits.Tree([.. Enumerable.Range(0, 33).Select(number => ($"{Units}/a{number}.service", large))]);
        Assert.Null(UnitRoot.Write(new MergedTree([new("tool", tree)]), TestContext.Current.CancellationToken));
        Assert.Equal(("COMPOSE2059", DiagnosticSeverity.Message), Assert.Single(Run(tree)).Kind());
    }

    [Fact]
    public void A_project_can_switch_it_off() => Assert.Empty(CheckedUnits.Run(CheckedUnits.Tree(($"{Units}/a.service", $"{Service}Restart=maybe\n"))));

    [Theory]
    [InlineData(null, "it is not installed")]
    [InlineData("#!/bin/sh\necho \"systemd-analyze: unrecognized option '--recursive-errors=yes'\" >&2\nexit 1\n", "it is older than 250")]
    [InlineData("#!/no/such/shell\n", "it cannot be started")]
    public void A_build_host_that_cannot_run_it_gives_a_message(string? program, string message)
    {
        using var directory = new TemporaryDirectory();
        if (program is not null)
        {
            File.WriteAllText(directory["systemd-analyze"], program);
            File.SetUnixFileMode(directory["systemd-analyze"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var reporter = new RecordingReporter();
        var extension = new CheckedExtension { Definition = new() { Name = "tool" }, Tree = CheckedUnits.Tree(($"{Units}/a.service", Service)), BaseTree = CheckedUnits.Base };
        new VerifyCheck(extension, new UnitSet(extension), null, new UnitFindings(extension, reporter)).Check($"relative:{directory.Path}");
        var finding = Assert.Single(reporter.Diagnostics);
        Assert.Equal(("COMPOSE2059", DiagnosticSeverity.Message), finding.Kind());
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_units_give_a_message()
    {
        var tree = CheckedUnits.Tree([.. Enumerable.Range(0, 1001).Select(number => ($"{Units}/a{number}.service", Service))]);
        Assert.Equal(("COMPOSE2059", DiagnosticSeverity.Message), Assert.Single(Run(tree)).Kind());
    }

    [Fact]
    public void A_build_that_is_cancelled_ends()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var extension = new CheckedExtension
        {
            Definition = new() { Name = "tool" }, Tree = CheckedUnits.Tree(($"{Units}/a.service", Service)), BaseTree = CheckedUnits.Base, CancellationToken = source.Token,
        };
        Assert.Throws<OperationCanceledException>(() => new UnitChecks().Check(extension, new RecordingReporter()));
    }

    /// <summary>The base with a systemd of this version. Its library has no table, so that settings are left to systemd-analyze.</summary>
    private static FileTree WithSystemd(int version) =>
        new FileTreeBuilder(CheckedUnits.Base).SetText($"usr/lib/systemd/libsystemd-core-{version}.so", "").Build();

    private static IReadOnlyList<Diagnostic> Run(FileTree tree, Images.Extensions.ReferencedExtension? reference = null, FileTree? baseTree = null) =>
        CheckedUnits.Run(tree, baseTree, reference is null ? null : [reference], new() { Name = "tool" });
}
