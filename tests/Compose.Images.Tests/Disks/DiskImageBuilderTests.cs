using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Images.Disks;
using Compose.SquashFs;

namespace Compose.Images.Tests.Disks;

/// <summary>What a disk image cannot be made of. The images themselves are the boot tests' matter.</summary>
public sealed class DiskImageBuilderTests : IDisposable
{
    private const string Kernel = "usr/lib/modules/6.12/vmlinuz";
    private const string Stub = "usr/lib/systemd/boot/efi/linuxx64.efi.stub";

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("no kernel", Stub)]
    [InlineData("more than one kernel: 6.12, 6.13", Kernel, "usr/lib/modules/6.13/vmlinuz", Stub)]
    [InlineData("no boot stub '/usr/lib/systemd/boot/efi/linuxx64.efi.stub'", Kernel)]
    public void A_base_that_lacks_a_part_is_an_error_that_names_it(string expected, params string[] paths)
    {
        var diagnostic = Fails(Definition(paths));
        Assert.Equal("COMPOSE3002", diagnostic.Descriptor.Code);
        Assert.Contains(expected, diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_base_without_os_release_is_an_error()
    {
        var diagnostic = Fails(Definition() with { System = Trees.Of(Kernel, Stub) });
        Assert.Equal(ImageDiagnostics.MissingInBase, diagnostic.Descriptor);
        Assert.Contains("/usr/lib/os-release", diagnostic.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_extensions_of_one_name_are_an_error()
    {
        File.WriteAllText(_folder["tool.raw"], "image");
        var extension = new EmbeddedExtension("tool", _folder["tool.raw"], FileTree.Empty);

        var diagnostic = Fails(Definition(Kernel, Stub) with { Extensions = [extension, extension with { Item = "other" }] });
        Assert.Equal(ImageDiagnostics.DuplicateExtension, diagnostic.Descriptor);
        Assert.Contains("'tool'", diagnostic.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1024, 16384, "1 MiB are too small for /usr. Raise ImageUsrSize")]
    [InlineData(8192, 4, "0 MiB are too small for the hashes of /usr. Raise ImageUsrVeritySize")]
    public void A_partition_that_is_too_small_is_an_error_that_says_what_to_raise(int usrKibibytes, int verityKibibytes, string expected)
    {
        var definition = Definition(Kernel, Stub);
        var large = new FileTreeBuilder(definition.System).Set("usr/large", new FileEntry(EntryMetadata.File, new BytesContent(Noise(2 << 20)))).Build();

        var diagnostic = Fails(definition with { System = large, UsrSize = usrKibibytes * 1024L, UsrVeritySize = verityKibibytes * 1024L });
        Assert.Equal(ImageDiagnostics.PartitionTooSmall, diagnostic.Descriptor);
        Assert.StartsWith(expected, diagnostic.Message, StringComparison.Ordinal);
    }

    private Diagnostic Fails(DiskImageDefinition definition)
    {
        var path = _folder["disk.raw"];
        var before = Directory.GetFileSystemEntries(Path.GetDirectoryName(path)!);
        var diagnostic = Assert.Throws<DiagnosticException>(() => DiskImageBuilder.WriteFile(definition, path, null, TestContext.Current.CancellationToken)).Diagnostic;

        // Nothing half-written stays.
        Assert.Equal(before, Directory.GetFileSystemEntries(Path.GetDirectoryName(path)!));
        return diagnostic;
    }

    private static DiskImageDefinition Definition(params string[] paths) => new()
    {
        Name = "os",
        Version = "1",
        System = new FileTreeBuilder(Trees.Of(paths)).SetText("usr/lib/os-release", "ID=os\nVERSION_ID=1\n").Build(),
        Initrd = Trees.Of("init"),
        InitrdCompressionLevel = 1,
        SquashFs = new SquashFsOptions { Compression = new ZstdCompression(1) },
    };

    private static byte[] Noise(int length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
