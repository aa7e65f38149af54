using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Deb;

namespace Compose.Formats.Tests.Deb;

public sealed class DebReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ContentStore _store;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public DebReaderTests() => _store = new ContentStore(_folder["store"]);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("xz")]
    [InlineData("zstd")]
    public void A_package_built_by_dpkg_reads_as_dpkg_reads_it(string compression)
    {
        var deb = BuildPackage(compression);

        var package = Read(deb);

        Assert.Equal(Tool.Run("dpkg-deb", "-f", deb, "Package").Trim(), package.Control["package"]);
        Assert.Equal(Tool.Run("dpkg-deb", "-f", deb, "Version").Trim(), package.Control["Version"]);
        Assert.Equal("first line\nsecond line\n.\nlast line", package.Control["Description"]);
        Assert.Equal(["postinst", "preinst"], package.Scripts.Select(script => script.Name));
        Assert.Equal("#!/bin/sh\necho post\n", Encoding.UTF8.GetString(package.Scripts[0].Content.Span));
        Assert.Equal(["etc/greeting.conf"], package.ConfFiles.Select(path => path.ToString()));
        Assert.Contains("triggers", package.ControlFiles.Keys);
        Assert.Equal(ListByTar(deb), List(package.Files));
        AssertContentsAsExtractedByDpkg(deb, package.Files);
    }

    [Fact]
    public void Hard_links_are_one_inode()
    {
        var files = Read(BuildPackage("xz")).Files;

        Assert.Same(Entry(files, "usr/bin/greet"), Entry(files, "usr/bin/greet-too"));
    }

    [Theory]
    [InlineData("gnu", 3_000_000, -86400)]
    [InlineData("posix", 3_000_000, -86400)]
    [InlineData("ustar", 70_000, 1_700_000_000)]
    [InlineData("v7", 70_000, 1_700_000_000)]
    public void Archives_of_every_tar_dialect_read_as_tar_reads_them(string dialect, int owner, long time)
    {
        var data = _folder["data"];
        Directory.CreateDirectory(Path.Combine(data, "usr", "share"));
        File.WriteAllText(Path.Combine(data, "usr", "share", "a"), "content");
        File.CreateSymbolicLink(Path.Combine(data, "usr", "link"), "share/a");
        if (dialect == "ustar")
        {
            // Longer than the field for names: the front goes into the prefix.
            Directory.CreateDirectory(Path.Combine(data, new string('p', 90), new string('q', 60)));
        }

        if (dialect is "gnu" or "posix")
        {
            var deep = Path.Combine(data, "usr", new string('d', 120), new string('e', 120));
            Directory.CreateDirectory(deep);
            File.WriteAllText(Path.Combine(deep, new string('f', 200)), "deep");
            File.CreateSymbolicLink(Path.Combine(data, "long-link"), new string('t', 300));
        }

        var tar = Tool.RunBytes("tar", $"--format={dialect}", "--sort=name", $"--mtime=@{time}", $"--owner=:{owner}", "--group=:12", "-C", data, "-c", ".");
        var deb = WriteDeb(TarBytes.Deb(tar));

        Assert.Equal(ListByTar(deb), List(Read(deb).Files));
    }

    [Fact]
    public void Extended_attributes_keep_every_byte()
    {
        byte[] capability = [1, 0, 0, 2, 0xFF, 0x80, 0, (byte)'\n', (byte)'='];
        byte[] record = [.. Encoding.ASCII.GetBytes($"{"48 SCHILY.xattr.security.capability=".Length + capability.Length + 1} SCHILY.xattr.security.capability="), .. capability, (byte)'\n'];
        var tar = new TarBytes().Add("x", 'x', content: record).File("./ping", "p");

        var files = Read(WriteDeb(tar.ToDeb())).Files;

        var attribute = Assert.Single(Entry(files, "ping").Metadata.ExtendedAttributes);
        Assert.Equal("security.capability", attribute.Name);
        Assert.Equal(capability, attribute.Value.ToArray());
    }

    [Fact]
    public void Names_that_are_not_utf8_keep_their_bytes()
    {
        byte[] name = [(byte)'c', (byte)'a', (byte)'f', 0xE9];
        var tar = new TarBytes().Add(name, '0', [], [1, 2, 3]).Add([(byte)'l'], '2', name, []);

        var files = Read(WriteDeb(tar.ToDeb())).Files;

        Assert.True(TreePath.TryParse(name, out var path));
        Assert.Equal(3, Assert.IsType<FileEntry>(files.TryGet(path, out var entry) ? entry : null).Content.Length);
        Assert.Equal(name, Assert.IsType<SymlinkEntry>(Entry(files, "l")).Target.ToArray());
    }

    [Fact]
    public void Device_nodes_keep_their_numbers()
    {
        var files = Read(WriteDeb(new TarBytes().Add("./dev/null", '3').Add("./dev/sda", '4').ToDeb())).Files;

        var device = Assert.IsType<DeviceEntry>(Entry(files, "dev/null"));
        Assert.Equal((DeviceKind.Character, 3u, 3u), (device.Kind, device.Major, device.Minor));
        Assert.Equal(DeviceKind.Block, Assert.IsType<DeviceEntry>(Entry(files, "dev/sda")).Kind);
    }

    [Fact]
    public void A_directory_named_twice_has_the_last_mode()
    {
        var tar = new TarBytes().Directory("./usr/").File("./usr/a", "x").Directory("./usr");

        Assert.Equal(3, Read(WriteDeb(tar.ToDeb())).Files.Count);
    }

    [Fact]
    public void A_package_is_unpacked_once_and_again_when_a_blob_is_missing()
    {
        var deb = BuildPackage("xz");
        using var stream = File.OpenRead(deb);
        var blob = _store.Add(stream, Token);
        var debs = new UnpackedDebs(_store);
        Assert.False(debs.TryGet(blob.Digest, out _));

        var first = debs.GetOrUnpack(blob, "test", Token)!;
        Assert.True(debs.TryGet(blob.Digest, out var again));
        Assert.Equal(List(first.Files), List(again.Files));
        Assert.Equal(first.Scripts.Select(s => s.Name), again.Scripts.Select(s => s.Name));
        Assert.Equal(first.ConfFiles, again.ConfFiles);
        Assert.Equal(first.Control["Version"], again.Control["Version"]);

        var content = Assert.IsType<BlobContent>(Assert.IsType<FileEntry>(Entry(first.Files, "usr/bin/greet")).Content);
        File.AppendAllText(content.HostPath, "longer");
        Assert.False(debs.TryGet(blob.Digest, out _));
        debs.GetOrUnpack(blob, "test", Token);
        Assert.True(content.IsPresent);

        _store.Remove(content.Digest);
        Assert.False(debs.TryGet(blob.Digest, out _));
        debs.GetOrUnpack(blob, "test", Token);
        Assert.True(debs.TryGet(blob.Digest, out _));
    }

    [Fact]
    public void A_damaged_file_is_taken_out_of_the_store_and_its_contents_are_not_taken_in()
    {
        using var stream = File.OpenRead(BuildPackage("xz"));
        var blob = _store.Add(stream, Token);
        var bytes = File.ReadAllBytes(blob.HostPath);
        bytes[^(bytes.Length / 3)] ^= 1;
        File.WriteAllBytes(blob.HostPath, bytes);
        var debs = new UnpackedDebs(_store);

        Assert.Null(debs.GetOrUnpack(blob, "test", Token));

        Assert.False(debs.IsUnpacked(blob.Digest));
        Assert.Equal([_folder["store/removed"]], Directory.EnumerateFiles(_folder["store"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_malformed_file_with_the_right_digest_is_refused_and_stays()
    {
        var blob = _store.Add(TarBytes.Deb(new TarBytes().File("./a", "content").File("/b").End()));

        var exception = Assert.Throws<DiagnosticException>(() => new UnpackedDebs(_store).GetOrUnpack(blob, "bad.deb", Token));

        Assert.Equal("COMPOSE1002", exception.Diagnostic.Descriptor.Code);
        Assert.Equal([blob.HostPath], Directory.EnumerateFiles(_folder["store"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_package_is_hashed_and_unpacked_by_reading_each_byte_once()
    {
        var deb = File.ReadAllBytes(BuildPackage("xz"));
        using var transaction = _store.BeginTransaction();
        using var source = new CountingStream(deb);

        new UnpackedDebs(_store).Unpack(source, Sha256Digest.Of(deb), deb.Length, "test", transaction, Token);

        Assert.Equal(deb.Length, source.BytesRead);
    }

    private DebPackage Read(string deb)
    {
        using var stream = File.OpenRead(deb);
        using var transaction = _store.BeginTransaction();
        var package = DebReader.Read(stream, Path.GetFileName(deb), transaction, cancellationToken: Token);
        transaction.Commit();
        return package;
    }

    private string WriteDeb(byte[] deb)
    {
        var path = _folder["made.deb"];
        File.WriteAllBytes(path, deb);
        return path;
    }

    [SuppressMessage("Interoperability", "CA1416", Justification = "dpkg-deb runs on Linux.")]
    private string BuildPackage(string compression)
    {
        var root = _folder["package"];
        Write("DEBIAN/control", "Package: greeting\nVersion: 1:2.0~rc1-3\nArchitecture: all\nMaintainer: A B <a@example.com>\nDescription: first line\n second line\n .\n last line\n");
        Write("DEBIAN/conffiles", "/etc/greeting.conf\n");
        Write("DEBIAN/triggers", "activate-noawait ldconfig\n");
        Write("DEBIAN/postinst", "#!/bin/sh\necho post\n", executable: true);
        Write("DEBIAN/preinst", "#!/bin/sh\necho pre\n", executable: true);
        Write("etc/greeting.conf", "hello=1\n");
        Write("usr/bin/greet", new string('g', 3000), executable: true);
        Write("usr/share/größe.txt", "ü");
        Write("usr/share/big", string.Concat(Enumerable.Range(0, 200_000).Select(i => i.ToString(CultureInfo.InvariantCulture))));
        Write("usr/share/empty", string.Empty);
        Write($"usr/share/{new string('n', 180)}/{new string('m', 180)}", "long");
        Tool.Run("ln", Path.Combine(root, "usr/bin/greet"), Path.Combine(root, "usr/bin/greet-too"));
        File.CreateSymbolicLink(Path.Combine(root, "usr/share/absolute"), "/etc/greeting.conf");
        File.SetUnixFileMode(Path.Combine(root, "usr/bin/greet"), (UnixFileMode)0b100_111_101_101);
        Directory.CreateDirectory(Path.Combine(root, "var/mail"));
        File.SetUnixFileMode(Path.Combine(root, "var/mail"), (UnixFileMode)0b011_111_111_101);
        Tool.Run("mkfifo", Path.Combine(root, "usr/share/pipe"));
        var deb = _folder["greeting.deb"];
        Tool.Run("dpkg-deb", "--root-owner-group", $"-Z{compression}", "--build", root, deb);
        return deb;

        void Write(string name, string text, bool executable = false)
        {
            var path = Path.Combine(root, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text);
            File.SetUnixFileMode(path, (UnixFileMode)(executable ? 0b111_101_101 : 0b110_100_100));
        }
    }

    private static TreeEntry Entry(FileTree files, string path) =>
        files.TryGet(TreePath.Parse(path), out var entry) ? entry : throw new KeyNotFoundException(path);

    /// <summary>The archive's listing by GNU tar, sorted, in the form of <see cref="List"/>.</summary>
    private static string[] ListByTar(string deb)
    {
        var tar = deb + ".tar";
        File.WriteAllBytes(tar, Tool.RunBytes("dpkg-deb", "--fsys-tarfile", deb));
        var lines = Tool.Run("tar", "--numeric-owner", "--full-time", "--quoting-style=literal", "-tvf", tar).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Select(Normalise).Where(line => line is not null).Order(StringComparer.Ordinal)!];

        static string? Normalise(string line)
        {
            var fields = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
            var name = fields[5];
            var kind = line[0];
            var size = kind == '-' ? fields[2] : "0";
            if (kind == 'h')
            {
                // The other name of an inode: the tree knows it by identity.
                return null;
            }

            name = name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
            name = kind == 'd' ? name.TrimEnd('/') : name;
            return $"{fields[0]} {fields[1]} {size} {fields[3]} {fields[4]} {name}";
        }
    }

    private static string[] List(FileTree files)
    {
        var seen = new HashSet<TreeEntry>(ReferenceEqualityComparer.Instance);
        return [.. files.Where(item => seen.Add(item.Entry)).Select(item => Line(item)).Order(StringComparer.Ordinal)];

        static string Line(TreeItem item)
        {
            var metadata = item.Entry.Metadata;
            var mode = new StringBuilder("----------");
            mode[0] = item.Entry switch { DirectoryEntry => 'd', SymlinkEntry => 'l', FifoEntry => 'p', _ => '-' };
            for (var i = 0; i < 9; i++)
            {
                mode[1 + i] = ((metadata.Permissions >> (8 - i)) & 1) == 0 ? '-' : "rwx"[i % 3];
            }

            Special(mode, 3, metadata.Permissions & 0x800, 's');
            Special(mode, 6, metadata.Permissions & 0x400, 's');
            Special(mode, 9, metadata.Permissions & 0x200, 't');
            var size = item.Entry is FileEntry file ? file.Content.Length : 0;
            var time = DateTimeOffset.FromUnixTimeSeconds(metadata.ModifiedTime).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
            var link = item.Entry is SymlinkEntry symlink ? $" -> {Encoding.UTF8.GetString(symlink.Target.Span)}" : string.Empty;
            return $"{mode} {metadata.UserId}/{metadata.GroupId} {size} {time} {item.Path}{link}";
        }

        static void Special(StringBuilder mode, int index, int bit, char letter)
        {
            if (bit != 0)
            {
                mode[index] = mode[index] == 'x' ? letter : char.ToUpperInvariant(letter);
            }
        }
    }

    private void AssertContentsAsExtractedByDpkg(string deb, FileTree files)
    {
        var root = _folder["extracted"];
        Tool.Run("dpkg-deb", "-x", deb, root);
        foreach (var item in files)
        {
            if (item.Entry is FileEntry file)
            {
                using var content = file.Content.OpenRead();
                using var copy = new MemoryStream();
                content.CopyTo(copy);
                Assert.Equal(File.ReadAllBytes(Path.Combine(root, item.Path.ToString())), copy.ToArray());
            }
        }
    }

    /// <summary>A stream that cannot go back and counts what is read of it.</summary>
    private sealed class CountingStream(byte[] bytes) : MemoryStream(bytes, writable: false)
    {
        public long BytesRead { get; private set; }

        public override bool CanSeek => false;

        // A derived stream's reads into spans come here too.
        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = base.Read(buffer, offset, count);
            BytesRead += read;
            return read;
        }
    }
}
