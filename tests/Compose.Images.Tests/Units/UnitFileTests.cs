using System.Text;
using Compose.Images.Units;
using CsCheck;

namespace Compose.Images.Tests.Units;

public sealed class UnitFileTests
{
    /// <summary>Texts, and what systemd.syntax(7) makes of them.</summary>
    public static TheoryData<string, string[]> Texts => new()
    {
        { "", [] },
        { "[Unit]\nDescription=A tool\n", ["1 [Unit]", "2 Unit.Description=A tool"] },
        { "\uFEFF[Unit]\r\nA=1\r\n\r\n[Service]\r\nA=2", ["1 [Unit]", "2 Unit.A=1", "4 [Service]", "5 Service.A=2"] },
        { "[Unit]\rA=1\n\rB=2\0C=3", ["1 [Unit]", "2 Unit.A=1", "3 Unit.B=2", "4 Unit.C=3"] },
        { "  [Unit]  \n\t A \t = \t a b \t \nB=a=b\n", ["1 [Unit]", "2 Unit.A=a b", "3 Unit.B=a=b"] },
        { "# c\n; c\n[Unit]\n  # A=1\nA=1 # no comment\nB=\n", ["3 [Unit]", "5 Unit.A=1 # no comment", "6 Unit.B="] },
        { "[Unit]\nA=1 \\\n  2 \\\n\t3\nB=4\n", ["1 [Unit]", "2 Unit.A=1  2  3", "5 Unit.B=4"] },
        { "[Unit]\nA=1\\\n# comment \\\n; comment\n2\nB=3\n", ["1 [Unit]", "2 Unit.A=1 2", "6 Unit.B=3"] },
        { "[Unit]\nA=1\\\\\nB=2\\\\\\\n3\n", ["1 [Unit]", "2 Unit.A=1\\\\", "3 Unit.B=2\\\\ 3"] },
        { "[Unit]\nA=1\\\n\nB=2\\", ["1 [Unit]", "2 Unit.A=1", "4 Unit.B=2"] },
        { "[Unit]\n[Unit]\n[X-Own key]\nA=1\n", ["1 [Unit]", "2 [Unit]", "3 [X-Own key]", "4 X-Own key.A=1"] },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Sections_and_assignments_are_read_with_their_lines(string text, string[] expected)
    {
        var file = UnitFile.Parse(Encoding.UTF8.GetBytes(text));
        Assert.Empty(file.Problems);
        Assert.Equal(
            expected,
            file.Sections.Select(section => (section.Line, Text: $"[{section.Name}]"))
                .Concat(file.Settings.Select(setting => (setting.Line, Text: $"{setting.Section}.{setting.Name}={setting.Value}")))
                .OrderBy(entry => entry.Line).Select(entry => $"{entry.Line} {entry.Text}"));
    }

    [Theory]
    [InlineData("A=1\n[Service]\nExecStart=/bin/true\n", "1 is before the first section", "Assignment outside of section")]
    [InlineData("[Service]\nExecStart=/bin/true\nno equals\n", "3 has no '='", "Missing '='")]
    [InlineData("[Service]\nExecStart=/bin/true\n\n =1\n", "4 has nothing before its '='", "Missing key name before '='")]
    [InlineData("[Service]\nExecStart=/bin/true\n[Install\n", "3! begins a section's header and has no ']' at its end", "Invalid section header")]
    [InlineData("[Service]\nExecStart=/bin/true\n[In'stall]\n", "3! has a section's header with a character that cannot stand there", "Bad characters in section header")]
    [InlineData("[Service]\nExecStart=/bin/true\n# comment\nUser=\u00e4\u00ff\n", "4! is not UTF-8", "String is not UTF-8 clean")]
    public void What_is_wrong_for_the_parser_is_wrong_for_systemd(string text, string problem, string oracle)
    {
        // Latin-1, so that one text is no UTF-8.
        var bytes = Encoding.Latin1.GetBytes(text);
        var found = Assert.Single(UnitFile.Parse(bytes).Problems);
        Assert.Equal(problem, $"{found.Line}{(found.Effect == UnitProblemEffect.FileRefused ? "!" : "")} {found.Reason}");

        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory["tool.service"], bytes);
        var result = ExternalTool.TryRun("systemd-analyze", "verify", "--man=no", directory["tool.service"]);
        Assert.Contains($"tool.service:{found.Line}: {oracle}", result.Error, StringComparison.Ordinal);
        Assert.Equal(found.Effect == UnitProblemEffect.FileRefused, result.Error.Contains("failed to load properly", StringComparison.Ordinal));
    }

    [Fact]
    public void Long_lines_are_refused_and_long_continued_ones()
    {
        var line = new string('a', UnitFile.MaximumLine);
        foreach (var text in (string[])[$"[Unit]\nA={line}\n", $"[Unit]\nA={line[..^10]}\\\n{line}\n"])
        {
            var problem = Assert.Single(UnitFile.Parse(Encoding.UTF8.GetBytes(text)).Problems);
            Assert.Equal((UnitProblemEffect.FileRefused, "is longer than 1 MiB"), (problem.Effect, problem.Reason));
        }
    }

    [Fact]
    public void Of_many_problems_the_first_are_kept() =>
        Assert.Equal(Enumerable.Range(2, 10), UnitFile.Parse(Encoding.UTF8.GetBytes("[Unit]\n" + string.Concat(Enumerable.Repeat("x\n", 100_000)))).Problems.Select(problem => problem.Line));

    [Fact]
    public void Of_many_settings_the_first_are_read()
    {
        var file = UnitFile.Parse(Encoding.UTF8.GetBytes("[Unit]\n" + string.Concat(Enumerable.Repeat("A=1\n", 100_000))));
        Assert.Equal(UnitFile.MaximumEntries - 1, file.Settings.Count);
        Assert.Equal((UnitFile.MaximumEntries + 1, UnitProblemEffect.RestNotRead), Assert.Single(file.Problems.Select(problem => (problem.Line, problem.Effect))));
    }

    [Fact]
    public void Any_bytes_can_be_read()
    {
        // Mostly what has a meaning, so that it comes together.
        string[] tokens = ["[", "]", "=", "\\", "\n", "\r", "\0", "#", ";", " ", "Unit", "A", "\"", "\\\n", "é"];
        var gen = Gen.Int[0, 15].Select(Gen.Byte, (index, value) => index < tokens.Length ? tokens[index] : ((char)value).ToString()).Array[0, 200];
        gen.Sample(parts =>
        {
            var file = UnitFile.Parse(Encoding.Latin1.GetBytes(string.Concat(parts)));
            Assert.All(file.Settings, setting =>
            {
                Assert.NotEqual(0, setting.Line);
                Assert.DoesNotContain('=', setting.Name);
                Assert.Contains(file.Sections, section => section.Name == setting.Section && section.Line <= setting.Line);
                _ = UnitWords.OfCommand(setting.Value).Concat(UnitWords.OfList(setting.Value)).ToArray();
            });
            Assert.True(file.Problems.Count(problem => problem.Effect != UnitProblemEffect.LineIgnored) <= 1);
        });
    }

    [Fact]
    public void What_is_written_is_read()
    {
        var word = Gen.Char['a', 'z'].Array[1, 8].Select(letters => new string(letters));
        var gen = Gen.Select(word, word.Array[1, 5], Gen.Bool).Array[0, 20];
        gen.Sample(settings =>
        {
            var text = new StringBuilder("[Unit]\n");
            foreach (var (name, words, isContinued) in settings)
            {
                text.Append(name).Append('=').AppendJoin(isContinued ? "\\\n# a comment\n" : " ", words).Append('\n');
            }

            var file = UnitFile.Parse(Encoding.UTF8.GetBytes(text.ToString()));
            Assert.Equal(settings.Select(setting => (setting.Item1, string.Join(' ', setting.Item2))), file.Settings.Select(setting => (setting.Name, setting.Value)));
        });
    }

    [Fact]
    public void Units_of_the_build_host_have_no_problem()
    {
        string[] folders = ["/usr/lib/systemd/system", "/usr/lib/systemd/user"];
        var files = folders.Where(Directory.Exists).SelectMany(folder => Directory.GetFiles(folder, "*", SearchOption.AllDirectories)).Where(file => new FileInfo(file).LinkTarget is null).ToArray();
        Assert.True(files.Length > 50, "The test needs the Debian package 'systemd'.");
        Assert.All(files, file => Assert.Empty(UnitFile.Parse(File.ReadAllBytes(file)).Problems));
    }

    [Theory]
    [InlineData("a b\tc  d", new[] { "a", "b", "c", "d" }, new[] { "a", "b", "c", "d" })]
    [InlineData("\"a b\" 'c d'e \"\"", new[] { "a b", "c de", "" }, new[] { "a b", "c de", "" })]
    [InlineData("\"a 'b'\" '\"'", new[] { "a 'b'", "\"" }, new[] { "a 'b'", "\"" })]
    [InlineData(@"dev-disk\x2da\x20b.device", new[] { "dev-disk-a b.device" }, new[] { @"dev-disk\x2da\x20b.device" })]
    [InlineData(@"a\sb \; c\""d \q", new[] { "a b", @"\;", "c\"d", @"\q" }, new[] { @"a\sb", @"\;", @"c\""d", @"\q" })]
    [InlineData(@"a\", new[] { @"a\" }, new[] { @"a\" })]
    [InlineData("\"open", new[] { "open" }, new[] { "open" })]
    public void Values_are_split_at_blanks_outside_of_quotes(string value, string[] command, string[] list)
    {
        Assert.Equal(command, UnitWords.OfCommand(value));
        Assert.Equal(list, UnitWords.OfList(value));
    }

    [Theory]
    [InlineData("getty@tty1.service", true, "getty@.service", false)]
    [InlineData("getty@.service", true, "getty@.service", true)]
    [InlineData("a.b.service", true, "a.b.service", false)]
    [InlineData("-.mount", true, "-.mount", false)]
    [InlineData(@"dev-disk-by\x2did.device", true, @"dev-disk-by\x2did.device", false)]
    [InlineData("a.servce", false, null, false)]
    [InlineData(".service", false, null, false)]
    [InlineData("@a.service", false, null, false)]
    [InlineData("a b.service", false, null, false)]
    [InlineData("a/b.service", false, null, false)]
    public void Names_of_units(string name, bool isValid, string? template, bool isTemplate)
    {
        Assert.Equal(isValid, UnitName.IsValid(name));
        if (isValid)
        {
            Assert.Equal((template, isTemplate), (UnitName.TemplateOf(name), UnitName.IsTemplate(name)));
        }
    }
}
