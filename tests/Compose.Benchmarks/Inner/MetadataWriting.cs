using System.Globalization;
using BenchmarkDotNet.Attributes;
using Compose.SquashFs;
using Compose.SquashFs.Codecs;
using Compose.SquashFs.Metadata;

namespace Compose.Benchmarks.Inner;

/// <summary>Inodes and tables.</summary>
[MemoryDiagnoser]
public class MetadataWriting
{
    private const int Files = 20_000;
    private readonly uint _numbers = 1_000_000;
    private readonly FileTree _tree = EmptyFiles();
    private readonly byte[] _image = new byte[4 * 1024 * 1024];

    /// <summary>Four megabytes in single numbers into metadata blocks that are stored.</summary>
    [Benchmark]
    public long WriteNumbers()
    {
        using var codec = new StoringCodec();
        var writer = new MetadataWriter(codec);
        for (var i = 0u; i < _numbers; i++)
        {
            writer.WriteUInt32(i);
        }

        return writer.Position.BlockStart;
    }

    /// <summary>A whole image of 20 000 empty files in 20 directories.</summary>
    [Benchmark]
    public long WriteImage()
    {
        using var image = new MemoryStream(_image);
        return SquashFsWriter.Write(_tree, image).Bytes;
    }

    private static FileTree EmptyFiles()
    {
        var builder = new FileTreeBuilder();
        for (var i = 0; i < Files; i++)
        {
            var directory = TreePath.Parse((i / 1000).ToString("directory-00", CultureInfo.InvariantCulture));
            if (i % 1000 == 0)
            {
                builder.Set(directory, new DirectoryEntry(EntryMetadata.Directory));
            }

            builder.Set(
                directory.Child(i.ToString("file-00000", CultureInfo.InvariantCulture)),
                new FileEntry(EntryMetadata.File, new BytesContent(ReadOnlyMemory<byte>.Empty)));
        }

        return builder.Build();
    }
}
