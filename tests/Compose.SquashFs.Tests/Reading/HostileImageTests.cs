using System.Buffers.Binary;
using Compose.SquashFs.Metadata;
using Compose.SquashFs.Reading;
using Compose.SquashFs.Tests.Oracles;
using Compose.SquashFs.Tests.Samples;
using Compose.Tests.Hostile;

namespace Compose.SquashFs.Tests.Reading;

/// <summary>
/// Images made to hurt, by name: each must be refused with the diagnostic that says what is wrong, by reading it all and by
/// verifying; it names the image and, where there is one, the entry.
/// Each starts from <see cref="SmallTree"/>; offsets are those of the format's inodes and superblock.
/// </summary>
public class HostileImageTests
{
    private const string Attributes = "COMPOSE4028";
    private const string Directory = "COMPOSE4027";
    private const string Inode = "COMPOSE4026";
    private const string Block = "COMPOSE4025";
    private const string Table = "COMPOSE4024";
    private const string Contradiction = "COMPOSE4023";
    private const string Codec = "COMPOSE4022";
    private const string Truncated = "COMPOSE4021";
    private const string NotAnImage = "COMPOSE4020";

    private static readonly ImageParts Sample = ImageParts.Of(SmallTree.Tree, new SquashFsOptions
    {
        BlockSize = SmallTree.BlockSize,
        Compression = new ZstdCompression(1),
    });

    private static readonly Dictionary<string, (string Code, string Part, Func<byte[]> Make)> Images = new()
    {
        // The superblock.
        ["empty"] = (NotAnImage, "The image 'hostile'", () => []),
        ["95 bytes"] = (NotAnImage, "The image 'hostile'", () => Sample.Pack()[..95]),
        ["another magic"] = (NotAnImage, "The image 'hostile'", () => Patch(0, 0x12345678u)),
        ["big-endian"] = (NotAnImage, "The image 'hostile'", () => Patch(0, 0x68737173u)),
        ["version 3"] = (NotAnImage, "The image 'hostile'", () => Patch(28, (ushort)3)),
        ["version 4.1"] = (NotAnImage, "The image 'hostile'", () => Patch(30, (ushort)1)),
        ["one byte missing"] = (Truncated, "The image 'hostile'", () => Sample.Pack()[..^1]),
        ["larger than a disk"] = (Truncated, "The image 'hostile'", () => Patch(40, (ulong)long.MaxValue)),
        ["negative size"] = (Contradiction, "The image 'hostile'", () => Patch(40, ulong.MaxValue)),
        ["block size 0"] = (Contradiction, "The image 'hostile'", () => Patch(12, 0u)),
        ["block size 2^31"] = (Contradiction, "The image 'hostile'", () => Patch(12, 1u << 31)),
        ["block size 5000"] = (Contradiction, "The image 'hostile'", () => Patch(12, 5000u)),
        ["block size with another logarithm"] = (Contradiction, "The image 'hostile'", () => Patch(22, (ushort)13)),
        ["no inodes"] = (Contradiction, "The image 'hostile'", () => Patch(4, 0u)),
        ["fewer inodes than there are"] = (Contradiction, "The image 'hostile'", () => Patch(4, 5u)),
        ["no owners"] = (Contradiction, "The image 'hostile'", () => Patch(26, (ushort)0)),
        ["lzo"] = (Codec, "The image 'hostile'", () => Patch(20, (ushort)3)),
        ["codec 7"] = (Codec, "The image 'hostile'", () => Patch(20, (ushort)7)),
        ["another codec than it uses"] = (Block, "The image 'hostile'", () => With(parts => parts.Superblock = parts.Superblock with { CodecId = 1, Flags = SuperblockFlags.None })),
        ["settings of another codec"] = (Contradiction, "The image 'hostile'", () => Patch(20, (ushort)1)),
        ["inode table behind the end"] = (Contradiction, "The image 'hostile'", () => Patch(64, 1ul << 40)),
        ["inode table behind the directory table"] = (Contradiction, "The image 'hostile'", () => Patch(64, (ulong)Superblock.Read(Sample.Pack()).DirectoryTableStart)),
        ["inode table in the superblock"] = (Contradiction, "The image 'hostile'", () => Patch(64, 0ul)),
        ["directory table at -2"] = (Contradiction, "The image 'hostile'", () => Patch(72, ulong.MaxValue - 1)),
        ["directory table at the end"] = (Contradiction, "The image 'hostile'", () => Patch(72, (ulong)Sample.Pack().Length)),
        ["no table of owners"] = (Contradiction, "The image 'hostile'", () => Patch(48, ulong.MaxValue)),
        ["attributes behind the end"] = (Contradiction, "The image 'hostile'", () => Patch(56, 1ul << 62)),
        ["attributes in the last bytes"] = (Table, "The image 'hostile'", () => Patch(56, (ulong)Sample.Pack().Length - 1)),
        ["fragments but no table"] = (Contradiction, "The image 'hostile'", () => Patch(80, ulong.MaxValue)),
        ["2^32 fragments"] = (Table, "The image 'hostile'", () => Patch(16, uint.MaxValue)),
        ["65535 owners"] = (Table, "The image 'hostile'", () => Patch(26, ushort.MaxValue)),
        ["root inode outside its block"] = (Inode, "The image 'hostile'", () => Patch(32, 0xFFFFul)),
        ["root inode outside the table"] = (Inode, "The image 'hostile'", () => Patch(32, ulong.MaxValue << 16)),
        ["root inode in no block"] = (Block, "The image 'hostile'", () => Patch(32, 1ul << 16)),
        ["root inode that is a file"] = (Inode, "The image 'hostile'", () => Patch(32, (ulong)Sample.InodeAt("noise"))),

        // Inodes.
        ["type 0"] = (Inode, "At 'noise'", () => With(parts => parts.SetInode16("noise", 0, 0))),
        ["type 15"] = (Inode, "At 'noise'", () => With(parts => parts.SetInode16("noise", 0, 15))),
        ["a mode of another type"] = (Inode, "At 'noise'", () => With(parts => parts.SetInode16("noise", 2, 0x41ED))),
        ["owner out of range"] = (Inode, "At 'noise'", () => With(parts => parts.SetInode16("noise", 4, 999))),
        ["group out of range"] = (Inode, "At 'noise'", () => With(parts => parts.SetInode16("noise", 6, ushort.MaxValue))),
        ["a number of another inode"] = (Directory, "At 'noise'", () => With(parts => parts.SetInode32("noise", 12, 1))),
        ["2^63 bytes in a few blocks"] = (Inode, "At 'sparse'", () => With(parts => parts.SetInode64("sparse", 24, long.MaxValue))),
        ["2^64 bytes"] = (Inode, "At 'sparse'", () => With(parts => parts.SetInode64("sparse", 24, ulong.MaxValue))),
        ["more blocks than are listed"] = (Block, "At 'blocks'", () => With(parts => parts.SetInode32("blocks", 28, 1_000_000))),
        ["blocks behind the end"] = (Truncated, "At 'blocks'", () => With(parts => parts.SetInode32("blocks", 16, 0x7FFF_FFFF))),
        ["blocks at 2^63"] = (Inode, "At 'sparse'", () => With(parts => parts.SetInode64("sparse", 16, ulong.MaxValue))),
        ["blocks near 2^63"] = (Truncated, "At 'sparse'", () => With(parts => parts.SetInode64("sparse", 16, long.MaxValue))),
        ["a block that is no block"] = (Block, "At 'blocks'", () => With(parts => parts.SetInode32("blocks", 16, 97))),
        ["a block larger than a block"] = (Block, "At 'blocks'", () => With(parts => parts.SetInode32("blocks", 32, 5000))),
        ["a block of 16 MiB, stored"] = (Block, "At 'blocks'", () => With(parts => parts.SetInode32("blocks", 32, 0x1FF_FFFF))),
        ["a block with unknown bits"] = (Block, "At 'blocks'", () => With(parts => parts.SetInode32("blocks", 32, 0x8000_0010))),
        ["a stored block that is too short"] = (Block, "At 'noise'", () => With(parts => parts.SetInode32("noise", 32, 0x100_0010))),
        ["fragment out of range"] = (Inode, "At 'blocks'", () => With(parts => parts.SetInode32("blocks", 20, 77))),
        ["a tail outside its fragment"] = (Inode, "At 'blocks'", () => With(parts => parts.SetInode32("blocks", 24, 4090))),
        ["a tail at 2^32"] = (Inode, "At 'blocks'", () => With(parts => parts.SetInode32("blocks", 24, uint.MaxValue))),
        ["a link to nothing"] = (Inode, "At 'dir/link'", () => With(parts => parts.SetInode32("dir/link", 20, 0))),
        ["a link of 2 GiB"] = (Inode, "At 'dir/link'", () => With(parts => parts.SetInode32("dir/link", 20, int.MaxValue))),
        ["a link with NUL"] = (Inode, "At 'dir/link'", () => With(parts => parts.SetInode32("dir/link", 24, 0))),
        ["attributes out of range"] = (Table, "At 'attributes'", () => With(parts => parts.SetInode32("attributes", 52, 1000))),
        ["a listing at the end of its block"] = (Inode, "At 'dir'", () => With(parts => parts.SetInode16("dir", 26, 9000))),
        ["a listing outside the table"] = (Table, "At 'dir'", () => With(parts => parts.SetInode32("dir", 16, 0x1000_0000))),
        ["a listing of 2 bytes"] = (Inode, "At 'dir'", () => With(parts => parts.SetInode16("dir", 24, 2))),
        ["a listing of 4 bytes"] = (Directory, "At 'dir'", () => With(parts => parts.SetInode16("dir", 24, 4))),
        ["a listing that goes on behind the table"] = (Directory, "At the root directory", () => With(parts => parts.SetInode16("", 24, 60_000))),

        // Directories.
        ["a directory in itself"] = (Directory, "At 'dir/inner'", () => With(parts => Redirect(parts, "inner", "dir"))),
        ["the root in the tree"] = (Directory, "At 'dir/inner'", () => With(parts => Redirect(parts, "inner", ""))),
        ["a directory in two places"] = (Directory, "At 'noise'", () => With(parts => Redirect(parts, "noise", "dir/inner"))),
        ["a name with a slash"] = (Directory, "'in/er'", () => With(parts => parts.Rename("inner", "in/er"))),
        ["an absolute name"] = (Directory, "'/nner'", () => With(parts => parts.Rename("inner", "/nner"))),
        ["a name with NUL"] = (Directory, "'in\\x00er'", () => With(parts => parts.Rename("inner", "in\0er"))),
        ["the name .."] = (Directory, "'..'", () => With(parts => Shorten(parts, "noise", ".."))),
        ["the name ."] = (Directory, "'.'", () => With(parts => Shorten(parts, "noise", "."))),
        ["a name of 65536 bytes"] = (Directory, "At the root directory", () => With(parts => Set16(parts.Directories, parts.EntryAt("noise") + 6, ushort.MaxValue))),
        ["two equal names"] = (Directory, "'others' after 'others'", () => With(parts => parts.Rename("socket", "others"))),
        ["names out of order"] = (Directory, "'aocket' after 'others'", () => With(parts => parts.Rename("socket", "aocket"))),
        ["an entry of another kind"] = (Directory, "At 'noise'", () => With(parts => Set16(parts.Directories, parts.EntryAt("noise") + 4, 1))),
        ["an entry of kind 9"] = (Directory, "'noise'", () => With(parts => Set16(parts.Directories, parts.EntryAt("noise") + 4, 9))),
        ["an entry of another inode"] = (Directory, "At 'noise'", () => With(parts => Set16(parts.Directories, parts.EntryAt("noise"), (ushort)parts.InodeAt("sparse")))),
        ["an inode between two"] = (Inode, "At 'noise'", () => With(parts => Set16(parts.Directories, parts.EntryAt("noise"), (ushort)(parts.InodeAt("noise") + 1)))),
        ["a run of 2^32 entries"] = (Directory, "a run of 4294967296 entries", () => With(parts => BinaryPrimitives.WriteUInt32LittleEndian(parts.Directories, uint.MaxValue))),

        // Other tables.
        ["a fragment behind the end"] = (Truncated, "At '", () => With(parts => BinaryPrimitives.WriteUInt64LittleEndian(parts.Fragments, 1ul << 62))),
        ["a fragment that is no block"] = (Block, "At '", () => With(parts => BinaryPrimitives.WriteUInt64LittleEndian(parts.Fragments, 100))),
        ["a fragment of 0 bytes"] = (Table, "At '", () => With(parts => BinaryPrimitives.WriteUInt32LittleEndian(parts.Fragments.AsSpan(8), 0))),
        ["a fragment larger than a block"] = (Block, "At '", () => With(parts => BinaryPrimitives.WriteUInt32LittleEndian(parts.Fragments.AsSpan(8), 0xFF_FFFF))),
        ["fewer owners than counted"] = (Table, "table of owners", () => With(parts => parts.Ids = parts.Ids[..4])),
        ["an attribute of namespace 3"] = (Attributes, "At '", () => With(parts => Set16(parts.Attributes, 0, 3))),
        ["an attribute without a name"] = (Attributes, "At '", () => With(parts => Set16(parts.Attributes, 2, 0))),
        ["an attribute's name of 65535 bytes"] = (Attributes, "At '", () => With(parts => Set16(parts.Attributes, 2, ushort.MaxValue))),
        ["an attribute's name in no encoding"] = (Attributes, "At '", () => With(parts => parts.Attributes[5] = 0xFF)),
        ["an attribute's value of 4 GiB"] = (Attributes, "At '", () => With(parts => BinaryPrimitives.WriteUInt32LittleEndian(parts.Attributes.AsSpan(4 + "capability".Length), uint.MaxValue))),
        ["2^32 attributes"] = (Attributes, "At '", () => With(parts => BinaryPrimitives.WriteUInt32LittleEndian(parts.AttributeSets.AsSpan(8), uint.MaxValue))),
        ["a set outside the table"] = (Attributes, "At '", () => With(parts => BinaryPrimitives.WriteUInt64LittleEndian(parts.AttributeSets, 1ul << 60))),
    };

    public static TheoryData<string> Names() => [.. Images.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_hostile_image_is_refused(string name)
    {
        var (code, part, make) = Images[name];
        var image = make();
        var diagnostic = ReadingProbe.ReadAll(image);

        Assert.Equal($"{code} {diagnostic?.Message}", $"{diagnostic?.Descriptor.Code} {diagnostic?.Message}");
        Assert.Contains("The image 'hostile'", diagnostic!.Message, StringComparison.Ordinal);
        Assert.Contains(part, diagnostic.Message, StringComparison.Ordinal);
        Assert.Contains(code, ReadingProbe.Verify(image).Select(problem => problem.Descriptor.Code));
    }

    [Fact]
    public void All_of_them_take_little_memory_and_change_nothing_around() => HostileProcess.Run(GetType(), "corpus", () =>
    {
        foreach (var name in Images.Keys)
        {
            A_hostile_image_is_refused(name);
        }

        return Images.Count;
    });

    private static byte[] With(Action<ImageParts> change)
    {
        var parts = Sample.Clone();
        change(parts);
        return parts.Pack();
    }

    /// <summary>Makes a listing's entry name another directory's inode.</summary>
    private static void Redirect(ImageParts parts, string name, string path)
    {
        var entry = parts.EntryAt(name);
        var number = BinaryPrimitives.ReadUInt32LittleEndian(parts.Inodes.AsSpan(parts.InodeAt(path) + 12));

        var first = BinaryPrimitives.ReadUInt32LittleEndian(parts.Directories.AsSpan(HeaderOf(parts, entry) + 8));
        Set16(parts.Directories, entry, (ushort)parts.InodeAt(path));
        Set16(parts.Directories, entry + 2, unchecked((ushort)(number - first)));
        Set16(parts.Directories, entry + 4, 1);
    }

    /// <summary>Where the run of an entry starts.</summary>
    private static int HeaderOf(ImageParts parts, int entry)
    {
        for (var header = 0; header < entry;)
        {
            var start = header;
            var count = BinaryPrimitives.ReadUInt32LittleEndian(parts.Directories.AsSpan(header)) + 1;
            header += 12;
            for (var i = 0; i < count; i++)
            {
                if (header == entry)
                {
                    return start;
                }

                header += 9 + BinaryPrimitives.ReadUInt16LittleEndian(parts.Directories.AsSpan(header + 6));
            }
        }

        throw new ArgumentException("There is no such entry.", nameof(entry));
    }

    /// <summary>Gives an entry a shorter name; the bytes behind it move up.</summary>
    private static void Shorten(ImageParts parts, string name, string newName)
    {
        var entry = parts.EntryAt(name);
        Set16(parts.Directories, entry + 6, (ushort)(newName.Length - 1));
        parts.Directories =
        [
            .. parts.Directories[..(entry + 8)],
            .. System.Text.Encoding.ASCII.GetBytes(newName),
            .. parts.Directories[(entry + 8 + name.Length)..],
        ];
    }

    private static byte[] Patch(int offset, ushort value) => Patch(offset, bytes => BinaryPrimitives.WriteUInt16LittleEndian(bytes, value));

    private static byte[] Patch(int offset, uint value) => Patch(offset, bytes => BinaryPrimitives.WriteUInt32LittleEndian(bytes, value));

    private static byte[] Patch(int offset, ulong value) => Patch(offset, bytes => BinaryPrimitives.WriteUInt64LittleEndian(bytes, value));

    private static byte[] Patch(int offset, Action<byte[]> write)
    {
        var image = Sample.Pack();
        var value = new byte[8];
        image.AsSpan(offset, 8).CopyTo(value);
        write(value);
        value.CopyTo(image, offset);
        return image;
    }

    private static void Set16(byte[] table, int offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(table.AsSpan(offset), value);
}
