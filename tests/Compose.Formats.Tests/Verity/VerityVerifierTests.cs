using System.Text.RegularExpressions;
using Compose.Diagnostics;
using Compose.Formats.Verity;
using CsCheck;

namespace Compose.Formats.Tests.Verity;

public sealed partial class VerityVerifierTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private string Data => _folder["data"];

    private string Hashes => _folder["hashes"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    public static TheoryData<int, string[]> Trees => new()
    {
        { 1, [] },
        { 2, [] },
        { 128, [] },
        { 129, [] },
        { (128 * 128) + 1, [] },
        { 300, ["--salt=-"] },
        { 300, ["--hash=sha512"] },
        { 300, ["--data-block-size=512", "--hash-block-size=512"] },
        { 300, ["--data-block-size=1024", "--hash-block-size=4096", "--hash=sha512"] },
    };

    [Theory]
    [MemberData(nameof(Trees))]
    public void What_veritysetup_hashed_is_whole_and_a_changed_byte_is_found(int blocks, string[] options)
    {
        var root = Make(blocks * 4096, options);
        var reporter = new RecordingReporter();
        Assert.True(Verify(root, reporter));
        Assert.Empty(reporter.Messages);

        foreach (var file in blocks == 1 ? new[] { Data } : [Data, Hashes])
        {
            // The last byte that counts; of the hashes, one of the lowest level.
            var whole = File.ReadAllBytes(file);
            var changed = (byte[])whole.Clone();
            changed[file == Data ? ^1 : (whole.Length - BlockSize(options, "hash"))] ^= 1;
            File.WriteAllBytes(file, changed);
            Assert.NotEqual(0, ExternalTool.TryRun("veritysetup", "verify", Data, Hashes, Convert.ToHexStringLower(root)).ExitCode);
            reporter = new RecordingReporter();
            Assert.False(Verify(root, reporter));
            Assert.All(reporter.Codes, code => Assert.Equal("COMPOSE4702", code));
            File.WriteAllBytes(file, whole);
        }
    }

    [Fact]
    public void Wrong_blocks_are_named_by_their_ranges()
    {
        var root = Make(300 * 4096, []);
        var bytes = File.ReadAllBytes(Data);
        foreach (var block in new[] { 5, 6, 7, 200 })
        {
            bytes[block * 4096] ^= 1;
        }

        File.WriteAllBytes(Data, bytes);
        var reporter = new RecordingReporter();
        Assert.False(Verify(root, reporter));
        Assert.Equal(2, reporter.Codes.Count);
        Assert.Contains("the data blocks 5 to 7 do not have their hashes", reporter.Messages, StringComparison.Ordinal);
        Assert.Contains("the data block 200 does not have its hash", reporter.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_root_hash_is_refused_before_anything_is_read()
    {
        var root = Make(300 * 4096, []);
        root[31] ^= 1;
        var reporter = new RecordingReporter();
        Assert.False(Verify(root, reporter));
        Assert.Equal(["COMPOSE4702"], reporter.Codes);
        Assert.Contains("the root hash is not " + Convert.ToHexStringLower(root), reporter.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_wrong_blocks_are_a_few_messages()
    {
        var root = Make(1000 * 4096, []);
        var bytes = File.ReadAllBytes(Data);
        for (var block = 0; block < 1000; block += 2)
        {
            bytes[block * 4096] ^= 1;
        }

        File.WriteAllBytes(Data, bytes);
        var reporter = new RecordingReporter();
        Assert.False(Verify(root, reporter));
        Assert.Equal(20, reporter.Codes.Count);
        Assert.Contains("and 480 more", reporter.Messages, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "w")] // signature
    [InlineData(8, "\u0002")] // version
    [InlineData(12, "\0")] // type
    [InlineData(32, "md5\0\0\0")]
    [InlineData(64, "\0\u0020")] // 8192 bytes a block
    [InlineData(64, "\u0001")]
    [InlineData(72, "\0\0\0\0\0\0\0\0")]
    [InlineData(72, "\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF\u00FF")]
    [InlineData(73, "\u0002")] // more blocks than the data have
    [InlineData(80, "\u0001\u0001")] // a salt of 257 bytes
    public void A_superblock_that_cannot_be_true_is_refused(int place, string change)
    {
        var root = Make(300 * 4096, []);
        var bytes = File.ReadAllBytes(Hashes);
        System.Text.Encoding.Latin1.GetBytes(change).CopyTo(bytes, place);
        File.WriteAllBytes(Hashes, bytes);
        Assert.Equal("COMPOSE4701", Assert.Throws<DiagnosticException>(() => Verify(root, new RecordingReporter())).Diagnostic.Descriptor.Code);
    }

    [Fact]
    public void Hashes_that_are_cut_off_are_refused()
    {
        var root = Make(300 * 4096, []);
        using (var file = File.OpenWrite(Hashes))
        {
            file.SetLength(file.Length - 4096);
        }

        Assert.Equal("COMPOSE4701", Assert.Throws<DiagnosticException>(() => Verify(root, new RecordingReporter())).Diagnostic.Descriptor.Code);
    }

    [Fact]
    public void Changed_superblocks_are_read_or_refused_and_nothing_else()
    {
        var root = Make(20 * 4096, []);
        var whole = File.ReadAllBytes(Hashes);
        Gen.Select(Gen.Int[0, 130], Gen.Byte).Array[1, 4].Sample(
            changes =>
            {
                var bytes = (byte[])whole.Clone();
                foreach (var (place, value) in changes)
                {
                    bytes[place] = value;
                }

                // UUID and padding say nothing of the data, and fewer blocks are vouched for, too.
                var matters = !bytes.AsSpan(0, 16).SequenceEqual(whole.AsSpan(0, 16)) || !bytes.AsSpan(64, 8).SequenceEqual(whole.AsSpan(64, 8))
                    || BitConverter.ToUInt64(bytes, 72) > 20;
                File.WriteAllBytes(Hashes, bytes);
                try
                {
                    return !Verify(root, new RecordingReporter()) || !matters;
                }
                catch (DiagnosticException e)
                {
                    return e.Diagnostic.Descriptor.Code == "COMPOSE4701";
                }
            },
            seed: "0000KeRvtYs4", iter: 2000, threads: 1);
    }

    [Fact]
    public void Cancelling_ends_the_work()
    {
        var root = Make(300 * 4096, []);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => Verify(root, new RecordingReporter(), stop.Token));
    }

    private static int BlockSize(string[] options, string which) =>
        options.Where(option => option.StartsWith($"--{which}-block-size=", StringComparison.Ordinal))
            .Select(option => int.Parse(option[(option.IndexOf('=', StringComparison.Ordinal) + 1)..], System.Globalization.CultureInfo.InvariantCulture))
            .FirstOrDefault(4096);

    private byte[] Make(int size, string[] options)
    {
        File.WriteAllBytes(Data, TestData.Noise(size, seed: size));
        File.Delete(Hashes);
        var output = ExternalTool.Run("veritysetup", ["format", .. options, Data, Hashes]);
        return Convert.FromHexString(RootHash().Match(output).Groups[1].Value);
    }

    private bool Verify(byte[] root, RecordingReporter reporter, CancellationToken? cancellationToken = null)
    {
        using var data = File.OpenHandle(Data);
        using var hashes = File.OpenHandle(Hashes);
        var superblock = VeritySuperblock.Read(DiskRegion.Of(hashes), "hashes");
        return new VerityVerifier(DiskRegion.Of(data), DiskRegion.Of(hashes), superblock, "data")
            .Verify(root, reporter, progress: null, cancellationToken ?? Cancellation);
    }

    [GeneratedRegex(@"Root hash:\s+([0-9a-f]+)")]
    private static partial Regex RootHash();
}
