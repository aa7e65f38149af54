using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Formats.UnifiedKernel;
using CsCheck;

namespace Compose.Formats.Tests.UnifiedKernel;

public sealed partial class UnifiedKernelReaderTests
{
    private const string Boot = "/usr/lib/systemd/boot/efi/";

    private static readonly byte[] Stub = File.ReadAllBytes(ExternalTool.RequireFile(Boot + "linuxx64.efi.stub", "systemd-boot-efi"));

    [Fact]
    public void Sections_are_those_that_objdump_shows()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllBytes(folder["image.efi"], Assemble());
        var image = Read(File.ReadAllBytes(folder["image.efi"]))!;
        var expected = SectionLine().Matches(ExternalTool.Run("objdump", "-h", folder["image.efi"])).Select(match => (
            match.Groups[1].Value,
            long.Parse(match.Groups[3].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            long.Parse(match.Groups[2].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
        Assert.Equal(expected, image.Sections.Select(section => (section.Name, section.Offset, section.Size)));
        Assert.Equal("console=ttyS0 usrhash=00", image.CommandLine);
        Assert.Equal("ID=compose\n", image.OsRelease);
        Assert.Equal("6.12.0", image.KernelRelease);
        Assert.Equal(Architecture.X64, image.Architecture);
        var reporter = new RecordingReporter();
        UnifiedKernelReader.Verify(image, new BytesContent(Assemble()), "image.efi", reporter);
        Assert.Empty(reporter.Messages);
    }

    [Fact]
    public void What_is_no_unified_kernel_image_is_none()
    {
        Assert.Null(Read(Stub));
        Assert.Equal("COMPOSE4301", Assert.Throws<DiagnosticException>(() => Read("text"u8.ToArray())).Diagnostic.Descriptor.Code);
        Assert.Equal("COMPOSE4301", Assert.Throws<DiagnosticException>(() => Read(Assemble()[..^5000])).Diagnostic.Descriptor.Code);
    }

    [Fact]
    public void A_kernel_that_is_none_is_reported()
    {
        var bytes = Assemble();
        var image = Read(bytes)!;
        bytes.AsSpan((int)image.Sections.Single(section => section.Name == ".linux").Offset, 64).Clear();
        var reporter = new RecordingReporter();
        UnifiedKernelReader.Verify(image, new BytesContent(bytes), "image.efi", reporter);
        Assert.Equal(["COMPOSE4301"], reporter.Codes);
    }

    [Fact]
    public void A_stream_that_cannot_be_positioned_gives_the_same()
    {
        var content = new ForwardContent(Assemble());
        Assert.Equal("6.12.0", UnifiedKernelReader.Read(content, "image.efi")!.KernelRelease);
        Assert.Equal("console=ttyS0 usrhash=00", UnifiedKernelReader.Read(content, "image.efi")!.CommandLine);
    }

    [Fact]
    public void Changed_headers_are_read_or_refused_and_nothing_else()
    {
        var whole = Assemble();
        var value = Gen.OneOf(Gen.Byte, Gen.Const((byte)0), Gen.Const((byte)0xFF));
        Gen.Select(Gen.Int[0, 1400], value).Array[1, 5].Sample(
            changes =>
            {
                var bytes = (byte[])whole.Clone();
                foreach (var (place, change) in changes)
                {
                    bytes[place] = change;
                }

                try
                {
                    var image = Read(bytes);
                    if (image is not null)
                    {
                        UnifiedKernelReader.Verify(image, new BytesContent(bytes), "image.efi", new RecordingReporter());
                    }

                    return true;
                }
                catch (DiagnosticException e)
                {
                    return e.Diagnostic.Descriptor.Code == "COMPOSE4301";
                }
            },
            seed: "0000KeRvtYs4", iter: 3000, threads: 1);
    }

    private static Compose.Formats.UnifiedKernel.UnifiedKernel? Read(byte[] bytes) => UnifiedKernelReader.Read(new BytesContent(bytes), "image.efi");

    /// <summary>systemd-boot is a PE file as a kernel is one.</summary>
    private static byte[] Assemble()
    {
        var kernel = File.ReadAllBytes(ExternalTool.RequireFile(Boot + "systemd-bootx64.efi", "systemd-boot-efi"));
        var content = UnifiedKernelImage.Assemble(new UnifiedKernelParts(new BytesContent(Stub), new BytesContent(kernel))
        {
            OsRelease = new BytesContent("ID=compose\n"),
            CommandLine = "console=ttyS0 usrhash=00",
            KernelRelease = "6.12.0",
            Initrds = [new BytesContent(TestData.Noise(200_001, seed: 1))],
        });
        using var stream = content.OpenRead();
        var bytes = new byte[content.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    [GeneratedRegex(@"^ +\d+ (\S+) +([0-9a-f]{8})  [0-9a-f]+  [0-9a-f]+  ([0-9a-f]{8})", RegexOptions.Multiline)]
    private static partial Regex SectionLine();

    private sealed class ForwardContent(byte[] bytes) : FileContent
    {
        public override long Length => bytes.Length;

        public override Stream OpenRead() =>
            new System.IO.Compression.BrotliStream(new MemoryStream(Compress()), System.IO.Compression.CompressionMode.Decompress);

        private byte[] Compress()
        {
            var memory = new MemoryStream();
            using (var brotli = new System.IO.Compression.BrotliStream(memory, System.IO.Compression.CompressionLevel.Fastest))
            {
                brotli.Write(bytes);
            }

            return memory.ToArray();
        }
    }
}
