using System.Reflection;
using System.Text.RegularExpressions;
using Compose.Diagnostics;
using Compose.Sdk.Tests.Support;

namespace Compose.Sdk.Tests;

public sealed partial class DiagnosticPagesTests
{
    private static readonly string Documentation = Repository.Combine("sdk", "docs");

    [Fact]
    public void Every_code_has_a_page_with_its_title()
    {
        var problems = Descriptors()
            .Where(descriptor => FirstLine(descriptor.Code) != $"# {descriptor.Code}: {descriptor.Title}")
            .Select(descriptor => $"{descriptor.Code}.md should begin with '# {descriptor.Code}: {descriptor.Title}', and has '{FirstLine(descriptor.Code)}'.");
        Assert.Empty(problems);
    }

    [Fact]
    public void Every_page_is_of_a_code_and_says_cause_and_remedy()
    {
        var codes = Descriptors().Select(descriptor => descriptor.Code).ToHashSet(StringComparer.Ordinal);
        foreach (var page in Directory.GetFiles(Documentation, "COMPOSE*.md"))
        {
            Assert.Contains(Path.GetFileNameWithoutExtension(page), codes);
            var text = File.ReadAllText(page);
            Assert.Contains("\n## Cause\n", text, StringComparison.Ordinal);
            Assert.Contains("\n## Remedy\n", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void No_code_is_used_for_two_things()
    {
        var twice = Descriptors().GroupBy(descriptor => descriptor.Code).Where(group => group.Distinct().Count() > 1).Select(group => group.Key);
        Assert.Empty(twice);
    }

    [Fact]
    public void Every_code_of_the_targets_is_a_descriptor()
    {
        var codes = Descriptors().Select(descriptor => descriptor.Code).ToHashSet(StringComparer.Ordinal);
        var used = Directory.GetFiles(Repository.Combine("sdk", "compose.sdk"), "*.targets", SearchOption.AllDirectories)
            .SelectMany(file => Code().Matches(File.ReadAllText(file)))
            .Select(match => match.Value)
            .Distinct()
            .ToArray();
        Assert.NotEmpty(used);
        Assert.All(used, code => Assert.Contains(code, codes));
    }

    [Fact]
    public void The_index_lists_every_code_with_its_title()
    {
        var index = File.ReadAllText(Path.Combine(Documentation, "README.md"));
        var missing = Descriptors()
            .Select(descriptor => $"| [{descriptor.Code}]({descriptor.Code}.md) | {descriptor.Title} |")
            .Where(line => !index.Contains(line, StringComparison.Ordinal))
            .Distinct();
        Assert.Empty(missing);
    }

    private static string FirstLine(string code)
    {
        var page = Path.Combine(Documentation, $"{code}.md");
        return File.Exists(page) ? File.ReadLines(page).FirstOrDefault() ?? "" : "no page";
    }

    /// <summary>The descriptors of all assemblies of ours that lie beside the test.</summary>
    private static IEnumerable<DiagnosticDescriptor> Descriptors() =>
        Directory.GetFiles(AppContext.BaseDirectory, "*.dll")
            .Where(file => Path.GetFileName(file).StartsWith("Compose.", StringComparison.Ordinal) || Path.GetFileName(file) == "compose.dll")
            .Select(Assembly.LoadFrom)
            .SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(field => field.FieldType == typeof(DiagnosticDescriptor))
            .Select(field => (DiagnosticDescriptor)field.GetValue(null)!)
            .OrderBy(descriptor => descriptor.Code, StringComparer.Ordinal);

    [GeneratedRegex("COMPOSE[0-9]{4}")]
    private static partial Regex Code();
}
