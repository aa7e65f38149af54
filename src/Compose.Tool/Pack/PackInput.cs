using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.FileTrees.Operations;
using Compose.Formats.Compression;
using Compose.Formats.Tar;
using Microsoft.Win32.SafeHandles;

namespace Compose.Tool.Pack;

/// <summary>
/// What is packed: a directory, or a tar archive in a file or on the standard input. Contents of an uncompressed archive in
/// a file are packed from where they lie. Those of any other archive can be read only once, and the image is planned from
/// the sizes of all of them, so they are kept meanwhile in a temporary file: one for all, beside the image, where there must
/// be room anyway. The content store would hash each of them, make a file of each, and keep them for no later build.
/// </summary>
internal sealed class PackInput : IDisposable
{
    /// <summary>What a person packs is meant: only what would fill memory is refused, as a full disk tells of itself.</summary>
    private static readonly ArchiveLimits Limits = new()
    {
        UnpackedBytes = 1L << 44,
        Entries = 10_000_000,
        Depth = 2048,
    };

    private readonly IDisposable? _contents;

    private PackInput(FileTree tree, IDisposable? contents)
    {
        Tree = tree;
        _contents = contents;
    }

    /// <summary>What the input holds.</summary>
    public FileTree Tree { get; }

    /// <summary>Reads what a request names. Contents of files are not read, but for those that must be kept meanwhile.</summary>
    /// <exception cref="DiagnosticException">The input is missing, damaged or cannot be read.</exception>
    public static PackInput Read(PackRequest request, IPackProgress progress, CancellationToken cancellationToken)
    {
        try
        {
            if (request.Input == PackRequest.StandardInput)
            {
                return ReadStandardInput(request, progress, cancellationToken);
            }

            return HostPath.GetKind(request.Input) switch
            {
                HostPathKind.Directory => new PackInput(HostTree.Read(request.Input, request.Exclude, cancellationToken), contents: null),
                HostPathKind.File => ReadArchive(request, File.OpenRead(request.Input), $"'{request.Input}'", progress, cancellationToken),
                HostPathKind.Missing => throw Bad($"'{request.Input}' does not exist."),
                _ => throw Bad($"'{request.Input}' is neither a directory nor a tar archive."),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiagnosticException(ToolDiagnostics.BadInput.Create($"'{request.Input}' cannot be read: {e.Message}"), e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _contents?.Dispose();

    private static PackInput ReadStandardInput(PackRequest request, IPackProgress progress, CancellationToken cancellationToken)
    {
        const string name = "The standard input";
        if (!Console.IsInputRedirected)
        {
            throw Bad($"{name} is a terminal. Pipe a tar archive into the command, or name a directory.");
        }

        if (!OperatingSystem.IsWindows())
        {
            var file = new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read);
            if (file.CanSeek)
            {
                return ReadArchive(request, file, name, progress, cancellationToken);
            }

            file.Dispose();
        }

        using var input = new StandardInputStream(Console.OpenStandardInput(), cancellationToken);
        var format = Decompression.FromMagic(input.Peek(Decompression.MagicSize));
        var result = Spool(request, input, format, name, progress, cancellationToken);

        // Writers pad their archives; one that could not write all of it would take that as a failure.
        input.CopyTo(Stream.Null);
        return result;
    }

    private static PackInput ReadArchive(
        PackRequest request, FileStream file, string name, IPackProgress progress, CancellationToken cancellationToken)
    {
        try
        {
            var start = file.Position;
            Span<byte> magic = stackalloc byte[Decompression.MagicSize];
            var format = Decompression.FromMagic(magic[..file.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false)]);
            file.Position = start;
            if (format != CompressionFormat.None)
            {
                using (file)
                {
                    return Spool(request, file, format, name, progress, cancellationToken);
                }
            }

            var tree = TarTreeReader.Read(file, name, new TarFileContents(file.SafeFileHandle), Limits, cancellationToken);
            return new PackInput(Filter(tree, request), file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static PackInput Spool(
        PackRequest request, Stream input, CompressionFormat format, string name, IPackProgress progress, CancellationToken cancellationToken)
    {
        var contents = new SpooledTarContents(Path.GetDirectoryName(request.Output)!, progress);
        try
        {
            using var tar = Decompression.Open(input, format, Limits.UnpackedBytes);
            var tree = TarTreeReader.Read(tar, name, contents, Limits, cancellationToken);
            contents.Flush();
            return new PackInput(Filter(tree, request), contents);
        }
        catch
        {
            contents.Dispose();
            throw;
        }
    }

    private static FileTree Filter(FileTree tree, PackRequest request) =>
        request.Exclude.Count == 0
            ? tree
            : tree.Where(item => !request.Exclude.Any(pattern => pattern.Matches(item.Path)));

    private static DiagnosticException Bad(string message) => new(ToolDiagnostics.BadInput.Create(message));
}
