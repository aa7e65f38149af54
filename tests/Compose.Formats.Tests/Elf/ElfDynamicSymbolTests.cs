using System.Text.RegularExpressions;
using Compose.Formats.Elf;
using CsCheck;

namespace Compose.Formats.Tests.Elf;

public sealed partial class ElfDynamicSymbolTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Libraries => ["libc.so.6", "liblzma.so.5", "libcrypto.so.3", "libstdc++.so.6", "libm.so.6"];

    [Theory]
    [MemberData(nameof(Libraries))]
    public void Exports_are_those_that_readelf_shows(string name)
    {
        var path = Find(name);
        var exports = ElfFile.Parse(File.ReadAllBytes(path)).DynamicSymbols().Where(symbol => symbol.IsExported).Select(symbol => symbol.ToString());
        var expected = Exports(path);
        Assert.NotEmpty(expected);
        Assert.Equal(expected.Order(StringComparer.Ordinal), exports.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Versions_and_visibilities_are_told_apart()
    {
        File.WriteAllText(_folder["a.c"], """
            int old_read(void) { return 1; }
            int new_read(void) { return 2; }
            __asm__(".symver old_read,read_it@LIB_1");
            __asm__(".symver new_read,read_it@@LIB_2");
            int plain(void) { return 3; }
            __attribute__((visibility("hidden"))) int secret(void) { return 4; }
            __attribute__((visibility("protected"))) int guarded(void) { return 5; }
            __attribute__((weak)) int perhaps(void) { return 6; }
            extern int elsewhere(void);
            int calls(void) { return elsewhere(); }
            """);
        File.WriteAllText(_folder["a.map"], "LIB_1 { global: plain; guarded; perhaps; calls; read_it; local: *; };\nLIB_2 { global: read_it; } LIB_1;\n");
        ExternalTool.Run(
            "gcc", "-shared", "-fPIC", "-nostdlib", "-o", _folder["liba.so"], _folder["a.c"], $"-Wl,--version-script={_folder["a.map"]}", "-Wl,-soname,liba.so.1");
        var elf = ElfFile.Parse(File.ReadAllBytes(_folder["liba.so"]));
        var exports = elf.DynamicSymbols().Where(symbol => symbol is { IsExported: true, Version: not null }).Select(symbol => symbol.ToString());
        Assert.Equal(
            ["calls@@LIB_1", "guarded@@LIB_1", "perhaps@@LIB_1", "plain@@LIB_1", "read_it@@LIB_2", "read_it@LIB_1"],
            exports.Order(StringComparer.Ordinal));
        Assert.Contains(elf.DynamicSymbols(), symbol => symbol is { Name: "elsewhere", IsUndefined: true, IsExported: false });
    }

    [Fact]
    public void A_file_without_a_section_table_has_no_symbols_to_show()
    {
        var bytes = File.ReadAllBytes(Find("liblzma.so.5"));
        bytes.AsSpan(40, 8).Clear();
        bytes.AsSpan(60, 4).Clear();
        Assert.Empty(ElfFile.Parse(bytes).DynamicSymbols());
    }

    [Fact]
    public void Damaged_tables_are_read_or_refused_and_nothing_else()
    {
        var whole = File.ReadAllBytes(Find("liblzma.so.5"));
        var sections = SectionLine().Matches(ExternalTool.Run("readelf", "-S", "-W", Find("liblzma.so.5")))
            .Where(match => match.Groups[1].Value is ".dynsym" or ".gnu.version" or ".gnu.version_d")
            .Select(match => Convert.ToInt32(match.Groups[2].Value, 16))
            .ToArray();
        Assert.Equal(3, sections.Length);
        var place = Gen.OneOf([.. sections.Select(offset => Gen.Int[offset, offset + 200]), Gen.Int[whole.Length - 2000, whole.Length - 1]]);
        var value = Gen.OneOf(Gen.Byte, Gen.Const((byte)0), Gen.Const((byte)0xFF));
        Gen.Select(place, value).Array[1, 6].Sample(
            changes =>
            {
                var damaged = (byte[])whole.Clone();
                foreach (var (offset, change) in changes)
                {
                    damaged[offset] = change;
                }

                try
                {
                    return ElfFile.Parse(damaged).DynamicSymbols().Count <= damaged.Length;
                }
                catch (InvalidDataException)
                {
                    return true;
                }
            },
            seed: "0000KeRvtYs4", iter: 5000, threads: 1);
    }

    private static string Find(string library)
    {
        var match = Regex.Match(ExternalTool.Run("ldconfig", "-p"), $@"{Regex.Escape(library)} .*x86-64.*=> (\S+)");
        Assert.True(match.Success, $"The test needs '{library}'.");
        return match.Groups[1].Value;
    }

    /// <summary>The rows that are defined, not local, and visible.</summary>
    private static IEnumerable<string> Exports(string path) =>
        SymbolLine().Matches(ExternalTool.Run("readelf", "-W", "--dyn-syms", path))
            .Where(match => match.Groups["bind"].Value != "LOCAL" && match.Groups["visibility"].Value is "DEFAULT" or "PROTECTED" && match.Groups["index"].Value != "UND")
            .Select(match => match.Groups["name"].Value);

    [GeneratedRegex(@"^ +\d+: [0-9a-f]+ +\w+ \w+ +(?<bind>\w+) +(?<visibility>\w+) +(?:\[.*\] +)?(?<index>\w+) (?<name>\S+)", RegexOptions.Multiline)]
    private static partial Regex SymbolLine();

    [GeneratedRegex(@"^ +\[ *\d+\] (\S*) +[A-Z]\S* +[0-9a-f]+ ([0-9a-f]+)", RegexOptions.Multiline)]
    private static partial Regex SectionLine();
}
