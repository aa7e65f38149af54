using System.Text;
using Compose.Machines.Tests.Guests;

namespace Compose.Machines.Tests;

public sealed class ConsoleLogTests : IDisposable
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a\r\nb\r\n", "a|b")]
    [InlineData("\e[0;32m  OK  \e[0m done", "OK   done")]
    [InlineData("\e[2J\e[01;01Hx\e", "x")]
    [InlineData("\ec\e=y\0\a", "y")]
    [InlineData("cut \e[12", "cut")]
    [InlineData("\n\n", "")]
    public void Lines_are_plain_text(string console, string lines) =>
        Assert.Equal(lines, string.Join('|', ConsoleText.Lines(Encoding.UTF8.GetBytes(console))));

    [Fact]
    public async Task The_tail_is_short_whatever_the_guest_wrote()
    {
        var log = new ConsoleLog(_folder.PathOf("log"), kept: false);
        await File.WriteAllLinesAsync(log.Path, Enumerable.Range(0, 100_000).Select(i => $"line {i}"), Cancel);

        var tail = log.ReadTail();

        Assert.Equal(40, tail.Count);
        Assert.Equal("line 99999", tail[^1]);
    }

    [Fact]
    public async Task A_text_is_found_though_it_comes_in_parts()
    {
        var log = new ConsoleLog(_folder.PathOf("log"), kept: false);
        await using var writer = new FileStream(log.Path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite, 0);
        await writer.WriteAsync(new byte[70_000], Cancel);
        await writer.WriteAsync("login: Ker"u8.ToArray(), Cancel);
        var found = log.WaitForTextAsync("Kernel panic", Cancel);
        await Task.Delay(300, Cancel);
        Assert.False(found.IsCompleted);

        await writer.WriteAsync("nel panic"u8.ToArray(), Cancel);
        await found.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    [Fact]
    public void A_log_is_deleted_unless_it_is_kept()
    {
        var (deleted, kept) = (new ConsoleLog(_folder.PathOf("a"), kept: false), new ConsoleLog(_folder.PathOf("b"), kept: false));
        File.WriteAllText(deleted.Path, "");
        File.WriteAllText(kept.Path, "");
        kept.Keep();

        deleted.DeleteUnlessKept();
        kept.DeleteUnlessKept();

        Assert.False(File.Exists(deleted.Path));
        Assert.True(File.Exists(kept.Path));
    }
}
