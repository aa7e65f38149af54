using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees.Storage;
using Compose.Formats.Deb;
using Compose.Tests.Hostile;

namespace Compose.Formats.Tests.Deb;

/// <summary>
/// Ar archives made to hurt, by name, read as Debian packages: nothing else is read of this format. Members are never written
/// anywhere, so that their names can do no harm; they are refused where another is expected. Ar has no links, devices,
/// directories or compression.
/// </summary>
public sealed class HostileArTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string, string> HostileArchives => new()
    {
        { "nothing", "COMPOSE1001", "does not begin as an ar archive" },
        { "another magic", "COMPOSE1001", "does not begin as an ar archive" },
        { "thin archive", "COMPOSE1001", "does not begin as an ar archive" },
        { "no members", "COMPOSE1001", "'debian-binary'" },

        // Names.
        { "parent", "COMPOSE1001", "'../outside'" },
        { "absolute", "COMPOSE1001", "'/etc/passwd'" },
        { "parent before the name", "COMPOSE1001", "'../control.tar'" },
        { "name that is not UTF-8", "COMPOSE1001", @"'\xff\xfe'" },
        { "name with control characters", "COMPOSE1001", @"'\x1b[2J'" },
        { "name in another case", "COMPOSE1001", "'Control.tar'" },
        { "name of no characters", "COMPOSE1001", "member ''" },
        { "table of long names", "COMPOSE1001", "'/'" },
        { "long name of BSD", "COMPOSE1001", "'#1/11'" },

        // Members twice.
        { "format twice", "COMPOSE1001", "'debian-binary'" },
        { "control twice", "COMPOSE1001", "'control.tar.gz'" },
        { "data twice", "COMPOSE1004", "'data.tar.gz'" },
        { "control again behind the data", "COMPOSE1004", "'control.tar.xz'" },

        // Sizes that lie.
        { "size beyond the end", "COMPOSE1001", "'data.tar'" },
        { "size of ten gigabytes", "COMPOSE1001", "'control.tar'" },
        { "size smaller than the member", "COMPOSE1001", "behind 'debian-binary'" },
        { "negative size", "COMPOSE1001", "size of the member 'control.tar'" },
        { "size that is no number", "COMPOSE1001", "size of the member 'control.tar'" },
        { "size in hexadecimal digits", "COMPOSE1001", "size of the member 'control.tar'" },
        { "no size", "COMPOSE1001", "size of the member 'control.tar'" },

        // Members that end too early.
        { "header cut off", "COMPOSE1001", "behind 'debian-binary'" },
        { "header without its end", "COMPOSE1001", "behind 'debian-binary'" },
        { "not padded", "COMPOSE1001", "'debian-binary' has an odd size" },
        { "content cut off", "COMPOSE1001", "'control.tar' claims" },
        { "rubbish behind the members", "COMPOSE1001", "behind 'data.tar'" },
        { "another format's version", "COMPOSE1001", "format version" },
    };

    [Theory]
    [MemberData(nameof(HostileArchives))]
    public void A_hostile_archive_is_refused(string name, string code, string part)
    {
        Diagnostic diagnostic;
        using (var transaction = new ContentStore(_folder["store"]).BeginTransaction())
        {
            diagnostic = Assert.Throws<DiagnosticException>(
                () => DebReader.Read(new MemoryStream(Hostile(name)), "bad.deb", transaction, cancellationToken: Token)).Diagnostic;
        }

        Assert.Equal($"{code} {diagnostic.Message}", $"{diagnostic.Descriptor.Code} {diagnostic.Message}");
        Assert.Contains("bad.deb", diagnostic.Message, StringComparison.Ordinal);
        Assert.Contains(part, diagnostic.Message, StringComparison.Ordinal);
        Assert.Equal(["store"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName));
        Assert.Empty(Directory.EnumerateFiles(_folder["store"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void All_of_them_take_little_memory_and_change_nothing_around() => HostileProcess.Run(GetType(), "corpus", () =>
    {
        var count = 0;
        foreach (var row in HostileArchives)
        {
            var (name, code, part) = row.Data;
            A_hostile_archive_is_refused(name, code, part);
            count++;
        }

        return count;
    });

    [Fact]
    public void The_honest_archive_is_read()
    {
        using var transaction = new ContentStore(_folder["store"]).BeginTransaction();

        Assert.Equal(2, DebReader.Read(new MemoryStream(Whole()), "good.deb", transaction, cancellationToken: Token).Files.Count);
    }

    private static byte[] Hostile(string name) => name switch
    {
        "nothing" => [],
        "another magic" => [.. "!<arch>\r\n"u8, .. Whole()[8..]],
        "thin archive" => [.. "!<thin>\n"u8, .. Whole()[8..]],
        "no members" => "!<arch>\n"u8.ToArray(),
        "parent" => Renamed("control.tar", "../outside"),
        "absolute" => Renamed("control.tar", "/etc/passwd"),
        "parent before the name" => Renamed("control.tar", "../control.tar"),
        "name that is not UTF-8" => Renamed("control.tar", "\u00FF\u00FE"),
        "name with control characters" => Renamed("control.tar", "\u001B[2J"),
        "name in another case" => Renamed("control.tar", "Control.tar"),
        "name of no characters" => Renamed("control.tar", ""),
        "table of long names" => Renamed("debian-binary", "//"),
        "long name of BSD" => Renamed("control.tar", "#1/11"),
        "format twice" => TarBytes.Ar(Format, Format, Control, Data),
        "control twice" => TarBytes.Ar(Format, Control, ("control.tar.gz", Control.Content), Data),
        "data twice" => TarBytes.Ar(Format, Control, Data, ("data.tar.gz", Data.Content)),
        "control again behind the data" => TarBytes.Ar(Format, Control, Data, ("_other", []), ("control.tar.xz", Control.Content)),
        "size beyond the end" => Resized("data.tar", "4000000"),
        "size of ten gigabytes" => Resized("control.tar", "9999999999"),
        "size smaller than the member" => Resized("debian-binary", "2"),
        "negative size" => Resized("control.tar", "-512"),
        "size that is no number" => Resized("control.tar", "512 512"),
        "size in hexadecimal digits" => Resized("control.tar", "0x200"),
        "no size" => Resized("control.tar", ""),
        "header cut off" => Whole()[..100],
        "header without its end" => Changed("control.tar", 58, "??"),
        "not padded" => TarBytes.Ar(("debian-binary", "2.0"u8.ToArray()), Control, Data).Where((_, index) => index != 8 + 60 + 3).ToArray(),
        "content cut off" => Whole()[..400],
        "rubbish behind the members" => [.. Whole(), .. "rubbish"u8],
        "another format's version" => TarBytes.Ar(("debian-binary", "3.0\n"u8.ToArray()), Control, Data),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };

    private static (string Name, byte[] Content) Format => ("debian-binary", "2.0\n"u8.ToArray());

    private static (string Name, byte[] Content) Control => ("control.tar", new TarBytes().File("./control", "Package: test\n").End());

    private static (string Name, byte[] Content) Data => ("data.tar", new TarBytes().File("./a", "x").End());

    private static byte[] Whole() => TarBytes.Ar(Format, Control, Data);

    private static byte[] Renamed(string member, string name) => Changed(member, 0, name.PadRight(16));

    private static byte[] Resized(string member, string size) => Changed(member, 48, size.PadRight(10));

    /// <summary>The archive with some bytes of a member's header changed.</summary>
    private static byte[] Changed(string member, int offset, string text)
    {
        var bytes = Whole();
        var header = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(member.PadRight(16)));
        Encoding.Latin1.GetBytes(text).CopyTo(bytes, header + offset);
        return bytes;
    }
}
