using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Formats.Compression;
using Compose.Formats.Tar;

namespace Compose.Formats.Deb;

/// <summary>Reads Debian binary packages, format 2 (deb(5)), in one pass and without temporary files.</summary>
public static class DebReader
{
    private const string ControlArchive = "control.tar";
    private const string DataArchive = "data.tar";

    /// <summary>The most bytes of a control archive.</summary>
    private const long MaximumControl = 64L << 20;

    /// <summary>The most bytes of a control file that is made into fields or paths, which take much more than their bytes.</summary>
    private const long MaximumText = 1L << 20;

    private static readonly string[] s_scripts = ["config", "postinst", "postrm", "preinst", "prerm"];

    /// <summary>Reads a package.</summary>
    /// <param name="source">The package's bytes.</param>
    /// <param name="archive">The package's name for messages.</param>
    /// <param name="store">Where the contents of its files go. They can be read once it is committed.</param>
    /// <param name="limits">How much it may hold; the default limits when null.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">The package is damaged, hostile or larger than allowed.</exception>
    public static DebPackage Read(
        Stream source, string archive, StoreTransaction store, ArchiveLimits? limits = null, CancellationToken cancellationToken = default)
    {
        limits ??= ArchiveLimits.Default;
        var part = ControlArchive;
        try
        {
            var members = new ArReader(source);
            ReadFormatVersion(members);
            var control = ReadControl(NextMember(members, ControlArchive));
            part = DataArchive;
            var data = ReadData(NextMember(members, DataArchive), archive, store, limits, cancellationToken);

            // Members behind the data are for later versions of the format; reading them shows truncation.
            while (members.TryReadNext(out var member))
            {
                if (member.Name.StartsWith(ControlArchive, StringComparison.Ordinal) || member.Name.StartsWith(DataArchive, StringComparison.Ordinal))
                {
                    throw new DiagnosticException(ArchiveDiagnostics.Contradiction.Create(
                        $"{archive} is refused: its member '{member.Name}' is a second one of its kind, and programs differ in which they take."));
                }
            }

            return Assemble(control, data);
        }
        catch (InvalidDataException e)
        {
            throw Malformed(archive, e.Message, e);
        }
        catch (SizeLimitException e)
        {
            throw new DiagnosticException(ArchiveDiagnostics.TooLarge.Create($"{archive} is not unpacked: {e.Message} ('{part}')."), e);
        }
    }

    private static DiagnosticException Malformed(string archive, string reason, Exception? inner) =>
        new(ArchiveDiagnostics.Malformed.Create($"{archive} is not a readable Debian package: {reason.TrimEnd('.')}."), inner);

    private static void ReadFormatVersion(ArReader members)
    {
        if (!members.TryReadNext(out var member))
        {
            throw new InvalidDataException("it has no member 'debian-binary'");
        }

        if (member.Name != "debian-binary")
        {
            throw new InvalidDataException($"its first member is '{member.Name}' and not 'debian-binary'");
        }

        Span<byte> version = stackalloc byte[2];
        if (member.ReadAtLeast(version, 2, throwOnEndOfStream: false) < 2 || !version.SequenceEqual("2."u8))
        {
            throw new InvalidDataException("its format version is not 2");
        }
    }

    private static ArReader.Member NextMember(ArReader members, string name)
    {
        while (members.TryReadNext(out var member))
        {
            if (member.Name.StartsWith(name, StringComparison.Ordinal))
            {
                return member;
            }

            // deb(5): names that begin with an underscore are to be skipped.
            if (!member.Name.StartsWith('_'))
            {
                throw new InvalidDataException($"the member '{member.Name}' stands where '{name}' should");
            }
        }

        throw new InvalidDataException($"the member '{name}' is missing");
    }

    private static BoundedStream Decompress(ArReader.Member member, string name, long maximum)
    {
        var format = member.Name[name.Length..] switch
        {
            "" => CompressionFormat.None,
            ".gz" => CompressionFormat.Gzip,
            ".xz" => CompressionFormat.Xz,
            ".zst" => CompressionFormat.Zstandard,
            var other => throw new InvalidDataException($"'{member.Name}' has the compression '{other}', which is not supported"),
        };
        return new BoundedStream(Decompression.Open(member, format), maximum);
    }

    private static SortedDictionary<string, ReadOnlyMemory<byte>> ReadControl(ArReader.Member member)
    {
        using var stream = Decompress(member, ControlArchive, MaximumControl);
        var files = new SortedDictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        var tar = new TarReader(stream);
        while (tar.TryReadNext(out var entry))
        {
            if (entry.Kind == TarEntryKind.Directory)
            {
                continue;
            }

            if (entry.Kind != TarEntryKind.File || !TreePath.TryParse(entry.Name.Span, out var path) || path.Depth != 1)
            {
                throw new InvalidDataException($"the control archive holds '{entry}', which is not a plain file in its root");
            }

            var name = path.ToString();
            if (name is "control" or "conffiles" && entry.Length > MaximumText)
            {
                throw new SizeLimitException($"'{entry}' of its control archive has {entry.Length} bytes, and {MaximumText} are allowed");
            }

            var content = new byte[Math.Min(entry.Length, MaximumControl)];
            for (int read, filled = 0; (read = tar.ReadContent(content.AsSpan(filled))) > 0; filled += read)
            {
            }

            if (!files.TryAdd(name, content))
            {
                throw new InvalidDataException($"the control archive holds '{entry}' twice");
            }
        }

        Drain(stream);
        return files;
    }

    private static FileTree ReadData(
        ArReader.Member member, string archive, StoreTransaction store, ArchiveLimits limits, CancellationToken cancellationToken)
    {
        using var stream = Decompress(member, DataArchive, limits.UnpackedBytesFor(member.Size));
        var tree = TarTreeReader.Read(stream, archive, store, limits, cancellationToken);
        Drain(stream);
        return tree;
    }

    /// <summary>Reads what stands behind the archive's end mark: there the decompressor finds its checksums.</summary>
    private static void Drain(BoundedStream stream)
    {
        var buffer = new byte[16 * 1024];
        while (stream.Read(buffer) > 0)
        {
        }
    }

    internal static DebPackage Assemble(SortedDictionary<string, ReadOnlyMemory<byte>> control, FileTree files)
    {
        if (!control.Remove("control", out var fields))
        {
            throw new InvalidDataException("the control archive has no 'control' file");
        }

        var scripts = new List<MaintainerScript>();
        foreach (var name in s_scripts)
        {
            if (control.Remove(name, out var script))
            {
                scripts.Add(new MaintainerScript(name, script));
            }
        }

        return new DebPackage
        {
            Control = ControlFields.Parse(fields),
            Scripts = scripts,
            ConfFiles = control.TryGetValue("conffiles", out var list) ? ParseConfFiles(list.Span) : [],
            ControlFiles = control,
            Files = files,
        };
    }

    private static List<TreePath> ParseConfFiles(ReadOnlySpan<byte> list)
    {
        var paths = new List<TreePath>();
        foreach (var range in list.Split((byte)'\n'))
        {
            var line = list[range].TrimEnd(" \t\r"u8);

            // "remove-on-upgrade /path" names a file that the package no longer has.
            if (line.IsEmpty || line[0] != (byte)'/')
            {
                continue;
            }

            paths.Add(TreePath.TryParse(line, out var path)
                ? path
                : throw new InvalidDataException($"its conffiles name '{TreePath.Describe(line)}'"));
        }

        return paths;
    }
}
