using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Extensions;

namespace Compose.Images.Tests.Checks.Units;

public sealed class AccountTests
{
    private const string Unit = $"{CheckedUnits.Units}/a.service";

    private static readonly FileTree Users = CheckedUnits.Tree(
        ("usr/lib/sysusers.d/tool.conf", "# tool\nu tool - \"A tool\" /var/lib/tool\nu! locked -\nu guest 900:disk\nm member joined\ng   group -\n  \nr - 1-2\n"),
        ("usr/lib/sysusers.d/readme.txt", "u ignored -\n"),
        ("usr/lib/userdb/json.user", "{}"));

    [Theory]
    [InlineData("User=root\nGroup=root")]
    [InlineData("User=nobody\nGroup=nogroup")]
    [InlineData("User=daemon\nGroup=daemon")]
    [InlineData("User=core\nGroup=wheel")]
    [InlineData("User=tool\nGroup=tool\nSupplementaryGroups=disk group joined")]
    [InlineData("User=locked")]
    [InlineData("User=member")]
    [InlineData("User=guest\nGroup=disk")]
    [InlineData("User=json")]
    [InlineData("User=other")]
    [InlineData("User=1000\nGroup=1000")]
    [InlineData("User=%i\nGroup=%i")]
    [InlineData("User=\nGroup=")]
    [InlineData("User=missing\nUser=root")]
    [InlineData("User=missing\nGroup=missing\nDynamicUser=yes")]
    [InlineData("SupplementaryGroups=missing\nSupplementaryGroups=\nSupplementaryGroups=disk")]
    public void Users_and_groups_that_there_will_be_are_right(string settings)
    {
        var other = new ReferencedExtension("other", CheckedUnits.Tree(("usr/lib/sysusers.d/other.conf", "u other\n")));
        Assert.Empty(CheckedUnits.Run(With($"[Service]\nExecStart=/bin/sh\n{settings}\n"), references: [other]));
    }

    [Theory]
    [InlineData("User=missing", "User= of a.service names the user 'missing'", "SystemUser")]
    [InlineData("User=ignored", "the user 'ignored'", "SystemUser")]
    [InlineData("User=group", "the user 'group'", "SystemUser")]
    [InlineData("User=missing\nGroup=missing", "the user 'missing'", "SystemUser")]
    [InlineData("Group=guest", "Group= of a.service names the group 'guest'", "SystemGroup")]
    [InlineData("Group=sync", "the group 'sync'", "SystemGroup")]
    [InlineData("SupplementaryGroups=disk missing", "SupplementaryGroups= of a.service names the group 'missing'", "SystemGroup")]
    [InlineData("DynamicUser=yes\nSupplementaryGroups=missing", "the group 'missing'", "SystemGroup")]
    [InlineData("DynamicUser=no\nUser=missing", "(line 4)", "SystemUser")]
    public void Users_and_groups_that_nothing_makes_are_reported(string settings, string message, string item)
    {
        var finding = Assert.Single(CheckedUnits.Run(With($"[Service]\nExecStart=/bin/sh\n{settings}\n")));
        Assert.Equal(("COMPOSE2056", DiagnosticSeverity.Warning, $"/{Unit}"), (finding.Descriptor.Code, finding.Descriptor.Severity, finding.Path));
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
        Assert.Contains($"Add a {item} item", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Owners_of_sockets_are_looked_for()
    {
        var tree = CheckedUnits.Tree(
            (Unit, "[Service]\nExecStart=/bin/sh\n"), ($"{CheckedUnits.Units}/a.socket", "[Socket]\nListenStream=/run/a\nSocketUser=root\nSocketGroup=docker\n"));
        Assert.Contains("SocketGroup= of a.socket names the group 'docker'", Assert.Single(CheckedUnits.Run(tree)).Message, StringComparison.Ordinal);
        Assert.Empty(CheckedUnits.Run(new FileTreeBuilder(tree).SetText("usr/lib/sysusers.d/docker.conf", "g docker -\n").Build()));
    }

    [Fact]
    public void A_file_of_the_host_hides_one_of_the_same_name()
    {
        var baseTree = new FileTreeBuilder(CheckedUnits.Base).Set("usr/share/flatcar/etc/sysusers.d/tool.conf", new SymlinkEntry("/dev/null")).Build();
        Assert.Equal("COMPOSE2056", Assert.Single(CheckedUnits.Run(With("[Service]\nExecStart=/bin/sh\nUser=tool\n"), baseTree)).Descriptor.Code);
    }

    [Theory]
    [InlineData("d /var/lib/a 0755 root root -")]
    [InlineData("d /var/lib/a 0755 tool :disk -")]
    [InlineData("d /var/lib/a")]
    [InlineData("d /var/lib/a - - - -")]
    [InlineData("L \"/var/lib/a b\" 0755 1000 %i - x")]
    [InlineData("# d /var/lib/a 0755 missing missing -")]
    [InlineData("")]
    public void Rules_for_users_that_there_will_be_are_right(string rule) =>
        Assert.Empty(CheckedUnits.Run(new FileTreeBuilder(Users).SetText("usr/lib/tmpfiles.d/a.conf", rule).Build()));

    [Theory]
    [InlineData("d /var/lib/a 0755 missing tool -", "(line 2) gives '/var/lib/a' to the user 'missing'")]
    [InlineData("d /var/lib/a 0755 missing missing -", "the user 'missing'")]
    [InlineData("f+ \"/var/lib/a b\" 0755 tool :missing -", "(line 2) gives '/var/lib/a b' to the group 'missing'")]
    public void Rules_for_users_that_nothing_makes_are_reported(string rule, string message)
    {
        var finding = Assert.Single(CheckedUnits.Run(new FileTreeBuilder(Users).SetText("usr/lib/tmpfiles.d/a.conf", $"# rules\n{rule}\n").Build()));
        Assert.Equal(("COMPOSE2056", "/usr/lib/tmpfiles.d/a.conf"), (finding.Descriptor.Code, finding.Path));
        Assert.Contains(message, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_of_a_configuration_extension_are_looked_at_too()
    {
        var finding = Assert.Single(CheckedUnits.Run(new FileTreeBuilder(Users).SetText("etc/tmpfiles.d/a.conf", "d /var/lib/a 0755 missing - -\n").Build()));
        Assert.Equal(("COMPOSE2056", "/etc/tmpfiles.d/a.conf"), (finding.Descriptor.Code, finding.Path));
    }

    [Fact]
    public void Without_a_base_that_has_users_none_is_looked_for()
    {
        var tree = With("[Service]\nExecStart=/bin/sh\nUser=missing\n");
        Assert.Empty(CheckedUnits.RunWithoutBase(tree));
        Assert.Empty(CheckedUnits.Run(tree, CheckedUnits.Tree(("+usr/bin/sh", ""))));
    }

    private static FileTree With(string text) => new FileTreeBuilder(Users).SetText(Unit, text).Build();
}
