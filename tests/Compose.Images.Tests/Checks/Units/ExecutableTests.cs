using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Checks.Units;
using Compose.Images.Extensions;

namespace Compose.Images.Tests.Checks.Units;

public sealed class ExecutableTests
{
    private const string Unit = "usr/lib/systemd/system/a.service";

    private static readonly ReferencedExtension Other = new("other", CheckedUnits.Tree(("+usr/bin/other", ""), ("usr/bin/alias", "-> other"), ("+opt/other/run", "")));

    [Theory]
    [InlineData("ExecStart=/bin/sh")]
    [InlineData("ExecStart=/usr/bin/sh -c 'exit 0'")]
    [InlineData("ExecStart=sh")]
    [InlineData("ExecStart=mount.tool")]
    [InlineData("ExecStart=@/usr/bin/sh -sh")]
    [InlineData("ExecStart=-@!!/usr/bin/sh -sh")]
    [InlineData("ExecStart=:+/usr/bin/sh")]
    [InlineData("ExecStart=|/usr/bin/sh")]
    [InlineData("ExecStart=\"/usr/bin/sh\" -c")]
    [InlineData("ExecStart=/usr/bin/other\nExecReload=/usr/bin/alias")]
    [InlineData("ExecStart=/opt/other/run")]
    [InlineData("ExecStart=/usr/bin/tool")]
    [InlineData("ExecStart=/usr/bin/missing\nExecStart=\nExecStart=/bin/sh")]
    [InlineData("ExecStart=/usr/bin/%i")]
    [InlineData("ExecStart=/usr/bin/$PROGRAM")]
    [InlineData("ExecStart=/var/lib/tool/run")]
    [InlineData("ExecStart=/run/tool/run")]
    [InlineData("ExecStart=/home/al/run")]
    [InlineData("ExecStart=run\nExecSearchPath=/usr/sbin:/opt/other")]
    [InlineData("ExecStart=run\nExecSearchPath=/usr/%i")]
    [InlineData("ExecStart=/usr/bin/missing\nRootDirectory=/var/lib/root")]
    [InlineData("ExecStart=/usr/bin/missing\nRootImage=/var/lib/root.raw")]
    [InlineData("ExecStart=/usr/bin/missing\n[Unit]\nConditionFileIsExecutable=/usr/bin/missing")]
    [InlineData("ExecStart=/usr/bin/missing\n[Unit]\nConditionPathExists=|/usr/bin/missing")]
    [InlineData("ExecStart=/usr/../bin/missing")]
    [InlineData("ExecStart=\nExecStart=;")]
    public void Programs_that_are_there_or_not_to_be_known_are_right(string settings) =>
        Assert.Empty(Run(settings));

    [Theory]
    [InlineData("ExecStart=/usr/bin/missing", "ExecStart= of a.service runs '/usr/bin/missing', which neither the extension nor what it is built on has")]
    [InlineData("ExecStart=/bin/sh\nExecStartPre=/sbin/missing x", "(line 3): ExecStartPre= of a.service runs '/sbin/missing'")]
    [InlineData("ExecStart=/opt/missing/run", "'/opt/missing/run'")]
    [InlineData("ExecStart=missing", "'missing', which is in no folder of /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin")]
    [InlineData("ExecStart=sh\nExecSearchPath=/opt/other", "'sh', which is in no folder of /opt/other")]
    [InlineData("ExecStart=bin/sh", "'bin/sh', which is neither an absolute path nor the name of a program")]
    [InlineData("ExecStart=/usr/bin/data", "'/usr/bin/data', which is not executable")]
    [InlineData("ExecStart=/usr/bin", "'/usr/bin', which is no file")]
    [InlineData("ExecStart=/usr/bin/loose", "'/usr/bin/loose', which neither the extension")]
    [InlineData("Type=oneshot\nExecStart=/bin/sh ; /usr/bin/missing", "'/usr/bin/missing'")]
    [InlineData("ExecStart=/bin/sh\nExecStopPost=/usr/bin/missing", "ExecStopPost= of a.service")]
    [InlineData("ExecStart=/usr/bin/missing\n[Unit]\nConditionPathExists=!/usr/bin/missing", "'/usr/bin/missing'")]
    [InlineData("ExecStart=\"/usr/bin/mis\\x1bsing\"", "'/usr/bin/mis\\x1bsing'")]
    public void Programs_that_are_nowhere_are_reported(string settings, string message)
    {
        var finding = Assert.Single(Run(settings));
        Assert.Equal(("COMPOSE2053", DiagnosticSeverity.Warning, $"/{Unit}"), (finding.Descriptor.Code, finding.Descriptor.Severity, finding.Path));
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_may_fail_gives_a_message() =>
        Assert.Equal(("COMPOSE2053", DiagnosticSeverity.Message), Assert.Single(Run("ExecStart=/bin/sh\nExecStartPre=-/usr/bin/missing")).Kind());

    [Fact]
    public void A_program_of_several_commands_is_reported_once()
    {
        var finding = Assert.Single(Run("ExecStart=/usr/bin/missing\nExecStartPre=-/usr/bin/missing x\nExecReload=/usr/bin/missing"));
        Assert.Equal(DiagnosticSeverity.Warning, finding.Descriptor.Severity);
        Assert.Contains("ExecStart= of", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_unit_counts_with_all_its_drop_ins_and_only_for_what_the_extension_says()
    {
        // The extension replaces the program of a unit of the base by one that is missing.
        var finding = Assert.Single(CheckedUnits.Run(CheckedUnits.Tree(("usr/lib/systemd/system/network.service.d/a.conf", "[Service]\nExecStart=\nExecStart=/usr/bin/missing\n"))));
        Assert.Equal(("COMPOSE2053", "/usr/lib/systemd/system/network.service.d/a.conf"), (finding.Descriptor.Code, finding.Path));

        // A drop-in of another extension repairs the extension's unit; one for the folder /etc hides one of the same name.
        var tree = CheckedUnits.Tree((Unit, "[Service]\nExecStart=/usr/bin/missing\n"), ("usr/lib/systemd/system/a.service.d/b.conf", "[Service]\nExecStart=/usr/bin/missing2\n"));
        var repair = new ReferencedExtension("repair", CheckedUnits.Tree(("usr/lib/systemd/system/a.service.d/c.conf", "[Service]\nExecStart=\nExecStart=/bin/sh\n")));
        Assert.Empty(CheckedUnits.Run(tree, references: [repair]));
        Assert.Equal(2, CheckedUnits.Run(tree).Count);
        var baseTree = new FileTreeBuilder(CheckedUnits.Base).SetText("usr/share/flatcar/etc/systemd/system/a.service.d/b.conf", "[Service]\nExecStart=\nExecStart=/bin/sh\n").Build();
        Assert.Empty(CheckedUnits.Run(tree, baseTree));

        // What is missing in the base's own units is no matter of the extension.
        var broken = new FileTreeBuilder(CheckedUnits.Base).SetText("usr/lib/systemd/system/network.service", "[Service]\nExecStart=/usr/bin/missing\n").Build();
        Assert.Empty(CheckedUnits.Run(CheckedUnits.Tree(("usr/lib/systemd/system/network.service.d/a.conf", "[Service]\nNice=1\n")), broken));
    }

    [Fact]
    public void Drop_ins_are_found_for_prefixes_templates_and_kinds()
    {
        foreach (var folder in (string[])["a-b-c@x.service.d", "a-b-.service.d", "a-.service.d", "a-b-c@.service.d", "service.d"])
        {
            var tree = CheckedUnits.Tree(
                ("usr/lib/systemd/system/a-b-c@x.service", "[Service]\nExecStart=/bin/sh\n"), ($"usr/lib/systemd/system/{folder}/d.conf", "[Service]\nExecStop=/usr/bin/missing\n"));
            Assert.Contains(CheckedUnits.Run(tree), finding => finding.Path == $"/usr/lib/systemd/system/{folder}/d.conf");
        }
    }

    [Fact]
    public void A_masked_unit_runs_nothing()
    {
        var baseTree = new FileTreeBuilder(CheckedUnits.Base).Set("usr/share/flatcar/etc/systemd/system/a.service", new SymlinkEntry("/dev/null")).Build();
        Assert.Empty(CheckedUnits.Run(CheckedUnits.Tree((Unit, "[Service]\nExecStart=/usr/bin/missing\n")), baseTree));
    }

    [Fact]
    public void Programs_of_sockets_are_looked_for() =>
        Assert.Equal("COMPOSE2053", Assert.Single(CheckedUnits.Run(CheckedUnits.Tree(
            (Unit, "[Service]\nExecStart=/bin/sh\n"), ("usr/lib/systemd/system/a.socket", "[Socket]\nListenStream=/run/a\nExecStopPre=/usr/bin/missing\n")))).Descriptor.Code);

    [Fact]
    public void Without_a_base_no_program_is_looked_for() =>
        Assert.Empty(CheckedUnits.RunWithoutBase(CheckedUnits.Tree((Unit, "[Service]\nExecStart=/usr/bin/missing\n"))));

    [Fact]
    public void A_setting_of_the_project_is_reported_at_its_item()
    {
        var definition = new ExtensionDefinition
        {
            Name = "tool",
            VerifyUnits = false,
            Declared = new() { UnitSettings = [new("network.service", "Service", "ExecStartPre", "/usr/bin/missing")] },
        };
        var tree = CheckedUnits.Tree(("usr/lib/systemd/system/network.service.d/10-tool.conf", "[Service]\nExecStartPre=/usr/bin/missing\n"));
        var finding = Assert.Single(CheckedUnits.Run(tree, definition: definition));
        Assert.Equal(("network.service", new ItemTraits("SystemdSetting", "Name", "ExecStartPre")), (finding.Item, finding.Traits));
    }

    private static IReadOnlyList<Diagnostic> Run(string settings) => CheckedUnits.Run(
        CheckedUnits.Tree((Unit, $"[Service]\n{settings}\n"), ("+usr/bin/tool", ""), ("usr/bin/data", ""), ("usr/bin/loose", "-> gone")), references: [Other]);
}
