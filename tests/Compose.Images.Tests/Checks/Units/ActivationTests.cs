using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Extensions;

namespace Compose.Images.Tests.Checks.Units;

public sealed class ActivationTests
{
    private const string Units = CheckedUnits.Units;
    private const string Idle = "[Service]\nExecStart=/bin/sh\n[Install]\nWantedBy=multi-user.target\n";

    /// <summary>What starts a.service beside its own [Install] section.</summary>
    public static TheoryData<string, string> Starters => new()
    {
        { $"{Units}/multi-user.target.d/10-a.conf", "[Unit]\nUpholds=a.service\n" },
        { $"{Units}/multi-user.target.upholds/a.service", "-> ../a.service" },
        { $"{Units}/network.service.d/a.conf", "[Unit]\nUpholds=b.service \\\n a.service\n" },
        { $"{Units}/reboot.target.wants/a.service", "-> ../a.service" },
        { $"{Units}/network.service.d/a.conf", "[Unit]\nOnFailure=a.service\n" },
        { "usr/share/dbus-1/system-services/org.a.service", "[D-BUS Service]\nName=org.a\nSystemdService=a.service\n" },
        { "usr/lib/udev/rules.d/a.rules", "SUBSYSTEM==\"x\", ENV{SYSTEMD_WANTS}+=\"a.service\"\n" },
    };

    [Theory]
    [MemberData(nameof(Starters))]
    public void A_unit_that_something_starts_is_right(string path, string text) =>
        Assert.Empty(CheckedUnits.Run(CheckedUnits.Tree(($"{Units}/a.service", Idle), (path, text))));

    /// <summary>Units that start a.service once they are started.</summary>
    public static TheoryData<string, string> Intermediates => new()
    {
        { "b.service", "[Unit]\nWants=a.service\n[Service]\nExecStart=/bin/sh\n" },
        { "b.service", "[Unit]\nRequires=x.service \"a.service\"\n[Service]\nExecStart=/bin/sh\n" },
        { "b.target", "[Unit]\nBindsTo=a.service\n" },
        { "b.service", "[Service]\nExecStart=/bin/sh -c 'exit 0'\nExecStartPost=sh systemctl start a.service\n" },
        { "a.socket", "[Socket]\nListenStream=/run/a\n" },
        { "b.socket", "[Socket]\nListenStream=/run/a\nService=a.service\n" },
        { "a.timer", "[Timer]\nOnBootSec=1\n" },
        { "b.timer", "[Timer]\nOnBootSec=1\nUnit=a.service\n" },
        { "a.path", "[Path]\nPathExists=/run/a\n" },
    };

    [Theory]
    [MemberData(nameof(Intermediates))]
    public void A_unit_is_started_by_what_is_started(string name, string text)
    {
        var tree = CheckedUnits.Tree(($"{Units}/a.service", Idle), ($"{Units}/{name}", text));
        Assert.Equal("COMPOSE2054", Assert.Single(CheckedUnits.Run(tree)).Descriptor.Code);
        var upheld = new FileTreeBuilder(tree).SetText($"{Units}/sockets.target.d/a.conf", $"[Unit]\nUpholds={name}\n").Build();
        Assert.Empty(CheckedUnits.Run(upheld));
        Assert.Empty(CheckedUnits.Run(tree, references: [new("other", CheckedUnits.Tree(($"{Units}/sockets.target.d/a.conf", $"[Unit]\nUpholds={name}\n")))]));
    }

    [Theory]
    [InlineData("a.service", Idle, "multi-user.target")]
    [InlineData("a.socket", "[Socket]\nListenStream=/run/a\nService=network.service\n[Install]\nWantedBy=\nWantedBy=sockets.target x.target\n", "sockets.target")]
    [InlineData("a.timer", "[Timer]\nOnBootSec=1\n[Install]\nRequiredBy=timers.target\n", "timers.target")]
    [InlineData("a.service", "[Service]\nExecStart=/bin/sh\n[Install]\nUpheldBy=b.service\n", "b.service")]
    [InlineData("a@.service", "[Service]\nExecStart=/bin/sh\n[Install]\nWantedBy=multi-user.target\nDefaultInstance=x\n", "multi-user.target")]
    public void A_unit_that_only_its_own_install_section_would_start_is_reported(string name, string text, string target)
    {
        foreach (var hasBase in (bool[])[true, false])
        {
            var tree = CheckedUnits.Tree(($"{Units}/{name}", text));
            var finding = Assert.Single(hasBase ? CheckedUnits.Run(tree) : CheckedUnits.RunWithoutBase(tree));
            Assert.Equal(("COMPOSE2054", DiagnosticSeverity.Warning, $"/{Units}/{name}"), (finding.Descriptor.Code, finding.Descriptor.Severity, finding.Path));
            Assert.EndsWith($"UpheldBy=\"{target}\".", finding.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("a.service", "[Service]\nExecStart=/bin/sh\n")]
    [InlineData("a.service", "[Service]\nExecStart=/bin/sh\n[Install]\nWantedBy=x.target\nWantedBy=\n")]
    [InlineData("a@.service", "[Service]\nExecStart=/bin/sh\n[Install]\nWantedBy=multi-user.target\n")]
    public void A_unit_that_is_not_to_be_enabled_is_right(string name, string text) =>
        Assert.Empty(CheckedUnits.Run(CheckedUnits.Tree(($"{Units}/{name}", text))));

    [Fact]
    public void Of_a_service_and_its_socket_the_socket_is_reported()
    {
        var finding = Assert.Single(CheckedUnits.Run(CheckedUnits.Tree(
            ($"{Units}/a.service", "[Unit]\nRequires=a.socket\n" + Idle), ($"{Units}/a.socket", "[Socket]\nListenStream=/run/a\n[Install]\nWantedBy=sockets.target\n"))));
        Assert.Contains("a.socket has WantedBy=sockets.target, which only 'systemctl enable' applies, and nothing starts it, nor a.service, which it would start.", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Instances_start_their_template_and_aliases_their_unit()
    {
        const string text = "[Service]\nExecStart=/bin/sh\n[Install]\nDefaultInstance=x\nWantedBy=multi-user.target\n";
        Assert.Empty(CheckedUnits.Run(CheckedUnits.Tree(($"{Units}/a@.service", text), ($"{Units}/multi-user.target.d/a.conf", "[Unit]\nUpholds=a@y.service\n"))));
        Assert.Empty(CheckedUnits.Run(CheckedUnits.Tree(($"{Units}/a@.service", text), ($"{Units}/network.service.d/a.conf", "[Unit]\nUpholds=a@%n.service\n"))));
        Assert.Empty(CheckedUnits.Run(CheckedUnits.Tree(
            ($"{Units}/a.service", Idle), ($"{Units}/alias.service", "-> a.service"), ($"{Units}/multi-user.target.d/a.conf", "[Unit]\nUpholds=alias.service\n"))));
    }

    [Fact]
    public void Rules_for_devices_start_instances_of_templates() =>
        Assert.Empty(CheckedUnits.Run(CheckedUnits.Tree(
            ($"{Units}/a@.service", "[Service]\nExecStart=/bin/sh\n[Install]\nDefaultInstance=x\nWantedBy=multi-user.target\n"),
            ("usr/lib/udev/rules.d/a.rules", "ENV{SYSTEMD_WANTS}+=\"a@$env{ID}.service\"\n"))));

    [Fact]
    public void A_unit_that_the_base_starts_is_right()
    {
        var tree = CheckedUnits.Tree(($"{Units}/a.service", Idle));
        Assert.Empty(CheckedUnits.Run(tree, new FileTreeBuilder(CheckedUnits.Base).SetText($"{Units}/multi-user.target", "[Unit]\nUpholds=a.service\n").Build()));
        Assert.Empty(CheckedUnits.Run(tree, new FileTreeBuilder(CheckedUnits.Base).SetText($"{Units}/a.timer", "[Timer]\nOnBootSec=1\n").Build()));
    }

    [Fact]
    public void A_generator_may_start_what_it_likes() =>
        Assert.Empty(CheckedUnits.Run(CheckedUnits.Tree(($"{Units}/a.service", Idle), ("+usr/lib/systemd/system-generators/tool", ""))));

    [Fact]
    public void The_item_of_a_unit_is_where_it_is_reported()
    {
        var definition = new ExtensionDefinition { Name = "tool", VerifyUnits = false, Units = [new("a.service")] };
        Assert.Equal("a.service", Assert.Single(CheckedUnits.Run(CheckedUnits.Tree(($"{Units}/a.service", Idle)), definition: definition)).Item);
    }

    [Theory]
    [InlineData("multi-user.target.wants/a.service", "-> ../a.service", "adds a.service to what multi-user.target wants")]
    [InlineData("sysinit.target.requires/a.service", "-> ../a.service", "adds a.service to what sysinit.target requires")]
    [InlineData("sockets.target.d/a.conf", "[Unit]\nAfter=x\nWants=x.service a.service\n", "(line 3) adds a.service to what sockets.target wants")]
    public void A_unit_of_a_target_that_is_on_its_way_is_reported(string path, string text, string message)
    {
        var tree = CheckedUnits.Tree(($"{Units}/a.service", Idle), ($"{Units}/{path}", text));
        var finding = Assert.Single(CheckedUnits.Run(tree));
        Assert.Equal(("COMPOSE2055", DiagnosticSeverity.Warning, $"/{Units}/{path}"), (finding.Descriptor.Code, finding.Descriptor.Severity, finding.Path));
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);

        // It is not, when the unit is started in another way, too, or nothing is known of the host.
        Assert.Empty(CheckedUnits.Run(new FileTreeBuilder(tree).SetText($"{Units}/timers.target.d/b.conf", "[Unit]\nUpholds=a.service\n").Build()));
        Assert.Empty(CheckedUnits.RunWithoutBase(tree));
    }

    [Fact]
    public void Targets_that_a_host_starts_once_more_pull_units_in()
    {
        var baseTree = new FileTreeBuilder(CheckedUnits.Base).SetText($"{Units}/ensure-sysext.service", "[Service]\nExecStart=/bin/sh\n").Build();
        Assert.Empty(CheckedUnits.Run(CheckedUnits.Tree(($"{Units}/a.service", Idle), ($"{Units}/multi-user.target.wants/a.service", "-> ../a.service")), baseTree));
        Assert.Equal("COMPOSE2055", Assert.Single(CheckedUnits.Run(
            CheckedUnits.Tree(($"{Units}/a.service", Idle), ($"{Units}/sysinit.target.wants/a.service", "-> ../a.service")), baseTree)).Descriptor.Code);
    }
}
