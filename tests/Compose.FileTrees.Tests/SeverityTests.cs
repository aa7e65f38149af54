using Compose.Diagnostics;
using Compose.FileTrees.Operations;

namespace Compose.FileTrees.Tests;

public class SeverityTests
{
    private static readonly DiagnosticDescriptor Descriptor = new("COMPOSE2002", DiagnosticSeverity.Warning, "");

    [Theory]
    [InlineData(null, "/usr/bin/tool", DiagnosticSeverity.Error)]
    [InlineData(null, "/usr/bin", DiagnosticSeverity.Error)]
    [InlineData(null, "/usr/lib/tool.so", DiagnosticSeverity.Message)]
    [InlineData("docker.io", "/usr/lib/tool.so", null)]
    [InlineData("docker.io", "/usr/bin/tool", DiagnosticSeverity.Error)]
    [InlineData("docker.io", null, null)]
    [InlineData("another", null, DiagnosticSeverity.Message)]
    public void The_rule_that_is_most_exact_counts(string? item, string? path, DiagnosticSeverity? expected)
    {
        var rules = new SeverityRules(
        [
            new("COMPOSE2002", DiagnosticSeverity.Error) { Paths = [new Glob("/usr/bin")] },
            new("COMPOSE2002", null) { Item = "docker.io", WarningsOnly = true },
            new("COMPOSE2002", DiagnosticSeverity.Message),
            new("COMPOSE2003", null),
        ]);
        Assert.Equal(expected, rules.SeverityOf(Finding(path, item), canBeLowered: true));
    }

    [Fact]
    public void Of_equal_rules_the_last_one_counts()
    {
        var rules = new SeverityRules([new("COMPOSE2002", null), new("COMPOSE2002", DiagnosticSeverity.Error)]);
        Assert.Equal(DiagnosticSeverity.Error, rules.SeverityOf(Finding(null), canBeLowered: true));
    }

    [Fact]
    public void An_error_is_lowered_only_where_it_is_a_finding()
    {
        var rule = new SeverityRule("COMPOSE2002", null);
        var rules = new SeverityRules([rule]);
        var error = Descriptor.AsError().Create("");

        Assert.Equal(DiagnosticSeverity.Error, rules.SeverityOf(error, canBeLowered: false));
        Assert.True(rules.IsRefused(rule));
        Assert.Null(rules.SeverityOf(error, canBeLowered: true));
    }

    [Fact]
    public void What_an_item_says_of_its_warnings_leaves_errors_and_messages()
    {
        var rules = new SeverityRules([new("COMPOSE2002", null) { Item = "x", WarningsOnly = true }]);
        Assert.Null(rules.SeverityOf(Descriptor.Create("", "x"), canBeLowered: true));
        Assert.Equal(DiagnosticSeverity.Error, rules.SeverityOf(Descriptor.AsError().Create("", "x"), canBeLowered: true));
        Assert.Equal(DiagnosticSeverity.Message, rules.SeverityOf(Descriptor.AsMessage().Create("", "x"), canBeLowered: true));
    }

    [Fact]
    public void A_rule_is_of_use_when_it_has_matched()
    {
        var used = new SeverityRule("COMPOSE2002", null) { Paths = [new Glob("**/*.so")] };
        var unused = used with { Paths = [new Glob("**/*.a")] };
        var rules = new SeverityRules([used, unused]);
        rules.SeverityOf(Finding("/usr/lib/x.so"), canBeLowered: true);

        Assert.True(rules.IsUsed(used));
        Assert.False(rules.IsUsed(unused));
    }

    [Fact]
    public void Findings_that_differ_in_their_path_only_are_one()
    {
        Diagnostic[] findings =
        [
            .. Enumerable.Range(1, 12).Select(i => Finding($"/usr/bin/tool{i}")),
            Finding("/usr/bin/x", "package"),
            Descriptor.AsError().Create("'/usr/bin/y' is wrong.") with { Path = "/usr/bin/y" },
            Descriptor.Create("'/usr/bin/z' is wrong otherwise.") with { Path = "/usr/bin/z" },
            Finding("/usr/bin/other"),
        ];

        var merged = FindingGroups.Merge(findings).ToArray();

        Assert.Equal(
            [
                "'/usr/bin/tool1' is wrong. The same holds for 12 other paths: /usr/bin/tool2, /usr/bin/tool3, /usr/bin/tool4, /usr/bin/tool5, "
                    + "/usr/bin/tool6, /usr/bin/tool7, /usr/bin/tool8, /usr/bin/tool9, /usr/bin/tool10 and 3 more.",
                "'/usr/bin/x' is wrong.",
                "'/usr/bin/y' is wrong.",
                "'/usr/bin/z' is wrong otherwise.",
            ],
            merged.Select(finding => finding.Message));
        Assert.Equal("/usr/bin/tool1", merged[0].Path);
    }

    [Fact]
    public void Findings_in_files_of_the_project_are_one_unless_they_have_a_line()
    {
        Diagnostic[] files = [Finding("/usr/a") with { SourceFile = "files/a" }, Finding("/usr/b") with { SourceFile = "files/b" }];
        var one = Assert.Single(FindingGroups.Merge(files));
        Assert.Equal(("files/a", "'/usr/a' is wrong. The same holds for 1 other path: /usr/b."), (one.SourceFile, one.Message));

        Assert.Equal(2, FindingGroups.Merge(files.Select((file, i) => file with { SourceLine = i + 1 })).Count());
    }

    private static Diagnostic Finding(string? path, string? item = null) => Descriptor.Create($"'{path}' is wrong.", item) with { Path = path };
}
