using System.Text;
using Compose.Machines.Guest;
using CsCheck;

namespace Compose.Machines.Tests;

/// <summary>What a broken or hostile guest may send.</summary>
public sealed class AgentMessageTests
{
    private static readonly string[] Words = ["result", "hello", "1", "0", " ", "  ", "aGVsbG8=", "-", "boot"];

    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Fact]
    public void A_result_line_is_read()
    {
        var message = Assert.IsType<AgentMessage.Result>(AgentMessage.Parse("result 3 137 1 5 1000 aGVsbG8= "u8));

        Assert.Equal((3, 137, true, 5, 1000), (message.Id, message.ExitCode, message.TimedOut, message.OutputLength, message.ErrorLength));
        Assert.Equal("hello"u8, message.Output);
        Assert.Empty(message.Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("hello 2 boot session")]
    [InlineData("hello 1 boot session more")]
    [InlineData("hello 1 boot sssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssssss")]
    [InlineData("result 1 0 0 0 0")]
    [InlineData("result x 0 0 0 0 ")]
    [InlineData("result 1 256 0 0 0  ")]
    [InlineData("result 1 -1 0 0 0  ")]
    [InlineData("result 1 0 0 99999999999999999999 0  ")]
    [InlineData("result 1 0 0 5 0 aGVsbG8 ")]
    [InlineData("result 1 0 0 5 0 aGVs!G8= ")]
    [InlineData("result 1 0 0 0 0   more")]
    public void Anything_else_is_no_message(string line) => Assert.Null(AgentMessage.Parse(Encoding.ASCII.GetBytes(line)));

    [Fact]
    public void Any_bytes_are_read_without_an_exception() =>
        Gen.OneOf(
            Gen.Byte.Array[0, 200],
            Gen.Int[0, Words.Length - 1].Select(i => Words[i]).Array[0, 12]
                .Select(words => Encoding.ASCII.GetBytes(string.Join(' ', words))))
        .Sample(line => { AgentMessage.Parse(line); }, iter: 20_000, seed: "0000KyVRp3v7");

    [Fact]
    public void Lines_are_the_same_however_the_stream_is_cut() =>
        Gen.Select(Gen.Byte.Where(b => b != '\n').Array[0, 300].Array[0, 20], Gen.Int[1, 200])
        .Sample(
            (lines, cut) =>
            {
                var stream = new CutStream([.. lines.SelectMany(line => (byte[])[.. line, (byte)'\n'])], cut);
                var reader = new LineReader(stream, 300);
                foreach (var line in lines)
                {
                    var read = reader.ReadAsync(CancellationToken.None).AsTask().Result;
                    if (!read!.Value.Span.SequenceEqual(line))
                    {
                        return false;
                    }
                }

                return reader.ReadAsync(CancellationToken.None).AsTask().Result is null;
            },
            iter: 500, seed: "0000KyVRp3v7");

    [Fact]
    public async Task A_line_without_end_is_refused()
    {
        var reader = new LineReader(new EndlessStream(), 1_000_000);

        await Assert.ThrowsAsync<InvalidDataException>(() => reader.ReadAsync(Cancel).AsTask());
    }

    private sealed class CutStream(byte[] bytes, int cut) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, cut)], cancellationToken);
    }

    private sealed class EndlessStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill((byte)'x');
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
