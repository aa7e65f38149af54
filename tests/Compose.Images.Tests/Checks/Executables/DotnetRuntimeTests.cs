using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Checks.Executables;
using Compose.Images.Extensions;

namespace Compose.Images.Tests.Checks.Executables;

public sealed class DotnetRuntimeTests
{
    private const string Configuration = "usr/lib/app/App.runtimeconfig.json";
    private const string Runtime = "Microsoft.NETCore.App";
    private const string Invariant = """, "configProperties": { "System.Globalization.Invariant": true }""";
    private const string SelfContained = """{ "runtimeOptions": { "includedFrameworks": [{ "name": "Microsoft.NETCore.App", "version": "10.0.12" }]""";

    [Theory]
    [InlineData("10.0.0", null, "10.0.12", true)]
    [InlineData("10.0.12", "Minor", "10.0.12", true)]
    [InlineData("10.0.0", null, "10.2.1", true)]
    [InlineData("10.0.0-rc.1", null, "10.0.0-rc.2", true)]
    [InlineData("10.0.13", null, "10.0.12", false)]
    [InlineData("9.0.0", null, "10.0.12", false)]
    [InlineData("11.0.0", "Major", "10.0.12", false)]
    [InlineData("9.0.0", "Major", "10.0.12", true)]
    [InlineData("9.0.0", "LatestMajor", "10.0.12", true)]
    [InlineData("10.0.0", "LatestPatch", "10.0.12", true)]
    [InlineData("10.0.0", "LatestPatch", "10.1.0", false)]
    [InlineData("10.0.12", "Disable", "10.0.12", true)]
    [InlineData("10.0.0", "Disable", "10.0.12", false)]
    public void A_program_runs_on_the_versions_that_it_takes(string wanted, string? rollForward, string present, bool runs)
    {
        var rule = rollForward is null ? "" : $", \"rollForward\": \"{rollForward}\"";
        var program = Program($$"""{ "runtimeOptions": { "framework": { "name": "{{Runtime}}", "version": "{{wanted}}" }{{rule}}{{Invariant}} } }""");

        var findings = CheckedTrees.Run(new DotnetRuntimeCheck(), program, Trees.Of($"usr/share/dotnet/shared/{Runtime}/{present}/System.Runtime.dll"));

        if (runs)
        {
            Assert.Empty(findings);
            return;
        }

        var finding = Assert.Single(findings);
        Assert.Equal(("COMPOSE2046", DiagnosticSeverity.Warning, "/" + Configuration), (finding.Descriptor.Code, finding.Descriptor.Severity, finding.Path));
        Assert.Contains($"runs on {Runtime} {wanted}, which is not in tool and the base", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_several_runtimes_each_is_looked_for_in_all_that_is_merged()
    {
        var program = Program($$"""
            {
              // As people may write it.
              "runtimeOptions": {
                "frameworks": [{ "name": "{{Runtime}}", "version": "10.0.0" }, { "name": "Microsoft.AspNetCore.App", "version": "10.0.0" },]
                {{Invariant}}
              }
            }
            """);
        var runtime = new ReferencedExtension("runtime", Trees.Of($"usr/lib/dotnet/shared/{Runtime}/10.0.12/libcoreclr.so"));

        var finding = Assert.Single(CheckedTrees.Run(new DotnetRuntimeCheck(), program, Trees.Of("usr/lib/x"), [runtime]));

        Assert.Contains("Microsoft.AspNetCore.App 10.0.0, which is not in tool, runtime and the base", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "usr/lib/x", false)]
    [InlineData("", "usr/lib/x86_64-linux-gnu/libicuuc.so.76", true)]
    [InlineData("", "usr/lib/x86_64-linux-gnu/libicuuc.so.76 -> libicuuc.so.76.1", true)]
    [InlineData(Invariant, "usr/lib/x", true)]
    [InlineData(""", "configProperties": { "System.Globalization.Invariant": "true" }""", "usr/lib/x", true)]
    [InlineData(""", "configProperties": { "System.Globalization.Invariant": false }""", "usr/lib/x", false)]
    [InlineData(""", "configProperties": { "System.Globalization.Invariant": 1 }""", "usr/lib/x", false)]
    public void A_program_with_cultures_needs_ICU(string properties, string library, bool runs)
    {
        string[] expected = runs ? [] : ["COMPOSE2046"];
        var program = Program(SelfContained + properties + " } }");
        foreach (var (tree, baseTree) in ((FileTree, FileTree)[])[(program, Trees.Of(library)), (With(program, library), Trees.Of("usr/lib/y"))])
        {
            var findings = CheckedTrees.Run(new DotnetRuntimeCheck(), tree, baseTree);
            Assert.Equal(expected, findings.Select(finding => finding.Descriptor.Code));
            Assert.All(findings, finding => Assert.Contains("libicuuc.so", finding.Message, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("no JSON")]
    [InlineData("[]")]
    [InlineData("""{ "runtimeOptions": 1 }""")]
    [InlineData("""{ "runtimeOptions": { "framework": 1, "frameworks": [1, {}, { "name": "x" }, { "name": 1, "version": 2 }, { "name": "x", "version": "y" }], "configProperties": { "System.Globalization.Invariant": true } } }""")]
    [InlineData("""{ "runtimeOptions": { "rollForward": "\ud800", "configProperties": { "System.Globalization.Invariant": "\ud800" } } }""")]
    public void A_file_that_is_none_is_passed_over(string json) =>
        Assert.Empty(CheckedTrees.Run(new DotnetRuntimeCheck(), Program(json), Trees.Of("usr/lib/x")));

    [Fact]
    public void What_is_no_program_or_on_an_unknown_host_is_passed_over()
    {
        const string json = SelfContained + " } }";
        Assert.Empty(CheckedTrees.Run(new DotnetRuntimeCheck(), Program(json)));
        Assert.Empty(CheckedTrees.Run(new DotnetRuntimeCheck(), Program(json + new string(' ', 1 << 20)), Trees.Of("usr/lib/x")));
        var runtime = new FileTreeBuilder().SetText($"usr/share/dotnet/shared/{Runtime}/10.0.12/{Runtime}.runtimeconfig.json", json).Build();
        Assert.Empty(CheckedTrees.Run(new DotnetRuntimeCheck(), runtime, Trees.Of("usr/lib/x")));
    }

    private static FileTree Program(string json) => new FileTreeBuilder(Trees.Of("usr/lib/app/App.dll")).SetText(Configuration, json).Build();

    private static FileTree With(FileTree tree, string path)
    {
        var builder = new FileTreeBuilder(tree);
        foreach (var item in Trees.Of(path))
        {
            if (item.Entry is not DirectoryEntry)
            {
                builder.Set(item.Path, item.Entry);
            }
        }

        return builder.Build();
    }
}
