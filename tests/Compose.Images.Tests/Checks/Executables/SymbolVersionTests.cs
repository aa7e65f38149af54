using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Checks.Executables;
using Compose.Images.Extensions;

namespace Compose.Images.Tests.Checks.Executables;

/// <summary>Versions that a library lacks. The machine's linker says the same of the same files.</summary>
public sealed class SymbolVersionTests : ExecutablesTest
{
    private const string Library = "libx.so.1";

    [Fact]
    public void A_program_for_a_newer_C_library_is_an_error_that_says_what_the_base_has()
    {
        var (program, version, symbol) = ForNewerLibrary();
        var path = Folder["newer"];
        System.IO.File.WriteAllBytes(path, program);
        System.IO.File.SetUnixFileMode(path, (UnixFileMode)0x1ED);
        var linker = ExternalTool.TryRun(path);
        Assert.NotEqual(0, linker.ExitCode);
        Assert.Contains($"version `{version}' not found", linker.Error, StringComparison.Ordinal);

        Check(Tree(("usr/bin/tool", File("newer"))));
        var diagnostic = Reporter.Single(ImageDiagnostics.SymbolVersionNotFound);
        Assert.Equal((DiagnosticSeverity.Error, "/usr/bin/tool"), (diagnostic.Descriptor.Severity, diagnostic.Path));
        Assert.Equal(
            $"'/usr/bin/tool' needs {version} ({symbol}) of libc.so.6, and that of the base (/usr/lib/x86_64-linux-gnu/libc.so.6) has up to {NewestOfHost()}. "
                + "Take a build for the base's release.",
            diagnostic.Message);
    }

    [Fact]
    public void Programs_that_need_a_version_for_one_symbol_are_shown_as_one()
    {
        Make("X_1 { global: one; local: *; };\nX_2 { global: two; three; };\n", "extern int three(void); int main(void) { return two() + three(); }\n");
        System.IO.File.Move(Folder["program"], Folder["both"]);
        System.IO.File.WriteAllText(Folder["m.c"], "extern int three(void); int main(void) { return three(); }\n");
        ExternalTool.Run("gcc", "-o", Folder["one"], Folder["m.c"], Folder[Library]);
        MakeLibrary("X_1 { global: one; two; local: *; };\n");
        Check(Tree(("usr/bin/a", File("one")), ("usr/bin/b", File("both")), ("usr/bin/c", File("both")), ($"usr/lib/{Library}", File(Library))));
        var shown = Assert.Single(FindingGroups.Merge(Reporter.Diagnostics));
        Assert.StartsWith($"'/usr/bin/a' needs X_2 (three) of {Library},", shown.Message, StringComparison.Ordinal);
        Assert.EndsWith("The same holds for 2 other paths: /usr/bin/b, /usr/bin/c.", shown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_of_a_referenced_extension_may_be_too_old()
    {
        Make("X_1 { global: one; local: *; };\nX_2 { global: two; };\n", "int main(void) { return one() + two(); }\n");
        MakeLibrary("X_1 { global: one; two; local: *; };\n");

        // The linker of this machine looks at the old one.
        Assert.Contains("version `X_2' not found", ExternalTool.TryRun(Folder["program"]).Error, StringComparison.Ordinal);

        Check(Tree(("usr/bin/tool", File("program"))), HostLibraries.Base, new ReferencedExtension("libs", Tree(($"usr/lib/{Library}", File(Library)))));
        Assert.StartsWith(
            $"'/usr/bin/tool' needs X_2 (two) of {Library}, and that of libs (/usr/lib/{Library}) has up to X_1.",
            Reporter.Single(ImageDiagnostics.SymbolVersionNotFound).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X_1 { global: one; local: *; };\nX_2 { global: two; };\n", true)]
    [InlineData("X_1 { global: one; two; local: *; };\n", false)]
    [InlineData("", false)]
    [InlineData("none, but for those that it needs itself", true)]
    public void A_library_has_to_have_the_version(string versions, bool isGood)
    {
        Make("X_1 { global: one; local: *; };\nX_2 { global: two; };\n", "int main(void) { return one() + two(); }\n");
        MakeLibrary(versions);
        Assert.Equal(isGood, ExternalTool.TryRun(Folder["program"]).ExitCode is 3);
        Check(Tree(("usr/bin/tool", File("program")), ($"usr/lib/{Library}", File(Library))));
        Assert.Equal(isGood ? [] : ["COMPOSE2042"], Reporter.Codes);
    }

    [Fact]
    public void A_version_that_is_needed_weakly_may_be_missing()
    {
        Make("X_1 { global: one; local: *; };\nX_2 { global: two; };\n", "#pragma weak two\nint main(void) { return one() + (two ? two() : 2); }\n");
        MakeLibrary("X_1 { global: one; local: *; };\n");
        var bytes = System.IO.File.ReadAllBytes(Folder["program"]);
        Replace(bytes, [.. Hash("X_2"), 0, 0], [.. Hash("X_2"), 2, 0]);
        System.IO.File.WriteAllBytes(Folder["program"], bytes);
        Assert.Equal(3, ExternalTool.TryRun(Folder["program"]).ExitCode);
        Check(Tree(("usr/bin/tool", File("program")), ($"usr/lib/{Library}", File(Library))));
        Assert.Empty(Reporter.Diagnostics);
    }

    [Fact]
    public void For_a_library_that_no_program_loads_it_is_a_warning()
    {
        Make("X_1 { global: one; local: *; };\nX_2 { global: two; };\n", "int main(void) { return 0; }\n");
        System.IO.File.WriteAllText(Folder["p.c"], "extern int two(void); int p(void) { return two(); }\n");
        ExternalTool.Run("gcc", "-shared", "-fPIC", "-nostdlib", "-o", Folder["libp.so"], Folder["p.c"], Folder[Library]);
        MakeLibrary("X_1 { global: one; two; local: *; };\n");
        Check(Tree(("usr/lib/tool/libp.so", File("libp.so")), ($"usr/lib/{Library}", File(Library))));
        Assert.Equal(DiagnosticSeverity.Warning, Reporter.Single(ImageDiagnostics.SymbolVersionNotFound).Descriptor.Severity);
    }

    [Fact]
    public void Without_a_base_what_the_extension_itself_has_is_compared()
    {
        Make("X_1 { global: one; local: *; };\nX_2 { global: two; };\n", "int main(void) { return one() + two(); }\n");
        MakeLibrary("X_1 { global: one; two; local: *; };\n");
        Check(Tree(("usr/bin/tool", File("program")), ($"usr/lib/{Library}", File(Library))), null);
        Reporter.Single(ImageDiagnostics.SymbolVersionNotFound);
    }

    [Theory]
    [InlineData("GLIBC_2.38", "GLIBC_2.36")]
    [InlineData("GLIBC_3", "GLIBC_2.36")]
    [InlineData("GLIBC_ABI_DT_RELR", "GLIBC_2.2.5 GLIBC_2.9 GLIBC_2.36 GLIBC_2.4 GLIBC_PRIVATE")]
    [InlineData("GLIBCXX_3.4.32 GLIBC_2.38", "GLIBCXX_3.4.9 GLIBC_2.36")]
    public void The_newest_version_of_the_kind_is_shown(string missing, string expected)
    {
        string[] defined = ["GLIBC_2.2.5", "GLIBC_2.9", "GLIBC_2.36", "GLIBC_2.4", "GLIBC_PRIVATE", "GLIBCXX_3.4.9", "GLIBC_99999999999.1"];
        Assert.Equal(expected.Split(' '), SymbolVersions.Newest(defined, missing.Split(' ')));
    }

    /// <summary>Makes a library, and a program that is linked with it and finds it in its own folder.</summary>
    private void Make(string versions, string program)
    {
        MakeLibrary(versions);
        System.IO.File.WriteAllText(Folder["m.c"], "extern int one(void); extern int two(void);\n" + program);
        ExternalTool.Run("gcc", "-o", Folder["program"], Folder["m.c"], Folder[Library], "-Wl,-rpath,$ORIGIN");
    }

    private void MakeLibrary(string versions)
    {
        var hasTwo = versions.Contains("two", StringComparison.Ordinal) || !versions.Contains('{');
        var needsVersions = versions.StartsWith("none", StringComparison.Ordinal);
        System.IO.File.WriteAllText(
            Folder["x.c"],
            $"extern int getpid(void);\nint one(void) {{ return {(needsVersions ? "getpid() > 0" : "1")}; }}\n{(hasTwo ? "int two(void) { return 2; }\nint three(void) { return 3; }\n" : "")}");
        System.IO.File.WriteAllText(Folder["x.map"], versions);
        ExternalTool.Run(
            "gcc",
            [
                "-shared", "-fPIC", "-o", Folder[Library], Folder["x.c"], $"-Wl,-soname,{Library}",
                .. needsVersions ? Array.Empty<string>() : ["-nostdlib"],
                .. versions.Contains('{') ? new[] { $"-Wl,--version-script={Folder["x.map"]}" } : [],
            ]);
    }

    /// <summary>
    /// A program of this machine that needs a version which no C library has yet: the name of one that it needs is changed in
    /// its table of names, and the hash of the name where the version is needed.
    /// </summary>
    private static (byte[] Program, string Version, string Symbol) ForNewerLibrary()
    {
        const string Path = "/usr/bin/true";
        var bytes = System.IO.File.ReadAllBytes(Path);
        var old = Regex.Matches(ExternalTool.Run("readelf", "-V", "-W", Path), @"Name: (GLIBC_2\.3[0-9]) ").Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal).Last();
        var version = "GLIBC_2.98";
        var symbol = Regex.Match(ExternalTool.Run("readelf", "-W", "--dyn-syms", Path), $@" (\S+)@{Regex.Escape(old)} \(").Groups[1].Value;
        Replace(bytes, [.. Encoding.ASCII.GetBytes(old), 0], [.. Encoding.ASCII.GetBytes(version), 0]);
        Replace(bytes, Hash(old), Hash(version));
        return (bytes, version, symbol);
    }

    private static void Replace(byte[] bytes, byte[] before, byte[] after)
    {
        var place = bytes.AsSpan().IndexOf(before);
        Assert.True(place >= 0);
        after.CopyTo(bytes, place);
    }

    /// <summary>The hash of System V's ABI, as versions have it.</summary>
    private static byte[] Hash(string name)
    {
        uint hash = 0;
        foreach (var value in name)
        {
            hash = (hash << 4) + value;
            var high = hash & 0xF000_0000;
            hash = (hash ^ (high >> 24)) & ~high;
        }

        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, hash);
        return bytes;
    }

    private static string NewestOfHost() =>
        Regex.Matches(ExternalTool.Run("readelf", "-V", "-W", $"{HostLibraries.Folder}/libc.so.6"), @"Name: (GLIBC_2\.[0-9.]+)")
            .Select(match => match.Groups[1].Value)
            .MaxBy(version => Version.Parse(version["GLIBC_".Length..]))!;
}
