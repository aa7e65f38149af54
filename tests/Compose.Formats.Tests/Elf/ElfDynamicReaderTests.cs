using System.Text.RegularExpressions;
using Compose.FileTrees;
using Compose.Formats.Elf;

namespace Compose.Formats.Tests.Elf;

public sealed partial class ElfDynamicReaderTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Files =>
        ["cpio", "objdump", "xz", "sgdisk", "gcc", "libc.so.6", "libstdc++.so.6", "liblzma.so.5", "libcrypto.so.3", "ld-linux-x86-64.so.2"];

    [Theory]
    [MemberData(nameof(Files))]
    public void What_a_file_needs_is_what_readelf_shows(string name)
    {
        var path = Find(name);
        var linking = Read(path);
        var tags = ExternalTool.Run("readelf", "-d", "-W", path);
        Assert.Equal(NeededLine().Matches(tags).Select(match => match.Groups[1].Value), linking.Needed);
        Assert.Equal(One(SonameLine().Match(tags)), linking.SharedObjectName);
        Assert.Equal(One(InterpreterLine().Match(ExternalTool.Run("readelf", "-l", "-W", path))), linking.Interpreter);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Versions_are_those_that_readelf_shows(string name)
    {
        var path = Find(name);
        var linking = Read(path);
        var (defined, needed) = VersionsByReadelf(path);
        Assert.NotEmpty(defined.Concat(needed));
        Assert.Equal(defined, linking.DefinedVersions);
        Assert.Equal(needed, linking.NeededVersions.Select(Row));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void The_symbols_that_need_a_version_are_those_that_readelf_shows(string name)
    {
        var path = Find(name);
        var symbols = NeededSymbolLine().Matches(ExternalTool.Run("readelf", "-W", "--dyn-syms", path))
            .Select(match => (Name: match.Groups[1].Value, Version: $"{match.Groups[2].Value} {match.Groups[3].Value}"))
            .ToArray();
        using var reader = new ElfDynamicReader(Content(path));
        foreach (var version in reader.ReadLinking().NeededVersions)
        {
            var expected = symbols.Where(row => row.Version == $"{version.Name} {version.Index}").Select(row => row.Name).ToArray();
            var found = reader.FindSymbols(version.Index);
            Assert.Equal(Math.Min(100, expected.Length), found.Count);
            Assert.Subset(expected.ToHashSet(), found.ToHashSet());
        }
    }

    [Theory]
    [InlineData("-Wl,-rpath,$ORIGIN/../lib:/opt/x,--enable-new-dtags", "RUNPATH $ORIGIN/../lib:/opt/x")]
    [InlineData("-Wl,-rpath,$ORIGIN/../lib:/opt/x,--disable-new-dtags", "RPATH $ORIGIN/../lib:/opt/x")]
    [InlineData("-Wl,-z,nodefaultlib", "NODEFLIB")]
    [InlineData("-Wl,--dynamic-linker=/lib/ld-other.so.1", "INTERP /lib/ld-other.so.1")]
    [InlineData("-Wl,--hash-style=sysv", "")]
    [InlineData("-static", "STATIC")]
    [InlineData("-static-pie", "STATIC")]
    public void Options_of_the_linker_are_read(string option, string expected)
    {
        var linking = Read(Program("#include <stdio.h>\nint main(void) { return puts(\"x\") < 0; }\n", option));
        Assert.Equal(expected.StartsWith("RUNPATH ", StringComparison.Ordinal) ? expected[8..] : null, linking.RunPath);
        Assert.Equal(expected.StartsWith("RPATH ", StringComparison.Ordinal) ? expected[6..] : null, linking.RPath);
        Assert.Equal(expected == "NODEFLIB", linking.IgnoresDefaultFolders);
        Assert.Equal(expected == "STATIC" ? [] : ["libc.so.6"], linking.Needed);
        Assert.Equal(
            expected == "STATIC" ? null : expected.StartsWith("INTERP ", StringComparison.Ordinal) ? expected[7..] : "/lib64/ld-linux-x86-64.so.2",
            linking.Interpreter);
        if (expected != "STATIC")
        {
            using var reader = new ElfDynamicReader(Content(_folder["program"]));
            var version = linking.NeededVersions.Single(version => version.Name == "GLIBC_2.2.5");
            Assert.Contains("puts", reader.FindSymbols(version.Index));
        }
    }

    [Fact]
    public void A_version_may_be_needed_weakly()
    {
        File.WriteAllText(_folder["v.c"], "int one(void) { return 1; }\nint two(void) { return 2; }\n");
        File.WriteAllText(_folder["v.map"], "V_1 { global: one; local: *; };\nV_2 { global: two; };\n");
        ExternalTool.Run("gcc", "-shared", "-fPIC", "-nostdlib", "-o", _folder["libv.so"], _folder["v.c"], $"-Wl,--version-script={_folder["v.map"]},-soname,libv.so.1");
        var path = Program("extern int one(void); extern int two(void); int main(void) { return one() + two(); }\n", _folder["libv.so"]);
        Assert.Equal(["libv.so.1", "V_1", "V_2"], Read(_folder["libv.so"]).DefinedVersions);

        // Not every linker sets the flag, which stands behind the hash of the version's name.
        var bytes = File.ReadAllBytes(path);
        var hash = bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x22, 0x5C, 0, 0, 0, 0]);
        Assert.True(hash > 0);
        bytes[hash + 4] = 2;
        File.WriteAllBytes(path, bytes);
        var needed = Read(path).NeededVersions;
        Assert.Equal(VersionsByReadelf(path).Needed, needed.Select(Row));
        Assert.Equal(["V_2"], needed.Where(version => version.IsWeak).Select(version => version.Name));
    }

    [Fact]
    public void A_file_of_32_bits_is_read()
    {
        File.WriteAllText(_folder["source.s"], ".globl here\n.type here,@function\nhere: call there@PLT\n");
        ExternalTool.Run("as", "--32", "-o", _folder["object.o"], _folder["source.s"]);
        ExternalTool.Run("ld", "-m", "elf_i386", "-shared", "-soname", "libhere.so.1", "-rpath", "/opt/here", "--enable-new-dtags", "-o", _folder["libhere.so"], _folder["object.o"]);
        var linking = Read(_folder["libhere.so"]);
        Assert.Equal((3, 3, false, "libhere.so.1", "/opt/here"), (linking.Type, linking.Machine, linking.Is64Bit, linking.SharedObjectName, linking.RunPath));
    }

    [Fact]
    public void The_section_table_is_not_needed()
    {
        var path = Find("libstdc++.so.6");
        var stripped = File.ReadAllBytes(path);
        stripped.AsSpan(40, 8).Clear();
        stripped.AsSpan(60, 4).Clear();
        Assert.Equivalent(Read(path), ElfDynamicReader.Read(new BytesContent(stripped)), strict: true);
    }

    [Fact]
    public void Of_a_large_program_little_is_read()
    {
        var path = Program("int main(void) { return 0; }\n");
        using (var file = File.OpenWrite(path))
        {
            file.SetLength(3L << 30);
        }

        var content = new CountingContent(Content(path), canSeek: true);
        Assert.Equal(["libc.so.6"], ElfDynamicReader.Read(content).Needed);
        Assert.InRange(content.BytesRead, 1, 64 * 1024);
    }

    [Fact]
    public void Content_that_can_only_be_read_in_order_is_read_too()
    {
        var path = Find("liblzma.so.5");
        Assert.Equivalent(Read(path), ElfDynamicReader.Read(new CountingContent(Content(path), canSeek: false)), strict: true);
    }

    private string Program(string source, params string[] options)
    {
        File.WriteAllText(_folder["program.c"], source);
        ExternalTool.Run("gcc", ["-o", _folder["program"], _folder["program.c"], .. options]);
        return _folder["program"];
    }

    private static HostFileContent Content(string path) => new(path, new FileInfo(path).Length);

    private static ElfDynamicLinking Read(string path) => ElfDynamicReader.Read(Content(path));

    /// <summary>A version as <see cref="VersionsByReadelf"/> has it.</summary>
    private static string Row(ElfNeededVersion version) => $"{version.Library} {version.Name} {version.Index} {(version.IsWeak ? "WEAK" : "none")}";

    private static string? One(Match match) => match.Success ? match.Groups[1].Value : null;

    /// <summary>A library of the host, or a program.</summary>
    internal static string Find(string name)
    {
        var path = ExternalTool.TryRun("ldconfig", "-p").Output is var known && Regex.Match(known, $@"{Regex.Escape(name)} .*x86-64.*=> (\S+)") is { Success: true } match
            ? match.Groups[1].Value
            : ExternalTool.Find(name);
        return new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;
    }

    /// <summary>What readelf says of a file's versions, in its order.</summary>
    private static (List<string> Defined, List<string> Needed) VersionsByReadelf(string path)
    {
        var (defined, needed) = (new List<string>(), new List<string>());
        var library = "";
        foreach (var line in ExternalTool.Run("readelf", "-V", "-W", path).Split('\n'))
        {
            if (DefinitionLine().Match(line) is { Success: true } definition)
            {
                defined.Add(definition.Groups[1].Value);
            }
            else if (NeedLine().Match(line) is { Success: true } need)
            {
                library = need.Groups[1].Value;
            }
            else if (NeededVersionLine().Match(line) is { Success: true } version)
            {
                needed.Add($"{library} {version.Groups[1].Value} {version.Groups[3].Value} {version.Groups[2].Value}");
            }
        }

        return (defined, needed);
    }

    [GeneratedRegex(@"\(NEEDED\) +Shared library: \[(.*)\]")]
    private static partial Regex NeededLine();

    [GeneratedRegex(@"\(SONAME\) +Library soname: \[(.*)\]")]
    private static partial Regex SonameLine();

    [GeneratedRegex(@"\[Requesting program interpreter: (.*)\]")]
    private static partial Regex InterpreterLine();

    [GeneratedRegex(@"Rev: \d+ +Flags: \S+ +Index: \d+ +Cnt: \d+ +Name: (\S+)")]
    private static partial Regex DefinitionLine();

    [GeneratedRegex(@"Version: \d+ +File: (\S+) +Cnt: \d+")]
    private static partial Regex NeedLine();

    [GeneratedRegex(@"Name: (\S+) +Flags: (\S+) +Version: (\d+)")]
    private static partial Regex NeededVersionLine();

    [GeneratedRegex(@" ([^\s@]+)@([^\s@]+) \((\d+)\)$", RegexOptions.Multiline)]
    private static partial Regex NeededSymbolLine();

    /// <summary>Counts what is read of a content.</summary>
    private sealed class CountingContent(FileContent content, bool canSeek) : FileContent
    {
        public long BytesRead { get; private set; }

        public override long Length => content.Length;

        public override Stream OpenRead() => new CountingStream(this, content.OpenRead(), canSeek);

        private sealed class CountingStream(CountingContent owner, Stream inner, bool canSeek) : Stream
        {
            public override bool CanRead => true;

            public override bool CanSeek => canSeek;

            public override bool CanWrite => false;

            public override long Length => inner.Length;

            public override long Position
            {
                get => inner.Position;
                set => inner.Position = canSeek ? value : throw new NotSupportedException();
            }

            public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

            public override int Read(Span<byte> buffer)
            {
                var read = inner.Read(buffer);
                owner.BytesRead += read;
                return read;
            }

            public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

            public override void SetLength(long value) => throw new NotSupportedException();

            public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

            public override void Flush()
            {
            }

            protected override void Dispose(bool disposing)
            {
                inner.Dispose();
                base.Dispose(disposing);
            }
        }
    }
}
