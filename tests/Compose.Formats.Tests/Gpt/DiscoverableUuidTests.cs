using Compose.FileTrees;
using Compose.Formats.Gpt;

namespace Compose.Formats.Tests.Gpt;

/// <summary>The expected values were read from images that systemd-repart 252 made with this seed.</summary>
public class DiscoverableUuidTests
{
    private static readonly Guid Seed = new("0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");

    [Fact]
    public void Disk_and_partitions_get_the_UUIDs_that_systemd_repart_gives_them()
    {
        var usr = SystemPartitionTypes.X64.Usr;
        Assert.Equal(new Guid("3f200c87-6598-4b5b-8d76-e3fdee615e0b"), DiscoverableUuid.Disk(Seed));
        Assert.Equal(new Guid("90f0a8e7-b75c-480f-a716-540e57b0ad9d"), DiscoverableUuid.Partition(Seed, usr));
        Assert.Equal(new Guid("54a57b16-333c-429a-8e7c-aaa9036820d2"), DiscoverableUuid.Partition(Seed, usr, index: 1));
    }

    [Fact]
    public void The_FAT_volume_id_is_the_one_that_systemd_repart_passes_to_mkfs()
    {
        var partition = DiscoverableUuid.Partition(Seed, PartitionTypes.EfiSystem);
        Assert.Equal(new Guid("c750afde-e819-41d5-bab3-988c9bcddd73"), partition);
        Assert.Equal(0x79fef55cu, DiscoverableUuid.FatVolumeId(DiscoverableUuid.FileSystem(partition)));
    }

    [Fact]
    public void Verity_gets_a_UUID_and_a_salt_of_32_bytes()
    {
        Assert.Equal(new Guid("8a37ba8f-73e9-42c7-a49b-55aa6202758d"), DiscoverableUuid.VeritySuperblock(Seed));
        Assert.Equal(
            "d1b730cefa0980c40eeba644811e9a71d7b60697e214d399d74a15d3b904aa7e",
            Convert.ToHexStringLower(DiscoverableUuid.VeritySalt(Seed)));
    }

    [Fact]
    public void The_halves_of_a_root_hash_are_the_UUIDs_of_data_and_hash_partition()
    {
        var rootHash = Sha256Digest.Parse("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        Assert.Equal(new Guid("00010203-0405-0607-0809-0a0b0c0d0e0f"), DiscoverableUuid.VerityData(rootHash));
        Assert.Equal(new Guid("10111213-1415-1617-1819-1a1b1c1d1e1f"), DiscoverableUuid.VerityHash(rootHash));
    }
}
