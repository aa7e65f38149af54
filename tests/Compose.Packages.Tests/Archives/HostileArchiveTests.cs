using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Tar;
using Compose.Packages.Inputs.Archives;
using Compose.Tests.Hostile;
using TarEntry = System.Formats.Tar.TarEntry;

namespace Compose.Packages.Tests.Archives;

/// <summary>
/// Archives made to hurt, as a project takes them: unpacked into the store. The writer is .NET's, which writes any name and
/// link. The corpora of the formats are with their readers.
/// </summary>
public sealed class HostileArchiveTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string, string> HostileArchives => new()
    {
        { "parent", "COMPOSE1002", "'../outside'" },
        { "parent inside", "COMPOSE1002", "'a/../../outside'" },
        { "absolute", "COMPOSE1002", "'/etc/passwd'" },
        { "file through a link", "COMPOSE1002", "'link/file'" },
        { "file through an absolute link", "COMPOSE1002", "'link/passwd'" },
        { "link above the root", "COMPOSE1002", "'a/b'" },
        { "link above the root and back", "COMPOSE1002", "'b'" },
        { "hard link to outside", "COMPOSE1002", "'a'" },
        { "hard link to an absolute path", "COMPOSE1002", "'a'" },
        { "hard link to nothing", "COMPOSE1004", "'a'" },
        { "hard link to itself", "COMPOSE1004", "'a'" },
        { "hard link to a directory", "COMPOSE1004", "'d/loop'" },
        { "link in place of a directory", "COMPOSE1004", "'d'" },
        { "file twice", "COMPOSE1004", "'./a'" },
        { "character device", "COMPOSE1005", "'null'" },
        { "block device", "COMPOSE1005", "'sda'" },
        { "named pipe", "COMPOSE1005", "'pipe'" },
        { "deep", "COMPOSE1003", "'d/d/d/" },
        { "size beyond the end", "COMPOSE1001", "'a'" },
        { "size beyond all limits", "COMPOSE1003", "'a'" },
        { "cut off", "COMPOSE1001", "'a'" },
    };

    [Theory]
    [MemberData(nameof(HostileArchives))]
    public void A_hostile_tar_is_refused(string name, string code, string part)
    {
        foreach (var compressed in (bool[])[false, true])
        {
            var tar = Hostile(name);
            var diagnostic = Refuse(compressed ? Gzip(tar) : tar);

            Assert.Equal($"{code} {diagnostic.Message}", $"{diagnostic.Descriptor.Code} {diagnostic.Message}");
            Assert.Contains("bad-archive", diagnostic.Message, StringComparison.Ordinal);
            Assert.Contains(part, diagnostic.Message, StringComparison.Ordinal);
        }

        // Beside the store nothing was written.
        Assert.Equal(["store"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName));
        Assert.Empty(Directory.GetFiles(_folder["store", "partial"]));
    }

    [Fact]
    public void All_of_them_take_little_memory_and_change_nothing_around() => HostileProcess.Run(GetType(), "corpus", () =>
    {
        var count = 0;
        foreach (var row in HostileArchives)
        {
            var (name, code, part) = row.Data;
            A_hostile_tar_is_refused(name, code, part);
            count++;
        }

        return count;
    });

    [Fact]
    public void Links_that_stay_inside_and_names_of_any_bytes_are_kept()
    {
        var tar = Tar(writer =>
        {
            Add(writer, TarEntryType.Directory, "d/");
            Add(writer, TarEntryType.SymbolicLink, "d/self", link: "../d");
            Add(writer, TarEntryType.SymbolicLink, "d/a", link: "b");
            Add(writer, TarEntryType.SymbolicLink, "d/b", link: "a");
            Add(writer, TarEntryType.RegularFile, "README");
            Add(writer, TarEntryType.RegularFile, "readme");
        });
        var index = tar.AsSpan().IndexOf("README"u8);
        tar[index] = 0xFF;
        Checksum(tar.AsSpan(index, 512));

        Assert.Equal(7, Unpack(tar).Tree.Count);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("xz")]
    [InlineData("zstd")]
    [InlineData("bzip2")]
    public void What_is_cut_off_or_changed_is_damage(string compressor)
    {
        File.WriteAllBytes(_folder["a.tar"], Tar(writer => Add(writer, TarEntryType.RegularFile, "a", content: [.. Enumerable.Range(0, 20_000).Select(i => (byte)(i * i >> 3))])));
        Tool.Run(compressor, "-k", "-f", _folder["a.tar"]);
        var packed = File.ReadAllBytes(Directory.GetFiles(_folder.Path, "a.tar.*z*").Single());
        for (var length = 8; length < packed.Length; length += Math.Max(1, packed.Length / 60))
        {
            try
            {
                // Where only the checksum behind the archive is cut off, nothing is missing.
                Assert.Equal(20_000, Assert.IsType<FileEntry>(Unpack(packed[..length]).Tree[1].Entry).Content.Length);
                Assert.True(length > packed.Length - 16, $"The first {length} of {packed.Length} bytes are enough.");
            }
            catch (DiagnosticException e)
            {
                Assert.Equal("COMPOSE1001", e.Diagnostic.Descriptor.Code);
            }
        }

        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var changed = packed.ToArray();
            changed[random.Next(changed.Length)] ^= (byte)random.Next(1, 256);
            try
            {
                Unpack(changed);
            }
            catch (DiagnosticException)
            {
                // Not every change is damage: names in headers of gzip, for instance.
            }
        }
    }

    [Fact]
    public void Changed_tars_never_do_more_than_fail()
    {
        var original = Tar(writer =>
        {
            Add(writer, TarEntryType.RegularFile, "bin/a", content: new byte[700]);
            Add(writer, TarEntryType.HardLink, "bin/b", link: "bin/a");
            Add(writer, TarEntryType.SymbolicLink, "c", link: "bin/a");
            Add(writer, TarEntryType.RegularFile, new string('n', 150), content: [1]);
        });
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var bytes = original.ToArray();
            var block = random.Next(bytes.Length / 512) * 512;
            bytes[block + random.Next(512)] = (byte)random.Next(256);
            if (random.Next(4) > 0)
            {
                Checksum(bytes.AsSpan(block, 512));
            }

            try
            {
                Unpack(bytes);
            }
            catch (DiagnosticException)
            {
                // What a damaged archive is for.
            }
        }
    }

    private static byte[] Hostile(string name) => name switch
    {
        "parent" => Tar(writer => Add(writer, TarEntryType.RegularFile, "../outside")),
        "parent inside" => Tar(writer => Add(writer, TarEntryType.RegularFile, "a/../../outside")),
        "absolute" => Tar(writer => Add(writer, TarEntryType.RegularFile, "/etc/passwd")),
        "file through a link" => Tar(writer =>
        {
            Add(writer, TarEntryType.SymbolicLink, "link", link: "elsewhere");
            Add(writer, TarEntryType.RegularFile, "link/file");
        }),
        "file through an absolute link" => Tar(writer =>
        {
            Add(writer, TarEntryType.SymbolicLink, "link", link: "/etc");
            Add(writer, TarEntryType.RegularFile, "link/passwd");
        }),
        "link above the root" => Tar(writer => Add(writer, TarEntryType.SymbolicLink, "a/b", link: "../../etc/shadow")),
        "link above the root and back" => Tar(writer => Add(writer, TarEntryType.SymbolicLink, "b", link: "x/../../y")),
        "hard link to outside" => Tar(writer => Add(writer, TarEntryType.HardLink, "a", link: "../../etc/shadow")),
        "hard link to an absolute path" => Tar(writer => Add(writer, TarEntryType.HardLink, "a", link: "/etc/shadow")),
        "hard link to nothing" => Tar(writer => Add(writer, TarEntryType.HardLink, "a", link: "b")),
        "hard link to itself" => Tar(writer => Add(writer, TarEntryType.HardLink, "a", link: "a")),
        "hard link to a directory" => Tar(writer =>
        {
            Add(writer, TarEntryType.Directory, "d/");
            Add(writer, TarEntryType.HardLink, "d/loop", link: "d");
        }),
        "link in place of a directory" => Tar(writer =>
        {
            Add(writer, TarEntryType.RegularFile, "d/file");
            Add(writer, TarEntryType.SymbolicLink, "d", link: "/etc");
        }),
        "file twice" => Tar(writer =>
        {
            Add(writer, TarEntryType.RegularFile, "a");
            Add(writer, TarEntryType.RegularFile, "./a");
        }),
        "character device" => Tar(writer => Add(writer, TarEntryType.CharacterDevice, "null")),
        "block device" => Tar(writer => Add(writer, TarEntryType.BlockDevice, "sda")),
        "named pipe" => Tar(writer => Add(writer, TarEntryType.Fifo, "pipe")),
        "deep" => Tar(writer => Add(writer, TarEntryType.RegularFile, string.Join('/', Enumerable.Repeat("d", 300)))),
        "size beyond the end" => WithSize("00000100000\0"),
        "size beyond all limits" => WithSize("77777777777\0"),
        "cut off" => Tar(writer => Add(writer, TarEntryType.RegularFile, "a", content: new byte[5000]))[..2048],
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };

    private static byte[] WithSize(string size)
    {
        var tar = Tar(writer => Add(writer, TarEntryType.RegularFile, "a", format: TarEntryFormat.Ustar));
        Encoding.ASCII.GetBytes(size).CopyTo(tar, 124);
        Checksum(tar.AsSpan(0, 512));
        return tar;
    }

    private static void Checksum(Span<byte> header)
    {
        header.Slice(148, 8).Fill((byte)' ');
        var sum = 0;
        foreach (var value in header)
        {
            sum += value;
        }

        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header[148..]);
    }

    private static byte[] Tar(Action<TarWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var writer = new TarWriter(bytes, TarEntryFormat.Gnu, leaveOpen: true))
        {
            write(writer);
        }

        return bytes.ToArray();
    }

    private static void Add(
        TarWriter writer, TarEntryType type, string name, byte[]? content = null, string? link = null, TarEntryFormat format = TarEntryFormat.Gnu)
    {
        TarEntry entry = format == TarEntryFormat.Gnu ? new GnuTarEntry(type, name) : new UstarTarEntry(type, name);
        entry.ModificationTime = DateTimeOffset.UnixEpoch.AddYears(40);
        if (link is not null)
        {
            entry.LinkName = link;
        }

        if (content is not null)
        {
            entry.DataStream = new MemoryStream(content);
        }

        writer.WriteEntry(entry);
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }

    private Diagnostic Refuse(byte[] bytes) => Assert.Throws<DiagnosticException>(() => Unpack(bytes)).Diagnostic;

    private UnpackedArchive Unpack(byte[] bytes)
    {
        var store = new ContentStore(_folder["store"]);
        return new ArchiveUnpacker(store).GetOrUnpack(store.Add(bytes), isVerified: true, "bad-archive", ArchiveLimits.Default, Token)!;
    }
}
