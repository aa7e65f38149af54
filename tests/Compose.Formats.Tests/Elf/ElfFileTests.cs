using System.Text.RegularExpressions;
using Compose.Formats.Elf;
using CsCheck;

namespace Compose.Formats.Tests.Elf;

public partial class ElfFileTests
{
    public static TheoryData<string> Programs => ["cpio", "objdump", "xz", "sgdisk"];

    [Theory]
    [MemberData(nameof(Programs))]
    public void Sections_are_those_that_readelf_shows(string program)
    {
        var path = ExternalTool.Find(program);
        var expected = SectionLine().Matches(ExternalTool.Run("readelf", "-S", "-W", path)).Select(match => match.Groups[1].Value);
        Assert.Equal(expected, ElfFile.Parse(File.ReadAllBytes(path)).Sections.Select(section => section.Name));
    }

    [Fact]
    public void Symbols_are_defined_or_undefined()
    {
        using var folder = new TemporaryDirectory();
        var elf = ElfFile.Parse(Assemble(folder, ".globl here\nhere: .long 1\n.long there\n.weak perhaps\n.long perhaps\n"));
        Assert.Equal(
            [new ElfSymbol("here", false), new ElfSymbol("perhaps", true), new ElfSymbol("there", true)],
            elf.Symbols().OrderBy(symbol => symbol.Name, StringComparer.Ordinal));
        Assert.Equal(1, elf.Type);
    }

    [Fact]
    public void More_than_65280_sections_are_read()
    {
        using var folder = new TemporaryDirectory();
        var source = string.Concat(Enumerable.Range(0, 66_000).Select(i => $".section s{i},\"a\"\n.byte 1\n"));
        var elf = ElfFile.Parse(Assemble(folder, source));
        Assert.True(elf.Sections.Count > 66_000);
        Assert.Equal("s65999", elf.Section("s65999")?.Name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("7f454c46")]
    [InlineData("7f454c460201010000000000000000000300")]
    [InlineData("23212f62696e2f73680a")]
    public void What_is_no_ELF_file_or_ends_in_its_header_is_refused(string hex) =>
        Assert.Throws<InvalidDataException>(() => ElfFile.Parse(Convert.FromHexString(hex)));

    [Fact]
    public void Damaged_files_are_read_or_refused_and_nothing_else()
    {
        using var folder = new TemporaryDirectory();
        byte[][] files = [Assemble(folder, ".globl here\nhere: .long there\n"), File.ReadAllBytes(ExternalTool.Find("cpio"))];
        var value = Gen.OneOf(Gen.Byte, Gen.Const((byte)0), Gen.Const((byte)0xFF), Gen.Const((byte)0x80));

        // Most of what can go wrong is in the header at the front and in the section table at the end.
        var offset = Gen.OneOf(Gen.Int[0, 63], Gen.Int[64, 1000], Gen.Int[-2500, -1]);
        Gen.Select(Gen.Int[0, 1], Gen.Select(offset, value).Array[1, 5], Gen.Int[0, 3], Gen.Double[0, 1]).Sample(
            (index, changes, cut, part) =>
            {
                var damaged = (byte[])files[index].Clone();
                foreach (var (place, change) in changes)
                {
                    damaged[((place % damaged.Length) + damaged.Length) % damaged.Length] = change;
                }

                try
                {
                    var elf = ElfFile.Parse(cut == 0 ? damaged.AsMemory(0, (int)(part * damaged.Length)) : damaged);
                    return elf.Symbols().Count() <= damaged.Length;
                }
                catch (InvalidDataException)
                {
                    return true;
                }
            },
            seed: "0000KeRvtYs4", iter: 20_000, threads: 1);
    }

    private static byte[] Assemble(TemporaryDirectory folder, string source)
    {
        File.WriteAllText(folder["source.s"], source);
        ExternalTool.Run("as", "-o", folder["object.o"], folder["source.s"]);
        return File.ReadAllBytes(folder["object.o"]);
    }

    [GeneratedRegex(@"^ +\[ *\d+\] (\S*) +[A-Z]", RegexOptions.Multiline)]
    private static partial Regex SectionLine();
}
