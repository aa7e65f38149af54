using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using Compose.SquashFs;
using Compose.SquashFs.Codecs;
using Compose.SquashFs.Metadata;

namespace Compose.Benchmarks.Inner;

/// <summary>The listing of one directory, its metadata blocks stored.</summary>
[MemoryDiagnoser]
public class DirectoryEncoding
{
    private const int InodeSize = 32;
    private DirectoryListingEntry[] _entries = [];

    /// <summary>The entries of the directory.</summary>
    [Params(100, 50_000)]
    public int Entries { get; set; }

    /// <summary>Makes the entries as a walk would: names sorted, inodes in blocks of 8 KiB.</summary>
    [GlobalSetup]
    public void MakeEntries() =>
        _entries = [.. Enumerable.Range(0, Entries).Select(i => new DirectoryListingEntry(
            Encoding.ASCII.GetBytes(i.ToString("file-000000", CultureInfo.InvariantCulture)),
            new InodeLocation(InodeKind.File, (uint)i + 1, new MetadataPosition((long)i * InodeSize / 8192 * 8194, (ushort)(i * InodeSize % 8192)))))];

    /// <summary>Encodes the listing.</summary>
    [Benchmark]
    public long Encode()
    {
        using var codec = new StoringCodec();
        return new DirectoryTable(codec).Add(_entries).Length;
    }
}
