using System.Buffers.Binary;
using System.Globalization;
using System.Text.RegularExpressions;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Formats.UnifiedKernel;
using CsCheck;

namespace Compose.Formats.Tests.UnifiedKernel;

public partial class UnifiedKernelImageTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Systemds_stub_with_all_sections_is_a_valid_PE_file()
    {
        using var folder = new TemporaryDirectory();
        var stub = ReadStub();
        var contents = new Dictionary<string, byte[]>
        {
            [".osrel"] = "ID=compose\n"u8.ToArray(),
            [".cmdline"] = "console=ttyS0 usrhash=00"u8.ToArray(),
            [".uname"] = "6.12.0"u8.ToArray(),
            [".splash"] = TestData.Noise(513, seed: 2),
            [".linux"] = FakeKernel(),
            [".initrd"] = TestData.Noise(3_000_001, seed: 1),
            [".ucode"] = TestData.Noise(512, seed: 3),
        };
        var image = folder["image.efi"];
        Write(image, UnifiedKernelImage.Assemble(new UnifiedKernelParts(new BytesContent(stub), new BytesContent(contents[".linux"]))
        {
            OsRelease = new BytesContent(contents[".osrel"]),
            CommandLine = "console=ttyS0 usrhash=00",
            KernelRelease = "6.12.0",
            Splash = new BytesContent(contents[".splash"]),
            Initrds = [new BytesContent(contents[".initrd"])],
            Microcode = new BytesContent(contents[".ucode"]),
        }));

        var sections = Sections(ExternalTool.Run("objdump", "-h", image));
        var stubSections = Sections(ExternalTool.Run("objdump", "-h", StubPath()));
        Assert.Equal([.. stubSections.Keys, .. contents.Keys], sections.Keys);
        foreach (var (name, bytes) in contents)
        {
            Assert.Equal(bytes.Length, sections[name].Size);
            ExternalTool.Run("objcopy", "-O", "binary", $"--only-section={name}", "--set-section-flags", $"{name}=alloc,load,contents", image, folder["section"]);
            Assert.True(File.ReadAllBytes(folder["section"]).AsSpan(0, bytes.Length).SequenceEqual(bytes), $"{name} reads back as something else.");
        }

        var ends = sections.Values.Select(section => section.Address + section.Size);
        Assert.All(sections.Values.Skip(1).Zip(ends), pair => Assert.True(pair.First.Address >= pair.Second, "Sections overlap."));
        Assert.Contains("CODE", sections[".linux"].Flags);
        Assert.DoesNotContain("CODE", sections[".initrd"].Flags);

        // sbverify reads the whole file as UEFI does, and warns of gaps and of data behind the last section.
        var verification = ExternalTool.TryRun("sbverify", "--list", image);
        Assert.DoesNotContain("warning", verification.Output + verification.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("No signature table present", verification.Output + verification.Error);
    }

    [Fact]
    public void An_image_can_be_signed_and_its_signature_verified()
    {
        using var folder = new TemporaryDirectory();
        Write(folder["image.efi"], Assemble(ReadStub(), FakeKernel()));
        ExternalTool.Run(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-days", "2",
            "-keyout", folder["key.pem"], "-out", folder["certificate.pem"]);
        ExternalTool.Run("sbsign", "--key", folder["key.pem"], "--cert", folder["certificate.pem"], "--output", folder["signed.efi"], folder["image.efi"]);
        Assert.Contains("Signature verification OK", ExternalTool.Run("sbverify", "--cert", folder["certificate.pem"], folder["signed.efi"]));

        // A signed stub is as good as an unsigned one: the signature is left out.
        ExternalTool.Run("sbsign", "--key", folder["key.pem"], "--cert", folder["certificate.pem"], "--output", folder["stub.efi"], StubPath());
        Write(folder["again.efi"], Assemble(File.ReadAllBytes(folder["stub.efi"]), FakeKernel()));
        Assert.Contains("No signature table present", ExternalTool.TryRun("sbverify", "--list", folder["again.efi"]) is var result ? result.Output + result.Error : "");
    }

    [Fact]
    public void Several_initrds_are_joined_at_multiples_of_four_bytes()
    {
        var image = Read(UnifiedKernelImage.Assemble(new UnifiedKernelParts(new BytesContent(ReadStub()), new BytesContent(FakeKernel()))
        {
            Initrds = [new BytesContent("first"), new BytesContent("second"), new BytesContent("third!")],
        }));
        Assert.True(image.AsSpan().IndexOf("first\0\0\0second\0\0third!\0"u8) > 0);
    }

    [Fact]
    public void The_same_parts_give_the_same_bytes_and_empty_ones_no_section()
    {
        var parts = new UnifiedKernelParts(new BytesContent(ReadStub()), new BytesContent(FakeKernel())) { CommandLine = "", Initrds = [new BytesContent("")] };
        var image = Read(UnifiedKernelImage.Assemble(parts));
        Assert.Equal(image, Read(UnifiedKernelImage.Assemble(parts with { Initrds = [] })));
        Assert.Equal(-1, image.AsSpan(0, 4096).IndexOf(".cmdline"u8));
    }

    [Theory]
    [InlineData("a directory of text", "MZ")]
    [InlineData("MZ", "MZ")]
    [InlineData("", "MZ")]
    public void A_file_that_is_no_PE_file_is_refused(string content, string signature)
    {
        foreach (var assemble in new Func<FileContent>[] { () => Assemble(System.Text.Encoding.ASCII.GetBytes(content), FakeKernel()), () => Assemble(ReadStub(), System.Text.Encoding.ASCII.GetBytes(content)) })
        {
            var failure = Assert.Throws<DiagnosticException>(assemble);
            Assert.Equal("COMPOSE4301", failure.Diagnostic.Descriptor.Code);
            Assert.Contains(signature, failure.Message);
        }
    }

    [Fact]
    public void A_kernel_for_another_processor_is_refused()
    {
        var kernel = FakeKernel();
        BinaryPrimitives.WriteUInt16LittleEndian(kernel.AsSpan(64 + 4), 0xAA64);
        var failure = Assert.Throws<DiagnosticException>(() => Assemble(ReadStub(), kernel));
        Assert.Equal("COMPOSE4302", failure.Diagnostic.Descriptor.Code);
        Assert.Contains("the boot stub is for x86-64, the kernel for arm64", failure.Message);
    }

    [Fact]
    public void An_image_is_refused_as_a_stub()
    {
        var image = Read(Assemble(ReadStub(), FakeKernel()));
        var failure = Assert.Throws<DiagnosticException>(() => Assemble(image, FakeKernel()));
        Assert.Equal("COMPOSE4302", failure.Diagnostic.Descriptor.Code);
        Assert.Contains("'.cmdline' already", failure.Message);
    }

    [Fact]
    public void A_stub_without_room_for_section_headers_is_refused()
    {
        var stub = ReadStub();
        var headers = PortableExecutable.Read(stub, "stub");
        stub[headers.SectionTableOffset + (headers.SectionCount * PortableExecutable.SectionHeaderSize)] = 1;
        Assert.Equal("COMPOSE4302", Assert.Throws<DiagnosticException>(() => Assemble(stub, FakeKernel())).Diagnostic.Descriptor.Code);
    }

    [Fact]
    public void Damaged_headers_give_an_image_or_a_diagnostic_and_nothing_else()
    {
        var stub = ReadStub();
        var damage = Gen.Select(Gen.Int[0, 1023], Gen.OneOf(Gen.Byte, Gen.Const((byte)0), Gen.Const((byte)0xFF), Gen.Const((byte)0x80)));
        Gen.Select(damage.Array[1, 6], Gen.Int[0, stub.Length]).Sample(
            (changes, length) =>
            {
                var damaged = stub[..(length < 2000 ? length : stub.Length)];
                foreach (var (offset, value) in changes.Where(change => change.Item1 < damaged.Length))
                {
                    damaged[offset] = value;
                }

                try
                {
                    var image = Assemble(damaged, FakeKernel());
                    return image.Length < stub.Length + (4 * 1024 * 1024);
                }
                catch (DiagnosticException failure)
                {
                    return failure.Diagnostic.Descriptor.Code is "COMPOSE4301" or "COMPOSE4302";
                }
            },
            seed: "0000KeRvtYs4", iter: 5000, threads: 1);
    }

    private static string StubPath() =>
        ExternalTool.RequireFile("/usr/lib/systemd/boot/efi/linuxx64.efi.stub", "systemd-boot-efi");

    private static byte[] ReadStub() => File.ReadAllBytes(StubPath());

    /// <summary>The headers of an x86-64 PE file: what is looked at of a kernel.</summary>
    private static byte[] FakeKernel()
    {
        var kernel = TestData.Noise(100_000, seed: 9);
        kernel.AsSpan(0, 512).Clear();
        "MZ"u8.CopyTo(kernel);
        kernel[60] = 64;
        "PE\0\0"u8.CopyTo(kernel.AsSpan(64));
        BinaryPrimitives.WriteUInt16LittleEndian(kernel.AsSpan(64 + 4), 0x8664);
        BinaryPrimitives.WriteUInt16LittleEndian(kernel.AsSpan(64 + 20), 240);
        BinaryPrimitives.WriteUInt16LittleEndian(kernel.AsSpan(64 + 24), 0x20B);
        return kernel;
    }

    private static FileContent Assemble(byte[] stub, byte[] kernel) =>
        UnifiedKernelImage.Assemble(new UnifiedKernelParts(new BytesContent(stub), new BytesContent(kernel)) { CommandLine = "quiet" });

    private static byte[] Read(FileContent content)
    {
        var output = new MemoryStream();
        content.CopyTo(output, Cancellation);
        Assert.Equal(content.Length, output.Length);
        return output.ToArray();
    }

    private static void Write(string path, FileContent content) => File.WriteAllBytes(path, Read(content));

    private static Dictionary<string, (long Size, long Address, string Flags)> Sections(string objdump) =>
        SectionLine().Matches(objdump).ToDictionary(
            match => match.Groups["name"].Value,
            match => (
                long.Parse(match.Groups["size"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                long.Parse(match.Groups["address"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                match.Groups["flags"].Value));

    [GeneratedRegex(@"^ +\d+ (?<name>\.\w+) +(?<size>[0-9a-f]+) +(?<address>[0-9a-f]+) .*\n +(?<flags>.*)$", RegexOptions.Multiline)]
    private static partial Regex SectionLine();
}
