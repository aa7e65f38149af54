using Compose.FileTrees;

namespace Compose.Images.Tests.Checks.Executables;

public sealed class ScriptInterpreterTests : ExecutablesTest
{
    [Theory]
    [InlineData("#!/bin/sh\n", null)]
    [InlineData("#! /bin/sh -e\n", null)]
    [InlineData("#!/usr/bin/sh", null)]
    [InlineData("#!/usr/bin/awk -f\n", null)]
    [InlineData("#!/usr/bin/env dash\n", null)]
    [InlineData("#!/usr/bin/env -S dash -e\n", null)]
    [InlineData("#!/usr/bin/env A=b dash\n", null)]
    [InlineData("#!/usr/bin/env /nowhere/x\n", null)]
    [InlineData("#!/usr/bin/env tool\n", null)]
    [InlineData("#!/usr/bin/env\n", null)]
    [InlineData("#!relative\n", null)]
    [InlineData("#!\n", null)]
    [InlineData("#!", null)]
    [InlineData("# comment\n", null)]
    [InlineData("#!/usr/bin/python3\n", "/usr/bin/python3")]
    [InlineData("#!/usr/bin/perl -w\n", "/usr/bin/perl")]
    [InlineData("#!/bin/sh\r\n", "/bin/sh\\x0d")]
    [InlineData("#!/usr/bin/env python3\n", "python3")]
    [InlineData("#!/usr/bin/env -S python3 -u\n", "python3")]
    [InlineData("#!/usr/lib\n", "/usr/lib")]
    [InlineData("#!/usr/bin/../bin/./dash\n", null)]
    public void An_interpreter_has_to_be_in_the_merged_tree(string text, string? missing)
    {
        Check(Tree(
            ("usr/bin/script", new FileEntry(EntryMetadata.Executable, new BytesContent(text))),
            ("usr/bin/tool", HostLibraries.File("/usr/bin/true"))));
        Assert.Equal(missing is null ? [] : ["COMPOSE2044"], Reporter.Codes);
        Assert.All(Reporter.Diagnostics, diagnostic =>
        {
            Assert.StartsWith($"'/usr/bin/script' cannot be run: its interpreter {missing} is not in tool and the base.", diagnostic.Message, StringComparison.Ordinal);
            Assert.Equal("/usr/bin/script", diagnostic.Path);
        });
    }

    [Fact]
    public void A_script_that_cannot_be_run_needs_no_interpreter()
    {
        Check(Tree(("usr/share/tool/example", new FileEntry(EntryMetadata.File, new BytesContent("#!/usr/bin/python3\n")))));
        Assert.Empty(Reporter.Diagnostics);
    }
}
