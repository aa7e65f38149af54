using System.Buffers.Binary;
using Compose.FileTrees;
using Compose.Formats.Elf;
using CsCheck;

namespace Compose.Formats.Tests.Elf;

/// <summary>ELF files that were made or damaged to hurt who reads their dynamic segment.</summary>
public class HostileElfTests
{
    private static readonly byte[] Program = File.ReadAllBytes(ElfDynamicReaderTests.Find("xz"));
    private static readonly byte[] Library = File.ReadAllBytes(ElfDynamicReaderTests.Find("liblzma.so.5"));

    [Fact]
    public void A_file_that_is_cut_off_anywhere_is_read_or_refused()
    {
        foreach (var whole in new[] { Program, Library })
        {
            var dynamic = (int)DynamicSegment(whole).Offset;
            var places = Enumerable.Range(0, 4096).Concat(Enumerable.Range(dynamic - 16, 1024)).Concat(Enumerable.Range(0, 200).Select(i => i * whole.Length / 200));
            foreach (var length in places.Where(length => length < whole.Length))
            {
                Survives(whole[..length]);
            }
        }
    }

    [Fact]
    public void Damaged_files_are_read_or_refused_and_nothing_else()
    {
        var value = Gen.OneOf(Gen.Byte, Gen.Const((byte)0), Gen.Const((byte)0xFF), Gen.Const((byte)0x80));
        foreach (var whole in new[] { Program, Library })
        {
            var (dynamic, size) = DynamicSegment(whole);

            // Headers, version chains and names at the front, and the dynamic segment.
            var place = Gen.OneOf(Gen.Int[0, 1200], Gen.Int[1200, Math.Min(whole.Length, 24 * 1024) - 1], Gen.Int[(int)dynamic, (int)(dynamic + size - 1)]);
            Gen.Select(place, value).Array[1, 6].Sample(
                changes =>
                {
                    var damaged = (byte[])whole.Clone();
                    foreach (var (offset, change) in changes)
                    {
                        damaged[offset] = change;
                    }

                    return Survives(damaged);
                },
                seed: "0000KeRvtYs4", iter: 5000, threads: 1);
        }
    }

    [Fact]
    public void More_tags_than_a_file_can_need_are_refused()
    {
        var bytes = Minimal(1 << 20, tags => tags.Fill(1));
        Assert.Contains("more than", Refusal(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_chain_of_versions_that_stands_still_or_never_ends_is_refused()
    {
        // Every link is 20 bytes behind the one before, in a megabyte of them; then one of a byte.
        foreach (var (step, message) in new[] { (20, "more than"), (1, "overlap") })
        {
            var bytes = Minimal(1 << 20, tags =>
            {
                BinaryPrimitives.WriteInt64LittleEndian(tags, 0x6FFF_FFFC);
                BinaryPrimitives.WriteInt64LittleEndian(tags[8..], 0x1000);
                BinaryPrimitives.WriteInt64LittleEndian(tags[16..], 5);
                BinaryPrimitives.WriteInt64LittleEndian(tags[24..], 0x1000);
                for (var link = 0x1000; link + 20 < tags.Length; link += 20)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(tags[(link + 16)..], step);
                }
            });
            Assert.Contains(message, Refusal(bytes), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Names_without_an_end_are_refused()
    {
        var bytes = Minimal(1 << 20, tags =>
        {
            tags.Fill((byte)'x');
            foreach (var (index, tag, value) in new[] { (0, 5L, 0x1000L), (1, 10L, 1L << 40), (2, 29L, 1L), (3, 0L, 0L) })
            {
                BinaryPrimitives.WriteInt64LittleEndian(tags[(index * 16)..], tag);
                BinaryPrimitives.WriteInt64LittleEndian(tags[((index * 16) + 8)..], value);
            }
        });
        Assert.Contains("name", Refusal(bytes), StringComparison.Ordinal);
    }

    private static bool Survives(byte[] bytes)
    {
        try
        {
            using var reader = new ElfDynamicReader(new BytesContent(bytes));
            var linking = reader.ReadLinking();
            foreach (var version in linking.NeededVersions.Take(20))
            {
                _ = reader.FindSymbols(version.Index);
            }

            Assert.True(linking.Needed.Count <= bytes.Length);
        }
        catch (InvalidDataException)
        {
            // Refused: that is one of the two right answers.
        }

        return true;
    }

    private static string Refusal(byte[] bytes) =>
        Assert.Throws<InvalidDataException>(() => ElfDynamicReader.Read(new BytesContent(bytes))).Message;

    /// <summary>A file of one loaded segment, all of which but the headers is its dynamic segment too.</summary>
    private static byte[] Minimal(int size, SpanAction fill)
    {
        const int Headers = 64 + (2 * 56);
        var bytes = new byte[Headers + size];
        Program.AsSpan(0, 64).CopyTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(32), 64);
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(56), 2);
        for (var i = 0; i < 2; i++)
        {
            // Addresses count from the first tag.
            var row = bytes.AsSpan(64 + (i * 56), 56);
            BinaryPrimitives.WriteInt32LittleEndian(row, i + 1);
            BinaryPrimitives.WriteInt64LittleEndian(row[8..], Headers);
            BinaryPrimitives.WriteInt64LittleEndian(row[32..], size);
        }

        fill(bytes.AsSpan(Headers));
        return bytes;
    }

    private delegate void SpanAction(Span<byte> bytes);

    private static (long Offset, long Size) DynamicSegment(byte[] file)
    {
        for (var row = BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(32)); ; row += 56)
        {
            var segment = file.AsSpan((int)row);
            if (BinaryPrimitives.ReadInt32LittleEndian(segment) == 2)
            {
                return (BinaryPrimitives.ReadInt64LittleEndian(segment[8..]), BinaryPrimitives.ReadInt64LittleEndian(segment[32..]));
            }
        }
    }
}
