using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Extensions;

namespace Compose.Images.Tests.Checks.Executables;

/// <summary>What is said of programs and libraries that lack something; where it can be run, the machine's linker agrees.</summary>
public sealed class ElfClosureTests : ExecutablesTest
{
    [Fact]
    public void Programs_of_this_machine_lack_nothing_on_its_own_C_library()
    {
        Check(Tree(("usr/bin/env2", HostLibraries.File("/usr/bin/env")), ("usr/bin/dash2", HostLibraries.File("/usr/bin/dash"))));
        Assert.Empty(Reporter.Diagnostics);
    }

    [Fact]
    public void A_program_without_a_library_is_an_error_that_names_it()
    {
        ElfLayout.Build(Folder, "liba.so.1", "program < liba.so.1");
        Check(Tree(("usr/bin/tool", File("program"))));
        var diagnostic = Reporter.Single(ImageDiagnostics.LibraryNotFound);
        Assert.Equal(DiagnosticSeverity.Error, diagnostic.Descriptor.Severity);
        Assert.Equal("/usr/bin/tool", diagnostic.Path);
        Assert.Equal(
            "'/usr/bin/tool' needs the library liba.so.1, which no folder that the dynamic linker searches has in tool and the base. "
                + "Add the package that brings it, or reference the extension's project.",
            diagnostic.Message);
        Assert.Contains("liba.so.1 => not found", HostLibraries.Loaded(Folder["program"]));
    }

    [Theory]
    [InlineData("usr/lib/x86_64-linux-gnu/liba.so.1", true)]
    [InlineData("usr/lib/liba.so.1", true)]
    [InlineData("usr/lib64/liba.so.1", false)]
    [InlineData("usr/local/lib/liba.so.1", false)]
    [InlineData("usr/lib/tool/liba.so.1", false)]
    [InlineData("opt/tool/lib/liba.so.1", false)]
    public void A_library_is_found_in_the_linkers_folders_and_in_no_others(string path, bool isFound)
    {
        ElfLayout.Build(Folder, "liba.so.1", "program < liba.so.1");
        Check(Tree(("usr/bin/tool", File("program")), (path, File("liba.so.1"))));
        Assert.Equal(isFound ? [] : [DiagnosticSeverity.Warning], Reporter.Diagnostics.Select(diagnostic => diagnostic.Descriptor.Severity));
        Assert.All(Reporter.Diagnostics, diagnostic => Assert.Contains($"/{path} of tool is not where the dynamic linker looks", diagnostic.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_that_only_ldconfig_would_know_is_not_searched_and_the_message_says_why()
    {
        ElfLayout.Build(Folder, "liba.so.1", "program < liba.so.1");
        var conf = new FileEntry(EntryMetadata.File, new BytesContent("# ours\n/usr/lib/tool\n"));
        Check(Tree(("usr/bin/tool", File("program")), ("usr/lib/tool/liba.so.1", File("liba.so.1")), ("usr/share/tool/etc/ld.so.conf.d/tool.conf", conf)));
        Assert.Contains(
            "(/usr/share/tool/etc/ld.so.conf.d/tool.conf names the folder for ldconfig, which nothing runs when the extension is merged)",
            Reporter.Single(ImageDiagnostics.LibraryNotFound).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("usr/share/flatcar/etc/ld.so.cache", true)]
    [InlineData("usr/lib/systemd/system/ldconfig.service", true)]
    [InlineData("usr/lib/other", false)]
    public void A_library_of_the_base_is_found_in_folders_of_ld_so_conf_when_there_is_a_cache(string path, bool isFound)
    {
        ElfLayout.Build(Folder, "liba.so.1", "program < liba.so.1");
        var host = new FileTreeBuilder(HostLibraries.Base)
            .Set("usr/lib/special/liba.so.1", File("liba.so.1"))
            .SetText("usr/share/flatcar/etc/ld.so.conf", "include ld.so.conf.d/*.conf\n")
            .SetText("usr/share/flatcar/etc/ld.so.conf.d/special.conf", "/usr/lib/special # here\n")
            .SetText("usr/share/flatcar/etc/ld.so.conf.d/round.conf", "include /etc/ld.so.conf\n")
            .SetText(path, "")
            .Build();
        Check(Tree(("usr/bin/tool", File("program"))), host);
        Assert.Equal(!isFound, Reporter.Codes.Contains("COMPOSE2041"));
    }

    [Fact]
    public void What_a_referenced_extension_has_is_found()
    {
        ElfLayout.Build(Folder, "liba.so.1", "program < liba.so.1");
        Check(Tree(("usr/bin/tool", File("program"))), HostLibraries.Base, new ReferencedExtension("liba", Tree(("usr/lib/x86_64-linux-gnu/liba.so.1", File("liba.so.1")))));
        Assert.Empty(Reporter.Diagnostics);
    }

    [Fact]
    public void What_a_library_lacks_is_reported_with_the_program_that_loads_it()
    {
        ElfLayout.Build(Folder, "libb.so.1", "liba.so.1 < libb.so.1", "program < liba.so.1");
        Check(Tree(("usr/bin/tool", File("program")), ("usr/lib/liba.so.1", File("liba.so.1"))));
        var diagnostic = Reporter.Single(ImageDiagnostics.LibraryNotFound);
        Assert.Equal((DiagnosticSeverity.Error, "/usr/lib/liba.so.1"), (diagnostic.Descriptor.Severity, diagnostic.Path));
        Assert.StartsWith("'/usr/lib/liba.so.1' (loaded by /usr/bin/tool) needs the library libb.so.1,", diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_that_a_file_lacks_is_named_once()
    {
        ElfLayout.Build(Folder, "libb.so.1", "libc1.so.1", "liba.so.1 < libb.so.1 libc1.so.1", "program < liba.so.1");
        Check(Tree(("usr/bin/one", File("program")), ("usr/bin/two", File("program")), ("usr/lib/liba.so.1", File("liba.so.1"))));
        Assert.Equal(
            ["'/usr/lib/liba.so.1' (loaded by /usr/bin/one) needs the library libb.so.1", "'/usr/lib/liba.so.1' (loaded by /usr/bin/one) needs the library libc1.so.1"],
            Reporter.Diagnostics.Select(diagnostic => diagnostic.Message.Split(',')[0]));
    }

    [Fact]
    public void What_a_library_of_the_base_lacks_is_reported_at_the_program_that_loads_it()
    {
        ElfLayout.Build(Folder, "libb.so.1", "liba.so.1 < libb.so.1", "program < liba.so.1");
        var host = new FileTreeBuilder(HostLibraries.Base).Set("usr/lib/liba.so.1", File("liba.so.1")).Build();
        Check(Tree(("usr/bin/tool", File("program"))), host);
        var diagnostic = Reporter.Single(ImageDiagnostics.LibraryNotFound);
        Assert.Equal((DiagnosticSeverity.Error, "/usr/bin/tool"), (diagnostic.Descriptor.Severity, diagnostic.Path));
        Assert.StartsWith("'/usr/bin/tool' (through /usr/lib/liba.so.1) needs the library libb.so.1,", diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("usr/lib/x86_64-linux-gnu/libp.so", false, DiagnosticSeverity.Warning)]
    [InlineData("usr/lib/x86_64-linux-gnu/libp.so", true, DiagnosticSeverity.Warning)]
    [InlineData("usr/lib/tool/plugins/libp.so", false, DiagnosticSeverity.Warning)]
    [InlineData("usr/lib/tool/plugins/libp.so", true, null)]
    public void A_library_that_no_program_loads_is_a_warning_and_a_plugin_may_get_it_from_its_program(string path, bool isElsewhere, DiagnosticSeverity? expected)
    {
        ElfLayout.Build(Folder, "liba.so.1", "libp.so < liba.so.1");
        var tree = new FileTreeBuilder(Tree((path, File("libp.so"))));
        if (isElsewhere)
        {
            tree.Set("usr/lib/tool/liba.so.1", File("liba.so.1"));
        }

        Check(tree.Build());
        Assert.Equal(expected is { } severity ? [severity] : [], Reporter.Diagnostics.Select(diagnostic => diagnostic.Descriptor.Severity));
    }

    [Fact]
    public void A_library_that_a_program_loads_with_its_RPATH_lacks_nothing()
    {
        ElfLayout.Build(Folder, "libb.so", "liba.so < libb.so", "program < liba.so : -Wl,-rpath,$ORIGIN/../lib/tool,--disable-new-dtags");
        Check(Tree(("usr/bin/tool", File("program")), ("usr/lib/tool/liba.so", File("liba.so")), ("usr/lib/tool/libb.so", File("libb.so"))));
        Assert.Empty(Reporter.Diagnostics);
    }

    [Fact]
    public void Without_a_base_nothing_is_reported_that_the_host_may_have()
    {
        ElfLayout.Build(Folder, "liba.so.1", "program < liba.so.1 : -Wl,--dynamic-linker=/lib/ld-linux-other.so.1", "libp.so < liba.so.1");
        var script = new FileEntry(EntryMetadata.Executable, new BytesContent("#!/usr/bin/python3\n"));
        Check(Tree(("usr/bin/tool", File("program")), ("usr/lib/libp.so", File("libp.so")), ("usr/bin/script", script)), null);
        Assert.Empty(Reporter.Diagnostics);
    }

    [Fact]
    public void A_dynamic_linker_that_is_not_there_is_an_error()
    {
        ElfLayout.Build(Folder, "program : -Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1");
        Check(Tree(("usr/bin/tool", File("program"))));
        var diagnostic = Reporter.Single(ImageDiagnostics.DynamicLinkerNotFound);
        Assert.Equal("/usr/bin/tool", diagnostic.Path);
        Assert.StartsWith("'/usr/bin/tool' cannot be started: its dynamic linker /lib/ld-musl-x86_64.so.1 is not in tool and the base.", diagnostic.Message, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists("/lib/ld-musl-x86_64.so.1"));
        Assert.Throws<System.ComponentModel.Win32Exception>(() => System.Diagnostics.Process.Start(Folder["program"]));
    }

    [Fact]
    public void A_dynamic_linker_of_another_C_library_is_enough()
    {
        ElfLayout.Build(Folder, "liba.so.1", "program < liba.so.1 : -Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1");
        Check(Tree(("usr/bin/tool", File("program")), ("usr/lib/ld-musl-x86_64.so.1", File("liba.so.1"))));
        Assert.Empty(Reporter.Diagnostics);
    }

    [Fact]
    public void A_static_program_needs_nothing()
    {
        System.IO.File.WriteAllText(Folder["s.c"], "void _start(void) { for (;;) {} }\n");
        ExternalTool.Run("gcc", "-static", "-nostdlib", "-o", Folder["static"], Folder["s.c"]);
        ExternalTool.Run("gcc", "-static-pie", "-nostdlib", "-o", Folder["static-pie"], Folder["s.c"]);
        Check(Tree(("usr/bin/s", File("static")), ("usr/bin/p", File("static-pie"))));
        Assert.Empty(Reporter.Diagnostics);
    }

    [Theory]
    [InlineData(null, 183, "'/usr/bin/tool' is for arm64, and tool for x86-64.")]
    [InlineData("arm64", 62, "'/usr/bin/tool' is for x86-64, and tool for arm64.")]
    [InlineData("x86-64", 40, "'/usr/bin/tool' is for machine 40 with 64 bits, and tool for x86-64.")]
    [InlineData("arm64", 183, null)]
    [InlineData("_any", 62, null)]
    public void A_program_for_another_processor_is_a_warning(string? architecture, byte machine, string? message)
    {
        ElfLayout.Build(Folder, "program : -nostartfiles -nostdlib -static -Wl,-e,main");
        var bytes = System.IO.File.ReadAllBytes(Folder["program"]);
        bytes[18] = machine;
        Check(
            new() { Name = "tool", Release = new() { Architecture = architecture } },
            Tree(("usr/bin/tool", new FileEntry(EntryMetadata.Executable, new BytesContent(bytes)))),
            HostLibraries.Base);
        Assert.Equal(message is null ? [] : ["COMPOSE2043"], Reporter.Codes);
        Assert.All(Reporter.Diagnostics, diagnostic => Assert.StartsWith(message!, diagnostic.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_damaged_program_is_a_warning()
    {
        var bytes = System.IO.File.ReadAllBytes("/usr/bin/env")[..2000];
        Check(Tree(("usr/bin/tool", new FileEntry(EntryMetadata.Executable, new BytesContent(bytes)))));
        Assert.StartsWith("What '/usr/bin/tool' needs cannot be told: ", Reporter.Single(ImageDiagnostics.UnreadableElf).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_files_with_one_cause_are_shown_as_one()
    {
        ElfLayout.Build(Folder, "liba.so.1", "program < liba.so.1");
        Check(Tree([.. Enumerable.Range(10, 13).Select(i => ($"usr/bin/tool{i}", File("program")))]));
        Assert.Equal(13, Reporter.Diagnostics.Count);
        var shown = Assert.Single(FindingGroups.Merge(Reporter.Diagnostics));
        Assert.Contains("The same holds for 12 other paths: /usr/bin/tool11, /usr/bin/tool12,", shown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Control_characters_of_a_name_are_shown_as_numbers()
    {
        ElfLayout.Build(Folder, "libaX.so.1", "program < libaX.so.1");
        var bytes = System.IO.File.ReadAllBytes(Folder["program"]);
        bytes[bytes.AsSpan().IndexOf("X.so.1"u8)] = (byte)'\n';
        Check(Tree(("usr/bin/tool", new FileEntry(EntryMetadata.Executable, new BytesContent(bytes)))));
        Assert.StartsWith("'/usr/bin/tool' needs the library liba\\x0a.so.1,", Reporter.Single(ImageDiagnostics.LibraryNotFound).Message, StringComparison.Ordinal);
    }
}
