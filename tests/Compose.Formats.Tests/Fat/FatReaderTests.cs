using System.Buffers.Binary;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.Formats.Fat;
using CsCheck;

namespace Compose.Formats.Tests.Fat;

/// <summary>Volumes that mkfs.vfat and mtools made, and damaged ones.</summary>
public sealed class FatReaderTests : IDisposable
{
    private const int MiB = 1024 * 1024;

    private readonly TemporaryDirectory _folder = new();

    private string Image => _folder["volume"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(12, 2, 1)]
    [InlineData(12, 2, 4)]
    [InlineData(16, 20, 1)]
    [InlineData(16, 60, 8)]
    [InlineData(32, 40, 1)]
    [InlineData(32, 80, 2)]
    public void Files_are_those_that_mtools_put_there(int bits, int mebibytes, int sectorsPerCluster)
    {
        Make(bits, mebibytes, "-s", $"{sectorsPerCluster}");
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal)
        {
            ["EFI/BOOT/BOOTX64.EFI"] = TestData.Noise(200_001, seed: bits),
            ["EFI/Linux/a name of more than thirteen characters, and then some.efi"] = TestData.Noise(5000, seed: 1),
            ["EFI/Linux/ümläut 漢字.conf"] = TestData.Noise(1, seed: 2),
            ["lower.txt"] = [],
            ["Mixed.Case"] = TestData.Noise(512, seed: 3),
            ["many.d/many-000"] = TestData.Noise(10, seed: 4),
        };
        for (var i = 1; i < 300; i++)
        {
            files[$"many.d/many-{i:000}"] = [(byte)i];
        }

        foreach (var (path, bytes) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder["tree/" + path])!);
            File.WriteAllBytes(_folder["tree/" + path], bytes);
            File.SetLastWriteTimeUtc(_folder["tree/" + path], new DateTime(2024, 2, 29, 13, 37, 42, DateTimeKind.Utc));
        }

        ExternalTool.Run("mcopy", ["-s", "-m", "-i", Image, .. Directory.GetFileSystemEntries(_folder["tree"]), "::/"]);

        // Free clusters between others, so that a file has several runs.
        ExternalTool.Run("mdel", "-i", Image, "::/many.d/many-1?0");
        files = new(files.Where(file => !(file.Key.StartsWith("many.d/many-1", StringComparison.Ordinal) && file.Key.EndsWith('0'))).ToDictionary(), StringComparer.Ordinal);
        files["late"] = TestData.Noise(12345, seed: 5);
        File.WriteAllBytes(_folder["late"], files["late"]);
        ExternalTool.Run("mcopy", "-i", Image, _folder["late"], "::/");

        var reporter = new RecordingReporter();
        Read(reporter, volume =>
        {
            Assert.Equal(bits, volume.Bits);
            Assert.Equal("LABEL", volume.Label);
            Assert.Equal(0xCAFE1234, volume.VolumeId);
            Assert.Equal(sectorsPerCluster * 512, volume.ClusterSize);
            Assert.Equal((long)mebibytes * MiB, volume.Size);
            var found = volume.Files.Where(item => item.Entry is FileEntry).ToDictionary(item => item.Path.ToString(), item => (FileEntry)item.Entry);
            Assert.Equal(files.Keys, found.Keys.Order(StringComparer.Ordinal));
            foreach (var (path, bytes) in files)
            {
                Assert.Equal(bytes, ReadAll(found[path]));
            }

            Assert.Equal(1709213862, found["Mixed.Case"].Metadata.ModifiedTime);
        });
        Assert.Empty(reporter.Messages);
        ExternalTool.Run("fsck.vfat", "-n", Image);
    }

    [Fact]
    public void Our_own_volumes_are_read()
    {
        var tree = new FileTreeBuilder()
            .Set("EFI/BOOT/BOOTX64.EFI", new FileEntry(EntryMetadata.File, new BytesContent(TestData.Noise(70_000, seed: 6))))
            .SetText("loader/entries/a long name.conf", "title\n")
            .Build();
        using (var file = File.Create(Image))
        {
            FatWriter.Write(tree, new FatOptions(40 * MiB, 1, "EFI-SYSTEM", DateTimeOffset.UnixEpoch), file, TestContext.Current.CancellationToken);
        }

        var reporter = new RecordingReporter();
        Read(reporter, volume =>
        {
            Assert.Equal(tree.Select(item => item.Path), volume.Files.Select(item => item.Path));
            Assert.Equal("EFI-SYSTEM", volume.Label);
        });
        Assert.Empty(reporter.Messages);
    }

    [Fact]
    public void Contents_can_be_positioned()
    {
        Make(16, 20);
        var bytes = TestData.Noise(100_000, seed: 7);
        File.WriteAllBytes(_folder["file"], bytes);
        ExternalTool.Run("mcopy", "-i", Image, _folder["file"], "::/");
        Read(new RecordingReporter(), volume =>
        {
            using var stream = ((FileEntry)volume.Files[1].Entry).Content.OpenRead();
            Gen.Int[0, bytes.Length].Sample(
                place =>
                {
                    stream.Position = place;
                    var buffer = new byte[700];
                    var read = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
                    return bytes.AsSpan(place, Math.Min(700, bytes.Length - place)).SequenceEqual(buffer.AsSpan(0, read));
                },
                iter: 500, threads: 1);
        });
    }

    [Fact]
    public void Chains_that_loop_or_are_shared_or_end_too_early_are_reported()
    {
        Make(16, 20, "-s", "1");
        foreach (var name in new[] { "first", "second", "third" })
        {
            File.WriteAllBytes(_folder[name], TestData.Noise(3 * 512, seed: 8));
        }

        ExternalTool.Run("mcopy", "-i", Image, _folder["first"], _folder["second"], _folder["third"], "::/");
        Change(bytes =>
        {
            // The files have the clusters 2 to 4, 5 to 7, and 8 to 10.
            SetNext(bytes, 4, 3); // A loop.
            SetNext(bytes, 5, 8); // Into the third, which is met later.
            SetNext(bytes, 9, 0xFFFF); // Ends before the file does.
        });
        var reporter = new RecordingReporter();
        Read(reporter, volume => Assert.Equal(["first", "second"], volume.Files.Skip(1).Select(item => item.Path.ToString())));
        Assert.All(reporter.Codes, code => Assert.Equal("COMPOSE4211", code));
        Assert.Contains("the cluster 3 belongs to something else already", reporter.Messages, StringComparison.Ordinal);
        Assert.Contains("'/third' is left out", reporter.Messages, StringComparison.Ordinal);
        Assert.Contains("its copies of the table differ", reporter.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Directories_that_hold_themselves_end()
    {
        Make(16, 20, "-s", "1");
        ExternalTool.Run("mmd", "-i", Image, "::/outer", "::/outer/inner");
        Change(bytes =>
        {
            // The entry 'inner' leads to its own directory.
            var offset = bytes.AsSpan().IndexOf("INNER      "u8);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(offset + 26), 2);
        });
        var reporter = new RecordingReporter();
        Read(reporter, volume => Assert.Equal(3, volume.Files.Count));
        Assert.Contains("the cluster 2 belongs to something else already", reporter.Messages, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(510, 0)] // the mark
    [InlineData(11, 1)] // bytes a sector
    [InlineData(13, 3)] // sectors a cluster
    [InlineData(14, 0)] // reserved sectors
    [InlineData(16, 0)] // copies
    [InlineData(20, 0xFF)] // sectors
    [InlineData(22, 1)] // sectors of a table
    public void A_boot_sector_that_cannot_be_true_is_refused(int place, byte value)
    {
        Make(16, 20);
        Change(bytes => bytes[place] = value);
        Assert.Equal("COMPOSE4210", Assert.Throws<DiagnosticException>(() => Read(new RecordingReporter(), _ => { })).Diagnostic.Descriptor.Code);
    }

    [Theory]
    [InlineData(12, 2)]
    [InlineData(16, 20)]
    [InlineData(32, 40)]
    public void Changed_volumes_are_read_or_refused_and_nothing_else(int bits, int mebibytes)
    {
        Make(bits, mebibytes, "-s", "1");
        File.WriteAllBytes(_folder["a file with a long name"], TestData.Noise(5000, seed: 9));
        ExternalTool.Run("mmd", "-i", Image, "::/directory");
        ExternalTool.Run("mcopy", "-i", Image, _folder["a file with a long name"], "::/directory/");
        ExternalTool.Run("mcopy", "-i", Image, _folder["a file with a long name"], "::/");
        var whole = File.ReadAllBytes(Image);
        int root = 0, table = 0;
        Read(new RecordingReporter(), volume => Assert.Equal(4, volume.Files.Count));
        table = BinaryPrimitives.ReadUInt16LittleEndian(whole.AsSpan(14)) * 512;
        root = whole.AsSpan().IndexOf("LABEL      \x08"u8);
        Assert.True(root > table);

        using var memory = new MemoryStream();
        var place = Gen.OneOf(Gen.Int[0, 90], Gen.Int[table, table + 64], Gen.Int[root, root + 320]);
        Gen.Select(place, Gen.Byte).Array[1, 4].Sample(
            changes =>
            {
                using (var file = File.OpenHandle(Image, FileMode.Open, FileAccess.Write))
                {
                    foreach (var (offset, value) in changes)
                    {
                        RandomAccess.Write(file, [value], offset);
                    }
                }

                try
                {
                    Read(new RecordingReporter(), volume =>
                    {
                        foreach (var item in volume.Files)
                        {
                            if (item.Entry is FileEntry entry)
                            {
                                Assert.Equal(entry.Content.Length, ReadAll(entry).Length);
                            }
                        }
                    });
                    return true;
                }
                catch (DiagnosticException e)
                {
                    return e.Diagnostic.Descriptor.Code == "COMPOSE4210";
                }
                finally
                {
                    using var file = File.OpenHandle(Image, FileMode.Open, FileAccess.Write);
                    foreach (var (offset, _) in changes)
                    {
                        RandomAccess.Write(file, [whole[offset]], offset);
                    }
                }
            },
            seed: "0000KeRvtYs4", iter: 1500, threads: 1);
    }

    private static byte[] ReadAll(FileEntry entry)
    {
        using var stream = entry.Content.OpenRead();
        var bytes = new byte[entry.Content.Length];
        stream.ReadExactly(bytes);
        Assert.Equal(0, stream.Read(new byte[1]));
        return bytes;
    }

    private static void SetNext(byte[] bytes, int cluster, ushort next) =>
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan((BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(14)) * 512) + (cluster * 2)), next);

    private void Make(int bits, int mebibytes, params string[] options)
    {
        using (var file = File.Create(Image))
        {
            file.SetLength((long)mebibytes * MiB);
        }

        ExternalTool.Run("mkfs.vfat", ["-F", $"{bits}", "-n", "LABEL", "-i", "cafe1234", .. options, Image]);
    }

    private void Change(Action<byte[]> change)
    {
        var bytes = File.ReadAllBytes(Image);
        change(bytes);
        File.WriteAllBytes(Image, bytes);
    }

    private void Read(RecordingReporter reporter, Action<FatVolume> look)
    {
        using var file = File.OpenHandle(Image);
        var region = DiskRegion.Of(file);
        look(FatReader.Read(region, "volume", reporter, TestContext.Current.CancellationToken));
    }
}
