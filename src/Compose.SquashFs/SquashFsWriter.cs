using System.Buffers.Binary;
using System.Diagnostics;
using Compose.FileTrees.HostFiles;
using Compose.SquashFs.Codecs;
using Compose.SquashFs.Data;
using Compose.SquashFs.Metadata;
using Compose.SquashFs.Planning;

namespace Compose.SquashFs;

/// <summary>
/// Writes squashfs 4.0 images. The same tree and options give the same bytes, on any number of threads.
/// </summary>
public static class SquashFsWriter
{
    /// <summary>Writes an image to a stream, from the stream's position on.</summary>
    /// <param name="tree">What the image holds.</param>
    /// <param name="output">
    /// A stream that can be written and positioned: the superblock is written last. It may be a disk image: nothing before
    /// its position is touched, and its position is behind the image when this returns. When this throws, what was written
    /// so far stays, without a superblock.
    /// </param>
    /// <param name="options">How it is written; null for the defaults.</param>
    /// <param name="progress">Told about the bytes taken in, on the calling thread.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="ArgumentException">The stream cannot be written or positioned, or an option is out of range.</exception>
    /// <exception cref="DiagnosticException">The format cannot hold the tree, or a content cannot be read.</exception>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static SquashFsSummary Write(
        FileTree tree,
        Stream output,
        SquashFsOptions? options = null,
        IProgress<SquashFsProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(output);
        options ??= new SquashFsOptions();
        options.Validate();
        return Write(tree, output, options, Codec.For(options), progress, cancellationToken);
    }

    /// <summary>
    /// Writes an image to a file: under a temporary name in the same folder, which is renamed when the image is complete and
    /// deleted when it is not.
    /// </summary>
    /// <inheritdoc cref="Write(FileTree, Stream, SquashFsOptions?, IProgress{SquashFsProgress}?, CancellationToken)"/>
    public static SquashFsSummary WriteFile(
        FileTree tree,
        string path,
        SquashFsOptions? options = null,
        IProgress<SquashFsProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        AtomicFile.Write(path, stream => Write(tree, stream, options, progress, cancellationToken), ExpectedSize(tree, options));

    /// <summary>Writes an image with a codec that need not be the one the options name.</summary>
    internal static SquashFsSummary Write(
        FileTree tree,
        Stream output,
        SquashFsOptions options,
        Codec codec,
        IProgress<SquashFsProgress>? progress,
        CancellationToken cancellationToken)
    {
        if (!output.CanWrite || !output.CanSeek)
        {
            throw new ArgumentException("The stream must be one that can be written and positioned.", nameof(output));
        }

        var start = Stopwatch.GetTimestamp();
        var inodes = new InodePlan(tree);
        var attributes = new InodeAttributes(inodes, options);
        using var cache = ImageCache.Open(options, inodes, codec);
        var plan = new DataPlan(inodes, options, cache?.Digests);
        var planned = Stopwatch.GetTimestamp();
        var image = new ImageStream(output);

        // Zeros until all is written: an image that was given up has no superblock.
        image.Write(new byte[SquashFsFormat.SuperblockSize]);
        WriteCodecOptions(image, codec);
        var data = new DataWriter(tree, plan, codec, image, cache);
        data.Write(options.Threads, progress, cancellationToken);

        var written = Stopwatch.GetTimestamp();
        var tables = new ImageTables(inodes, attributes, plan, data.Fragments, options);
        var superblock = tables.Write(image, codec, cancellationToken);
        image.Pad(SquashFsFormat.ImageAlignment);
        image.WriteAtStart(superblock.ToBytes());
        output.Flush();
        var finished = Stopwatch.GetTimestamp();
        cache?.Dispose();
        return new SquashFsSummary(
            image.Position,
            plan.TotalLength,
            inodes.Count,
            data.Blocks,
            data.SparseBlocks,
            data.Fragments.Count,
            data.DuplicateFiles + plan.KnownDuplicates,
            data.DuplicateTails,
            cache?.Blocks.Taken ?? 0,
            new SquashFsTimings(
                Stopwatch.GetElapsedTime(start, planned),
                Stopwatch.GetElapsedTime(planned, written),
                Stopwatch.GetElapsedTime(written, finished),
                data.Times.Reading,
                data.Times.Hashing,
                data.Times.Compressing,
                data.Times.Writing))
        {
            CacheFailure = cache?.Failure,
        };
    }

    /// <summary>The size of all files where nothing is compressed, else 0: what they shrink to is not known.</summary>
    private static long ExpectedSize(FileTree tree, SquashFsOptions? options)
    {
        var size = 0L;
        if (options?.Compression is NoCompression)
        {
            foreach (var item in tree.Items)
            {
                size += item.Entry is FileEntry file ? file.Content.Length : 0;
            }
        }

        return size;
    }

    private static void WriteCodecOptions(ImageStream image, Codec codec)
    {
        if (codec.Options.Length == 0)
        {
            return;
        }

        // A metadata block that is never compressed: readers need it to set up the codec.
        Span<byte> header = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(header, (ushort)(codec.Options.Length | SquashFsFormat.StoredMetadata));
        image.Write(header);
        image.Write(codec.Options);
    }
}
