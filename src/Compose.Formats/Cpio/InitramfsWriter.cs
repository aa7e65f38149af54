using Compose.FileTrees;
using ZstdNet;

namespace Compose.Formats.Cpio;

/// <summary>Writes an initramfs as the kernel unpacks it: a cpio archive in one zstd frame.</summary>
/// <remarks>
/// One frame, because the kernel takes the end of a frame for the end of an archive. Several processors compress it together;
/// zstd cuts the work at fixed places, so that its bytes do not depend on their number.
/// </remarks>
public static class InitramfsWriter
{
    /// <summary>The last level whose window (8 MiB) does not grow with the input: the kernel keeps one at boot.</summary>
    private const int MaximumLevel = 19;

    private const int BufferSize = 128 * 1024;

    /// <summary>
    /// Tells apart what may give other bytes for one tree and level: this program, and the library, whose native part comes
    /// with its managed one.
    /// </summary>
    public static string Version { get; } =
        $"{typeof(InitramfsWriter).Module.ModuleVersionId} {typeof(CompressionStream).Module.ModuleVersionId}";

    /// <summary>Writes an initramfs.</summary>
    /// <param name="tree">The files.</param>
    /// <param name="output">Takes the frame from its position on.</param>
    /// <param name="level">zstd's level, 1 to 19: 3 is quick, 19 is small.</param>
    /// <param name="cancellationToken">Ends the work with an exception.</param>
    /// <exception cref="Compose.Diagnostics.DiagnosticException">COMPOSE4401: cpio cannot hold one of the files.</exception>
    public static void Write(FileTree tree, Stream output, int level, CancellationToken cancellationToken = default) =>
        Write(tree, output, level, Environment.ProcessorCount, cancellationToken);

    internal static void Write(FileTree tree, Stream output, int level, int threads, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentOutOfRangeException.ThrowIfLessThan(level, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, MaximumLevel);

        // Without workers zstd would cut elsewhere: one is the least, also on one processor.
        var parameters = new Dictionary<ZSTD_cParameter, int>
        {
            [ZSTD_cParameter.ZSTD_c_nbWorkers] = Math.Max(1, threads),
            [ZSTD_cParameter.ZSTD_c_checksumFlag] = 1,
        };
        using var options = new CompressionOptions(null, parameters, level);
        using var frame = new CompressionStream(output, options, BufferSize);
        CpioWriter.Write(tree, frame, cancellationToken);
    }
}
