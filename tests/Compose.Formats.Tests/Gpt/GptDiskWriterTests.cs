using System.Runtime.InteropServices;
using System.Text.Json;
using Compose.Diagnostics;
using Compose.Formats.Gpt;
using CsCheck;

namespace Compose.Formats.Tests.Gpt;

public class GptDiskWriterTests
{
    private const int MiB = 1024 * 1024;
    private static readonly Guid Seed = new("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
    private static readonly SystemPartitionTypes Types = PartitionTypes.For(Architecture.X64);

    [Fact]
    public void An_image_with_every_kind_of_partition_is_valid_for_sgdisk_and_sfdisk()
    {
        using var folder = new TemporaryDirectory();
        var image = folder["disk.raw"];
        using (var file = Create(image))
        {
            var disk = new GptDiskWriter(file, DiscoverableUuid.Disk(Seed));
            disk.Add(Describe("EFI-SYSTEM", PartitionTypes.EfiSystem), 64 * MiB);
            var usr = disk.AddSizedByContent(Describe("USR-A", Types.Usr, GptPartitionAttributes.ReadOnly));
            using (var stream = usr.OpenWrite())
            {
                stream.Write(Enumerable.Repeat((byte)7, 5000).ToArray());
            }

            disk.Add(Describe("USR-A-verity", Types.UsrVerity, GptPartitionAttributes.ReadOnly | GptPartitionAttributes.NoAuto), 12345);
            disk.Add(Describe("ROOT", Types.Root, GptPartitionAttributes.GrowFileSystem), 3 * MiB);
            Assert.Equal(8192, usr.Size);
            Assert.Equal(disk.Complete(), new FileInfo(image).Length);
        }

        Assert.Contains("No problems found", ExternalTool.Run("sgdisk", "-v", image));
        ExternalTool.Run("sfdisk", "--verify", image);
        var table = JsonDocument.Parse(ExternalTool.Run("sfdisk", "--json", image)).RootElement.GetProperty("partitiontable");
        Assert.Equal("gpt", table.GetProperty("label").GetString());
        Assert.Equal(DiscoverableUuid.Disk(Seed), table.GetProperty("id").GetGuid());
        Assert.Equal(
            [
                ("EFI-SYSTEM", 4096, 131072, PartitionTypes.EfiSystem, null),
                ("USR-A", 135168, 16, Types.Usr, "GUID:60"),
                ("USR-A-verity", 139264, 32, Types.UsrVerity, "GUID:60,63"),
                ("ROOT", 143360, 6144, Types.Root, "GUID:59"),
            ],
            table.GetProperty("partitions").EnumerateArray().Select(partition => (
                partition.GetProperty("name").GetString()!,
                partition.GetProperty("start").GetInt32(),
                partition.GetProperty("size").GetInt32(),
                partition.GetProperty("type").GetGuid(),
                partition.TryGetProperty("attrs", out var attributes) ? attributes.GetString() : null)));
        Assert.Equal(
            [PartitionTypes.EfiSystem, Types.Usr, Types.UsrVerity, Types.Root],
            table.GetProperty("partitions").EnumerateArray().Select(partition => TypeOf(partition.GetProperty("uuid").GetGuid())));
    }

    [Fact]
    public void The_backup_table_alone_restores_the_partitions()
    {
        using var folder = new TemporaryDirectory();
        var image = folder["disk.raw"];
        using (var file = Create(image))
        {
            var disk = new GptDiskWriter(file, DiscoverableUuid.Disk(Seed));
            disk.Add(Describe("EFI-SYSTEM", PartitionTypes.EfiSystem), MiB);
            disk.Complete();
            RandomAccess.Write(file, new byte[33 * 512], 512);
        }

        // sgdisk reports the damaged main header, then reads the backup.
        var listing = ExternalTool.TryRun("sgdisk", "-p", image);
        Assert.Contains("EFI-SYSTEM", listing.Output);
    }

    [Fact]
    public void A_minimum_size_leaves_free_space_before_the_backup_table()
    {
        using var folder = new TemporaryDirectory();
        var image = folder["disk.raw"];
        using (var file = Create(image))
        {
            var disk = new GptDiskWriter(file, DiscoverableUuid.Disk(Seed));
            disk.Add(Describe("USR-A", Types.Usr), MiB);
            Assert.Equal(3L * 1024 * MiB, disk.Complete(minimumSize: 3L * 1024 * MiB));
        }

        Assert.Contains("No problems found", ExternalTool.Run("sgdisk", "-v", image));
        Assert.True(AllocatedBytes(image) < 256 * 1024, "Free space must stay a hole in the file.");
    }

    [Fact]
    public void Zeros_stay_holes_and_read_as_zeros()
    {
        using var folder = new TemporaryDirectory();
        var image = folder["disk.raw"];
        using (var file = Create(image))
        {
            var disk = new GptDiskWriter(file, DiscoverableUuid.Disk(Seed));
            using (var stream = disk.Add(Describe("USR-A", Types.Usr), 64 * MiB).OpenWrite())
            {
                var zeros = new byte[16 * MiB];
                stream.Write(zeros);
                stream.Write("in the middle"u8);
                stream.Write(zeros);
                stream.Position = (16 * MiB) - 2;
                var read = new byte[20];
                Assert.Equal(20, stream.Read(read));
                Assert.Equal([0, 0, .. "in the middle"u8, 0, 0, 0, 0, 0], read);
            }

            disk.Complete();
        }

        Assert.True(AllocatedBytes(image) < 256 * 1024, "Zeros must not take space in the file.");
    }

    [Fact]
    public void Any_sequence_of_writes_reads_back_as_in_memory()
    {
        const int Size = 40_000;
        var write = Gen.Select(Gen.Int[0, Size - 1], Gen.Int[0, 10_000], Gen.Byte[0, 2]);
        write.Array[1, 12].Sample(
            writes =>
            {
                using var folder = new TemporaryDirectory();
                using var file = Create(folder["disk.raw"]);
                var disk = new GptDiskWriter(file, DiscoverableUuid.Disk(Seed));
                using var stream = disk.Add(Describe("USR-A", Types.Usr), Size).OpenWrite();
                var expected = new byte[Size];
                var length = 0;
                foreach (var (position, count, value) in writes)
                {
                    var piece = Enumerable.Repeat(value, Math.Min(count, Size - position)).ToArray();
                    stream.Position = position;
                    stream.Write(piece);
                    piece.CopyTo(expected, position);
                    length = Math.Max(length, position + piece.Length);
                }

                var actual = new byte[Size];
                stream.Position = 0;
                stream.ReadExactly(actual.AsSpan(0, (int)stream.Length));
                return actual.AsSpan().SequenceEqual(expected);
            },
            seed: "0000KeRvtYs4", iter: 200, threads: 1);
    }

    [Fact]
    public void The_same_partitions_give_the_same_bytes()
    {
        using var folder = new TemporaryDirectory();
        foreach (var name in new[] { "a", "b" })
        {
            using var file = Create(folder[name]);
            var disk = new GptDiskWriter(file, DiscoverableUuid.Disk(Seed));
            disk.Add(Describe("EFI-SYSTEM", PartitionTypes.EfiSystem), MiB);
            disk.Complete();
        }

        Assert.Equal(File.ReadAllBytes(folder["a"]), File.ReadAllBytes(folder["b"]));
    }

    [Fact]
    public void Content_larger_than_its_partition_is_refused()
    {
        using var folder = new TemporaryDirectory();
        using var file = Create(folder["disk.raw"]);
        var disk = new GptDiskWriter(file, DiscoverableUuid.Disk(Seed));
        using var stream = disk.Add(Describe("USR-A", Types.Usr), 8192).OpenWrite();
        stream.Write(new byte[8192]);
        var failure = Assert.Throws<DiagnosticException>(() => stream.Write([1]));
        Assert.Equal("COMPOSE4101", failure.Diagnostic.Descriptor.Code);
        Assert.Contains("USR-A", failure.Message);
    }

    [Theory]
    [InlineData("a-label-that-has-more-than-36-characters", "8484680c-9521-48c6-9c11-b0720656f69e", "00000000-0000-0000-0000-000000000001", "36 characters")]
    [InlineData("USR-A", "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000001", "unused entry")]
    [InlineData("USR-A", "8484680c-9521-48c6-9c11-b0720656f69e", "00000000-0000-0000-0000-000000000000", "no GUID")]
    [InlineData("USR-A", "8484680c-9521-48c6-9c11-b0720656f69e", "00000000-0000-0000-0000-000000000002", "same GUID as 'FIRST'")]
    public void A_partition_that_a_table_cannot_describe_is_refused(string label, string type, string id, string reason)
    {
        using var folder = new TemporaryDirectory();
        using var file = Create(folder["disk.raw"]);
        var disk = new GptDiskWriter(file, DiscoverableUuid.Disk(Seed));
        disk.Add(new GptPartition("FIRST", Types.Usr, new Guid("00000000-0000-0000-0000-000000000002")), MiB);
        disk.Add(new GptPartition(label, new Guid(type), new Guid(id)), MiB);
        var failure = Assert.Throws<DiagnosticException>(() => disk.Complete());
        Assert.Equal("COMPOSE4102", failure.Diagnostic.Descriptor.Code);
        Assert.Contains(reason, failure.Message);
    }

    [Fact]
    public void The_129th_partition_is_refused()
    {
        using var folder = new TemporaryDirectory();
        using var file = Create(folder["disk.raw"]);
        var disk = new GptDiskWriter(file, DiscoverableUuid.Disk(Seed), alignment: 32 * 1024);
        for (var i = 0; i < 128; i++)
        {
            disk.Add(new GptPartition($"P{i}", Types.Usr, DiscoverableUuid.Partition(Seed, Types.Usr, i)), 4096);
        }

        Assert.Throws<DiagnosticException>(() => disk.Add(Describe("P128", Types.Root), 4096));
        disk.Complete();
        Assert.Contains("No problems found", ExternalTool.Run("sgdisk", "-v", folder["disk.raw"]));
    }

    [Fact]
    public void A_partition_sized_by_its_content_must_be_written_before_the_next()
    {
        using var folder = new TemporaryDirectory();
        using var file = Create(folder["disk.raw"]);
        var disk = new GptDiskWriter(file, DiscoverableUuid.Disk(Seed));
        var slot = disk.AddSizedByContent(Describe("USR-A", Types.Usr));
        Assert.Throws<InvalidOperationException>(() => disk.Add(Describe("ROOT", Types.Root), MiB));
        slot.OpenWrite().Dispose();
        Assert.Equal(4096, slot.Size);
        Assert.Throws<InvalidOperationException>(slot.OpenWrite);
    }

    [Fact]
    public void A_file_with_content_is_refused()
    {
        using var folder = new TemporaryDirectory();
        File.WriteAllText(folder["disk.raw"], "old");
        using var file = File.OpenHandle(folder["disk.raw"], FileMode.Open, FileAccess.ReadWrite);
        Assert.Throws<ArgumentException>(() => new GptDiskWriter(file, DiscoverableUuid.Disk(Seed)));
    }

    private static Microsoft.Win32.SafeHandles.SafeFileHandle Create(string path) =>
        File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite);

    private static GptPartition Describe(string label, Guid type, GptPartitionAttributes attributes = GptPartitionAttributes.None) =>
        new(label, type, DiscoverableUuid.Partition(Seed, type), attributes);

    private static Guid TypeOf(Guid partition) =>
        new[] { PartitionTypes.EfiSystem, Types.Usr, Types.UsrVerity, Types.Root }
            .Single(type => DiscoverableUuid.Partition(Seed, type) == partition);

    private static long AllocatedBytes(string path) =>
        512 * long.Parse(ExternalTool.Run("stat", "-c", "%b", path), System.Globalization.CultureInfo.InvariantCulture);
}
