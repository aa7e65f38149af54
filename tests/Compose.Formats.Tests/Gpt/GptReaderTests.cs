using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text.Json;
using Compose.Diagnostics;
using Compose.Formats.Gpt;
using CsCheck;

namespace Compose.Formats.Tests.Gpt;

public sealed class GptReaderTests : IDisposable
{
    private const int SectorSize = 512;
    private const int MiB = 1024 * 1024;
    private const int DiskSize = 8 * MiB;

    private readonly TemporaryDirectory _folder = new();

    private string Disk => _folder["disk.raw"];

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string[]> Tables => new()
    {
        { "sgdisk", ["-n", "1:2048:4095", "-t", "1:ef00", "-c", "1:EFI-SYSTEM", "-n", "3:8192:+1M", "-t", "3:8484680c-9521-48c6-9c11-b0720656f69e", "-c", "3:USR-A ö 漢字", "-A", "3:set:60", "-A", "3:set:2"] },
        { "sgdisk", ["-a", "1", "-n", "128:34:34", "-c", "128:123456789012345678901234567890123456"] },
        { "sgdisk", ["-o"] },
        { "sfdisk", ["label: gpt\nstart=2048, size=100, name=first, type=4f68bce3-e8cd-4db1-96e7-fbcaf984b709, attrs=\"GUID:63,48\"\nsize=200, name=\"se[co]nd\"\n"] },
        { "sfdisk", ["label: gpt\ntable-length: 4\nstart=4096, size=8\n"] },
    };

    [Theory]
    [MemberData(nameof(Tables))]
    public void Partitions_are_those_that_sfdisk_shows(string tool, string[] arguments)
    {
        Make(tool, arguments);
        var reporter = new RecordingReporter();
        var disk = Read(reporter);
        Assert.Empty(reporter.Messages);

        var expected = JsonDocument.Parse(ExternalTool.Run("sfdisk", "--json", Disk)).RootElement.GetProperty("partitiontable");
        Assert.Equal(expected.GetProperty("id").GetGuid(), disk.Id);
        Assert.Equal(SectorSize, disk.SectorSize);
        var partitions = expected.TryGetProperty("partitions", out var list) ? list.EnumerateArray().ToArray() : [];
        Assert.Equal(
            partitions.Select(partition => (
                Disk + Number(partition),
                partition.GetProperty("start").GetInt64() * SectorSize,
                partition.GetProperty("size").GetInt64() * SectorSize,
                partition.GetProperty("type").GetGuid(),
                partition.GetProperty("uuid").GetGuid(),
                partition.TryGetProperty("name", out var name) ? name.GetString()! : "",
                partition.TryGetProperty("attrs", out var attributes) ? attributes.GetString()! : "")),
            disk.Partitions.Select(partition => (
                Disk + partition.Number,
                partition.Offset,
                partition.Size,
                partition.Description.Type,
                partition.Description.Id,
                partition.Description.Label,
                Attributes((ulong)partition.Description.Attributes))));

        string Number(JsonElement partition) => partition.GetProperty("node").GetString()![Disk.Length..];
    }

    [Theory]
    [InlineData(SectorSize, "the first copy: its signature 'EFI PART' is missing")]
    [InlineData(SectorSize + 56, "the first copy: the sum of its header is wrong")]
    [InlineData((2 * SectorSize) + 60, "the first copy: the sum of its entries is wrong")]
    [InlineData(DiskSize - SectorSize, "the backup at sector 16383: its signature 'EFI PART' is missing")]
    [InlineData(DiskSize - (33 * SectorSize) + 60, "the backup at sector 16383: the sum of its entries is wrong")]
    [InlineData(510, "the protective MBR")]
    public void A_damaged_copy_is_reported_and_the_other_is_used(int place, string expected)
    {
        Make("sgdisk", ["-n", "1:2048:4095", "-c", "1:data"]);
        Change(bytes => bytes[place] ^= 0x55);
        var reporter = new RecordingReporter();
        var disk = Read(reporter);
        Assert.Equal("data", Assert.Single(disk.Partitions).Description.Label);
        Assert.Equal(["COMPOSE4111"], reporter.Codes);
        Assert.Contains(expected, reporter.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_with_two_damaged_copies_or_none_is_refused()
    {
        Make("sgdisk", ["-n", "1:2048:4095"]);
        Change(bytes =>
        {
            bytes[SectorSize + 20] ^= 1;
            bytes[^(SectorSize - 56)] ^= 1;
        });
        Assert.Equal("COMPOSE4110", Refusal());
        Change(bytes => bytes.AsSpan().Clear());
        Assert.Equal("COMPOSE4110", Refusal());
        File.WriteAllBytes(Disk, []);
        Assert.Equal("COMPOSE4110", Refusal());
    }

    [Fact]
    public void A_disk_that_became_larger_or_was_cut_off_is_reported()
    {
        Make("sgdisk", ["-n", "1:2048:4095", "-n", "2:8192:10000"]);
        var whole = File.ReadAllBytes(Disk);

        File.WriteAllBytes(Disk, [.. whole, .. new byte[MiB]]);
        var reporter = new RecordingReporter();
        Assert.Equal(2, Read(reporter).Partitions.Count);
        Assert.Contains("the backup is at sector 16383 and belongs to the last one, 18431", reporter.Messages, StringComparison.Ordinal);

        File.WriteAllBytes(Disk, whole[..(3 * MiB)]);
        reporter = new RecordingReporter();
        Assert.Equal([1], Read(reporter).Partitions.Select(partition => partition.Number));
        Assert.Equal(["COMPOSE4111", "COMPOSE4111", "COMPOSE4112"], reporter.Codes);
    }

    [Theory]
    [InlineData(0, 100, 90, "the partition 1 is said to take the sectors 100 to 90")]
    [InlineData(0, 1, 100, "the partition 1 is said to take the sectors 1 to 100")]
    [InlineData(0, 100, 16383, "the partition 1 is said to take the sectors 100 to 16383")]
    [InlineData(0, 0x7FFF_FFFF_FFFF_FFFF, -1, "the partition 1 is said to take")]
    [InlineData(0, 3000, 9000, "the partitions 1 and 2 overlap")]
    public void An_entry_that_cannot_be_true_is_reported(int entry, long first, long last, string expected)
    {
        Make("sgdisk", ["-n", "1:2048:4095", "-n", "2:8192:9001"]);
        Change(bytes => Reseal(bytes, table =>
        {
            BinaryPrimitives.WriteInt64LittleEndian(table[((entry * 128) + 32)..], first);
            BinaryPrimitives.WriteInt64LittleEndian(table[((entry * 128) + 40)..], last);
        }));
        var reporter = new RecordingReporter();
        var disk = Read(reporter);
        Assert.Equal(["COMPOSE4112"], reporter.Codes);
        Assert.Contains(expected, reporter.Messages, StringComparison.Ordinal);
        Assert.All(disk.Partitions, partition => Assert.InRange(partition.Offset + partition.Size, 0, DiskSize));
    }

    [Fact]
    public void Two_partitions_with_one_UUID_are_reported()
    {
        Make("sgdisk", ["-n", "1:2048:4095", "-n", "2:8192:9001"]);
        Change(bytes => Reseal(bytes, table => table.Slice(16, 16).CopyTo(table[(128 + 16)..])));
        var reporter = new RecordingReporter();
        Assert.Equal(2, Read(reporter).Partitions.Count);
        Assert.Contains("have the same UUID", reporter.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Sectors_of_4096_bytes_are_read()
    {
        // What sgdisk makes for sectors of 512 bytes, put where it is with larger ones.
        Make("sgdisk", ["-n", "1:2048:2049"]);
        var small = File.ReadAllBytes(Disk);
        var large = new byte[16384L * 4096];
        for (var i = 0; i < 34; i++)
        {
            small.AsSpan(i * SectorSize, SectorSize).CopyTo(large.AsSpan(i < 2 ? i * 4096 : (2 * 4096) + ((i - 2) * SectorSize)));
        }

        small.AsSpan(DiskSize - (33 * SectorSize), 32 * SectorSize).CopyTo(large.AsSpan((16384 - 33) * 4096));
        small.AsSpan(DiskSize - SectorSize).CopyTo(large.AsSpan(16383 * 4096));
        File.WriteAllBytes(Disk, large);
        var reporter = new RecordingReporter();
        var disk = Read(reporter);
        Assert.Empty(reporter.Messages);
        Assert.Equal(4096, disk.SectorSize);
        Assert.Equal((2048L * 4096, 8192L), (disk.Partitions[0].Offset, disk.Partitions[0].Size));
    }

    [Fact]
    public void Changed_tables_are_read_or_refused_and_nothing_else()
    {
        Make("sgdisk", ["-n", "1:2048:4095", "-n", "2:8192:9001"]);
        var whole = File.ReadAllBytes(Disk);
        var value = Gen.OneOf(Gen.Byte, Gen.Const((byte)0), Gen.Const((byte)0xFF), Gen.Const((byte)0x80));
        var change = Gen.Select(Gen.Int[0, 91 + (2 * 128)], value);
        Gen.Select(change.Array[1, 4], Gen.Bool).Sample(
            (changes, sealAgain) =>
            {
                var bytes = (byte[])whole.Clone();
                foreach (var (place, content) in changes)
                {
                    bytes[place < 92 ? SectorSize + place : (2 * SectorSize) + place - 92] = content;
                }

                // Behind right sums the numbers themselves are met.
                if (sealAgain)
                {
                    Reseal(bytes, _ => { });
                }

                File.WriteAllBytes(Disk, bytes);
                try
                {
                    var disk = Read(new RecordingReporter());
                    return disk.Partitions.All(partition => partition.Offset > 0 && partition.Size > 0 && partition.Offset + partition.Size <= DiskSize);
                }
                catch (DiagnosticException e)
                {
                    return e.Diagnostic.Descriptor.Code == "COMPOSE4110";
                }
            },
            seed: "0000KeRvtYs4", iter: 400, threads: 1);
    }

    /// <summary>The names of bits as sfdisk writes them.</summary>
    private static string Attributes(ulong bits)
    {
        string[] names = ["RequiredPartition", "NoBlockIOProtocol", "LegacyBIOSBootable"];
        var parts = Enumerable.Range(0, 3).Where(i => (bits >> i & 1) == 1).Select(i => names[i]).ToList();
        var numbers = Enumerable.Range(3, 61).Where(i => (bits >> i & 1) == 1).ToArray();
        return string.Join(' ', numbers.Length == 0 ? parts : [.. parts, $"GUID:{string.Join(',', numbers)}"]);
    }

    /// <summary>Changes the entries of the first copy and makes its sums right again; the backup is wiped.</summary>
    private static void Reseal(byte[] bytes, SpanAction change)
    {
        var header = bytes.AsSpan(SectorSize, SectorSize);
        var table = bytes.AsSpan(2 * SectorSize, 128 * 128);
        change(table);
        BinaryPrimitives.WriteUInt32LittleEndian(header[88..], Crc32.HashToUInt32(table));
        header.Slice(16, 4).Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], Crc32.HashToUInt32(header[..92]));

        var backup = bytes.AsSpan(bytes.Length - SectorSize, SectorSize);
        table.CopyTo(bytes.AsSpan(bytes.Length - (33 * SectorSize)));
        header.CopyTo(backup);
        BinaryPrimitives.WriteInt64LittleEndian(backup[24..], (bytes.Length / SectorSize) - 1);
        BinaryPrimitives.WriteInt64LittleEndian(backup[32..], 1);
        BinaryPrimitives.WriteInt64LittleEndian(backup[72..], (bytes.Length / SectorSize) - 33);
        backup.Slice(16, 4).Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(backup[16..], Crc32.HashToUInt32(backup[..92]));
    }

    private void Make(string tool, string[] arguments)
    {
        using (var file = File.Create(Disk))
        {
            file.SetLength(DiskSize);
        }

        if (tool == "sfdisk")
        {
            ExternalTool.TryRun("sfdisk", ["-q", Disk], System.Text.Encoding.UTF8.GetBytes(arguments[0])).EnsureSuccess();
        }
        else
        {
            ExternalTool.Run("sgdisk", [.. arguments, Disk]);
        }
    }

    private void Change(Action<byte[]> change)
    {
        var bytes = File.ReadAllBytes(Disk);
        change(bytes);
        File.WriteAllBytes(Disk, bytes);
    }

    private GptDisk Read(RecordingReporter reporter)
    {
        using var file = File.OpenHandle(Disk);
        return GptReader.Read(DiskRegion.Of(file), "disk.raw", reporter);
    }

    private string Refusal() =>
        Assert.Throws<DiagnosticException>(() => Read(new RecordingReporter())).Diagnostic.Descriptor.Code;

    private delegate void SpanAction(Span<byte> span);
}
