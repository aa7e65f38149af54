using Compose.FileTrees.HostFiles;
using Compose.Images.Descriptions;

namespace Compose.Images.Tests.Descriptions;

public sealed class ChecksumsTests : IDisposable
{
    private const long MiB = 1024 * 1024;

    private static readonly string Digest = new('a', 64);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("compose-sums-");

    public void Dispose() => _directory.Delete(recursive: true);

    public static TheoryData<long, long[]> Files => new()
    {
        { 0, [] },
        { 100, [0] },
        { (5 * MiB) + 1, [] },
        { 5 * MiB, [0] },
        { 5 * MiB, [MiB, 3 * MiB] },
        { (5 * MiB) + 123, [0, (2 * MiB) + 77, (5 * MiB) - 1] },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void The_sums_of_files_with_holes_are_those_of_sha256sum(long length, long[] places)
    {
        var path = Write("disk.raw", length, places);

        Assert.Equal(ExternalTool.Run("sha256sum", path).Replace(_directory.FullName + "/", "", StringComparison.Ordinal), Checksums.Create([Checksums.Describe(path)]));
    }

    [Fact]
    public void Files_are_listed_by_name_for_sha256sum_to_check()
    {
        string[] files = [Write("b.raw", 3 * MiB, [MiB]), Write("a.txt", 10, [0])];
        var sums = Checksums.Create(files.Select(file => Checksums.Describe(file)));

        Assert.Equal(["a.txt", "b.raw"], sums.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split("  ")[1]));
        var list = Path.Combine(_directory.FullName, "SHA256SUMS");
        File.WriteAllText(list, sums);
        ExternalTool.TryRun("sha256sum", ["--check", "--strict", list], input: null, _directory.FullName).EnsureSuccess();
    }

    [Theory]
    [InlineData("  a.raw", "a.raw")]
    [InlineData(" *a.raw", "a.raw")]
    [InlineData("  a b_1.0+2.raw", "a b_1.0+2.raw")]
    public void A_list_is_read_in_text_and_binary_mode(string rest, string name) =>
        Assert.Equal([name], Checksums.Parse($"\n{Digest}{rest}\n").Keys);

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData(" a.raw")]
    [InlineData("  ../a.raw")]
    [InlineData("  folder\\a.raw")]
    [InlineData("0  a.raw")]
    public void A_line_that_is_none_is_named(string rest)
    {
        var line = Assert.Throws<FormatException>(() => Checksums.Parse($"{Digest}  first\n{Digest}{rest}\n"));
        Assert.Contains("Line 2 ", line.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_digest_has_hexadecimal_digits_only() =>
        Assert.Throws<FormatException>(() => Checksums.Parse(new string('g', Digest.Length) + "  a.raw\n"));

    [Fact]
    public void A_hole_is_found_where_nothing_was_written()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux is asked for holes.");
        using var file = File.OpenHandle(Write("disk.raw", 5 * MiB, [2 * MiB]));

        Assert.Equal(2 * MiB, SparseFile.NextData(file, 0));
        Assert.InRange(SparseFile.NextHole(file, 2 * MiB), (2 * MiB) + 1, 3 * MiB);
        Assert.Equal(5 * MiB, SparseFile.NextData(file, 3 * MiB));
    }

    /// <summary>Writes one byte at each place; the rest are holes.</summary>
    private string Write(string name, long length, long[] places)
    {
        var path = Path.Combine(_directory.FullName, name);
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        file.SetLength(length);
        foreach (var place in places)
        {
            file.Position = place;
            file.WriteByte((byte)(place | 1));
        }

        return path;
    }
}
