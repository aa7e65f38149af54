using System.IO.Compression;
using System.Text;

namespace Compose.Tests;

/// <summary>Tar archives that are small when compressed and would fill memory, and the largest that are allowed.</summary>
internal static class TarBombs
{
    /// <summary>Few bytes for each entry, and more entries than are allowed.</summary>
    public const string Entries = "entries";

    /// <summary>Entries that each lead through directories of their own.</summary>
    public const string Directories = "directories";

    /// <summary>Long names, of which the most part is the same.</summary>
    public const string Names = "names";

    /// <summary>Extended attributes with names of a few bytes and no values.</summary>
    public const string Attributes = "attributes";

    /// <summary>Headers with attributes without end, and no entry that they are for.</summary>
    public const string Headers = "headers";

    /// <summary>As many entries and names as are allowed: this one is read.</summary>
    public const string Full = "full";

    /// <summary>As many entries as are allowed by default.</summary>
    private const int AllowedEntries = 500_000;

    /// <summary>Writes one of them, compressed by gzip.</summary>
    public static void Write(string kind, string path)
    {
        using var file = File.Create(path);
        using var gzip = new GZipStream(file, CompressionLevel.Fastest);
        using var output = new BufferedStream(gzip, 64 * 1024);
        foreach (var part in Parts(kind))
        {
            output.Write(part);
        }

        output.Write(new byte[1024]);
    }

    /// <summary>Writes ten gigabytes of ten kilobytes: many small pieces of bzip2 behind each other.</summary>
    /// <param name="path">Where.</param>
    /// <param name="isTar">Whether they are a file in a tar archive; else they are one that is by itself.</param>
    public static void WriteTenGigabytes(string path, bool isTar = true)
    {
        // As much as one block of bzip2 holds of one byte.
        const int PieceSize = 43 << 20;
        const long Size = 10_000_000_000;
        var same = new byte[PieceSize];
        same.AsSpan().Fill((byte)'0');
        File.WriteAllBytes(path + ".piece", same);
        File.WriteAllBytes(path + ".header", new TarBytes().File("zeros", claimedSize: Size).WithoutEnd());
        ExternalTool.Run("bzip2", "-9", path + ".piece", path + ".header");
        using var bomb = File.Create(path);
        bomb.Write(isTar ? File.ReadAllBytes(path + ".header.bz2") : []);
        var piece = File.ReadAllBytes(path + ".piece.bz2");
        for (long written = 0; written < Size; written += PieceSize)
        {
            bomb.Write(piece);
        }

        Assert.InRange(bomb.Length, 1, 11 * 1024);
    }

    private static IEnumerable<byte[]> Parts(string kind) => kind switch
    {
        Entries => Enumerable.Range(0, AllowedEntries + 1).Select(i => new TarBytes().File($"{i}").WithoutEnd()),
        Directories => Enumerable.Range(0, AllowedEntries).Select(i => new TarBytes().File($"{i}/a/b/c/d/e").WithoutEnd()),
        Names => Enumerable.Range(0, 300).Select(i =>
            Pax($"path={i}/{string.Concat(Enumerable.Repeat(new string('d', 4000) + "/", 200))}a").File("a").WithoutEnd()),
        Attributes => ManyAttributes(),
        Headers => Enumerable.Range(0, 1000).Select(i => Pax($"SCHILY.xattr.user.{i}={new string('v', 500_000)}").WithoutEnd()),

        // One of 25 has bytes that no other has.
        _ => Enumerable.Range(0, AllowedEntries - 10).Select(i => new TarBytes().File($"{i:x6}{new string('n', 80)}", i % 25 == 0 ? $"{i}" : "").WithoutEnd()),
    };

    private static IEnumerable<byte[]> ManyAttributes()
    {
        var records = new StringBuilder();
        for (var i = 0; records.Length < 1_000_000; i++)
        {
            records.Append(Record($"SCHILY.xattr.{i:x}="));
        }

        var bytes = Encoding.ASCII.GetBytes(records.ToString());
        return Enumerable.Range(0, 1000).Select(i => new TarBytes().Add("x", 'x', content: bytes).File($"{i}").WithoutEnd());
    }

    private static TarBytes Pax(string text) => new TarBytes().Add("x", 'x', content: Encoding.ASCII.GetBytes(Record(text)));

    /// <summary>A record of a pax header: its length, a blank, a key with its value, a line feed.</summary>
    private static string Record(string text)
    {
        var rest = $" {text}\n";
        var length = rest.Length + 1;
        while ($"{length}{rest}".Length != length)
        {
            length++;
        }

        return $"{length}{rest}";
    }
}
