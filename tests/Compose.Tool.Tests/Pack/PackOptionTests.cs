using System.CommandLine;
using Compose.SquashFs;
using Compose.Tool.Pack;

namespace Compose.Tool.Tests.Pack;

/// <summary>What a command line means.</summary>
public class PackOptionTests
{
    public static TheoryData<string, SquashFsOptions> Options => new()
    {
        { "", new SquashFsOptions() },
        { "--compression zstd --level 3", new SquashFsOptions { Compression = new ZstdCompression(3) } },
        { "--compression gzip", new SquashFsOptions { Compression = new GzipCompression() } },
        { "--compression xz --level 0", new SquashFsOptions { Compression = new XzCompression(0) } },
        { "--compression lz4 --level 12", new SquashFsOptions { Compression = new Lz4Compression(12) } },
        { "--compression none", new SquashFsOptions { Compression = new NoCompression() } },
        { "--level 22", new SquashFsOptions { Compression = new ZstdCompression(22) } },
        { "--block-size 4096", new SquashFsOptions { BlockSize = 4096 } },
        { "--block-size 64k", new SquashFsOptions { BlockSize = 64 * 1024 } },
        { "--block-size 1M", new SquashFsOptions { BlockSize = 1024 * 1024 } },
        { "--threads 7", new SquashFsOptions { Threads = 7 } },
        { "--times replaced", new SquashFsOptions { Times = SquashFsTimes.Replaced } },
        { "--time 5", new SquashFsOptions { Times = SquashFsTimes.Replaced } },
        { "--time 5 --times clamped", new SquashFsOptions { Times = SquashFsTimes.Clamped } },
        { "--fragments files", new SquashFsOptions { Fragments = SquashFsFragments.SmallFiles } },
        { "--fragments none", new SquashFsOptions { Fragments = SquashFsFragments.None } },
        { "--no-duplicates", new SquashFsOptions { FindDuplicates = false } },
        { "--no-sparse", new SquashFsOptions { KeepSparse = false } },
        { "--no-probe", new SquashFsOptions { StoreIncompressible = false } },
        { "--no-exports", new SquashFsOptions { Exportable = false } },
    };

    [Theory]
    [MemberData(nameof(Options))]
    public void Options_become_the_writer_s(string arguments, SquashFsOptions expected) =>
        Assert.Equal(expected, Parse($"{arguments} --no-cache").Options);

    [Theory]
    [InlineData("--level 0", "levels 1 to 22")]
    [InlineData("--level 23", "levels 1 to 22")]
    [InlineData("--level -1", "levels 1 to 22")]
    [InlineData("--compression gzip --level 10", "levels 1 to 9")]
    [InlineData("--compression xz --level 10", "levels 0 to 9")]
    [InlineData("--compression lz4 --level 13", "levels 1 to 12")]
    [InlineData("--compression none --level 1", "has no levels")]
    [InlineData("--compression brotli", "brotli")]
    [InlineData("--block-size 2K", "from 4K to 1M")]
    [InlineData("--block-size 2M", "from 4K to 1M")]
    [InlineData("--block-size 5000", "power of two")]
    [InlineData("--block-size -4096", "power of two")]
    [InlineData("--block-size 9999999999K", "power of two")]
    [InlineData("--block-size many", "power of two")]
    [InlineData("--threads 0", "1 to 256")]
    [InlineData("--threads 257", "1 to 256")]
    [InlineData("--threads two", "1 to 256")]
    [InlineData("--time -1", "'-1' is not a time")]
    [InlineData("--time 4294967296", "from 0 to 4294967295")]
    [InlineData("--time now", "'now' is not a time")]
    [InlineData("--times some", "some")]
    [InlineData("--fragments all", "all")]
    [InlineData("--exclude ../etc", "'../etc' is not a pattern")]
    [InlineData("--exclude a/[b", "'[' without a ']'")]
    [InlineData("--exclude ok --exclude /", "'/' is not a pattern")]
    [InlineData("--no-such-option", "--no-such-option")]
    public void A_wrong_option_is_told(string arguments, string expected)
    {
        var result = Command(arguments);
        Assert.Contains(result.Errors, error => error.Message.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Patterns_and_flags_are_taken()
    {
        var request = Parse("--exclude a --exclude **/*.pyc --all-root --no-xattrs --time 7");
        Assert.Equal(["a", "**/*.pyc"], request.Exclude.Select(pattern => pattern.Pattern));
        Assert.True(request.AllRoot);
        Assert.True(request.NoAttributes);
        Assert.Equal(7, request.Time);
    }

    [Fact]
    public void The_cache_is_the_user_s_unless_it_is_refused()
    {
        Assert.NotNull(Parse("").Options.Cache);
        Assert.Null(Parse("--no-cache").Options.Cache);
    }

    private static ParseResult Command(string arguments)
    {
        var root = new RootCommand { PackCommand.Create() };
        return root.Parse(["pack", "in", "-o", "out", .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
    }

    private static PackRequest Parse(string arguments)
    {
        var options = new PackOptions();
        var command = new Command("pack");
        options.AddTo(command);
        var result = new RootCommand { command }.Parse(["pack", "in", "-o", "out", .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        Assert.Empty(result.Errors);
        return options.ToRequest(result);
    }
}
