using System.Text;
using Compose.Formats.Elf;
using CsCheck;

namespace Compose.Formats.Tests.Elf;

public class ProgramFileTests
{
    [Theory]
    [InlineData("xz")]
    [InlineData("cpio")]
    [InlineData("objdump")]
    public void A_program_is_one(string name) => Assert.True(IsProgram(ExternalTool.Find(name)));

    [Fact]
    public void Libraries_are_none()
    {
        // What ldd lists, but for the C library and the dynamic linker: those run as programs too.
        var libraries = ExternalTool.Run("ldd", ExternalTool.Find("xz")).Split('\n')
            .Select(line => line.Split(" => "))
            .Where(parts => parts.Length == 2 && !parts[0].Contains("libc.so", StringComparison.Ordinal))
            .Select(parts => parts[1].Split(" (")[0])
            .ToArray();
        Assert.NotEmpty(libraries);
        Assert.All(libraries, library => Assert.False(IsProgram(library), library));
    }

    [Theory]
    [InlineData("#!/bin/sh\n", true)]
    [InlineData("#!", true)]
    [InlineData("# comment", false)]
    [InlineData("MZ", false)]
    [InlineData("", false)]
    [InlineData("\u007fELF", false)]
    public void Scripts_are_programs_and_other_files_are_not(string start, bool expected) =>
        Assert.Equal(expected, ProgramFile.IsProgram(Encoding.Latin1.GetBytes(start)));

    [Fact]
    public void Any_bytes_have_an_answer()
    {
        var program = File.ReadAllBytes(ExternalTool.Find("xz"))[..ProgramFile.StartSize];
        Gen.Select(Gen.Int[0, 127], Gen.Byte, Gen.Int[0, ProgramFile.StartSize]).Sample(mutation =>
        {
            var (offset, value, length) = mutation;
            var bytes = program[..length];
            if (offset < length)
            {
                bytes[offset] = value;
            }

            ProgramFile.IsProgram(bytes);
        });
    }

    private static bool IsProgram(string path)
    {
        using var file = File.OpenRead(path);
        var start = new byte[ProgramFile.StartSize];
        return ProgramFile.IsProgram(start.AsSpan(0, file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)));
    }
}
