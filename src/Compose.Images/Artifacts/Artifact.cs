using System.Globalization;
using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Compose.FileTrees.Operations;
using Compose.Formats;
using Compose.Formats.Gpt;
using Compose.SquashFs.Reading;
using Microsoft.Win32.SafeHandles;

namespace Compose.Images.Artifacts;

/// <summary>What an artifact is by its outer form.</summary>
public enum ArtifactKind
{
    /// <summary>A folder: an extension as a directory.</summary>
    Directory,

    /// <summary>A squashfs image.</summary>
    SquashFs,

    /// <summary>A disk image with a GUID partition table: a discoverable disk image (UAPI.3), or one that boots.</summary>
    Disk,
}

/// <summary>
/// An image or folder that somebody made, opened to look into: an extension or a whole system. What is opened may come from
/// strangers. Contents of its trees can be read until it is disposed.
/// </summary>
public sealed class Artifact : IDisposable
{
    /// <summary>The suffixes of images (systemd-sysext(8), "File Suffixes").</summary>
    private static readonly string[] Suffixes = [".sysext.raw", ".confext.raw", ".raw"];

    private readonly SafeFileHandle? _file;

    private Artifact(string path, ArtifactKind kind, SafeFileHandle? file, long size)
    {
        Path = path;
        Kind = kind;
        _file = file;
        Size = size;
    }

    /// <summary>The path as it was given.</summary>
    public string Path { get; }

    /// <summary>What messages call it: its file's name.</summary>
    public string Name => System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(Path)));

    /// <summary>The name without the suffix that systemd takes off: an extension's name, with a version perhaps.</summary>
    public string Stem => Kind == ArtifactKind.Directory || Array.Find(Suffixes, Name.EndsWith) is not { } suffix ? Name : Name[..^suffix.Length];

    /// <summary>Its outer form.</summary>
    public ArtifactKind Kind { get; }

    /// <summary>The file's size in bytes; for a folder, that of its contents, hard links once.</summary>
    public long Size { get; }

    /// <summary>The partition table of a disk.</summary>
    public GptDisk? Disk { get; private init; }

    /// <summary>What was found to be wrong with the partition table.</summary>
    public int TableProblems { get; private init; }

    /// <summary>The parts in order: the partitions of a disk, or the only one.</summary>
    public IReadOnlyList<ArtifactPart> Parts { get; private init; } = [];

    /// <summary>Opens an image or folder, and reads the trees of its parts.</summary>
    /// <param name="path">The image or folder.</param>
    /// <param name="reporter">Told of what is damaged; the rest can be used.</param>
    /// <param name="limits">How much a squashfs file system may hold; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">COMPOSE3020: it is of no known kind. Others: it is damaged so that nothing can be read.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static Artifact Open(
        string path, IDiagnosticReporter reporter, SquashFsReadOptions? limits = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reporter);
        switch (HostPath.GetKind(path))
        {
            case HostPathKind.Directory:
                return OpenDirectory(path, cancellationToken);
            case HostPathKind.Missing:
                throw new FileNotFoundException($"'{path}' does not exist.");
            case HostPathKind.Special:
                throw Unknown(path, "it is a device or a pipe");
        }

        var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read, FileOptions.None);
        try
        {
            return OpenFile(path, file, reporter, limits, cancellationToken);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// All its trees as one, as a booted system has them: the root, /usr, and the EFI system partition at /efi. Of several
    /// partitions for one place the first counts.
    /// </summary>
    public FileTree Combine()
    {
        var tree = FileTree.Empty;
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in Parts.Where(part => part.Files is not null).OrderBy(part => part.MountPoint.Depth))
        {
            if (taken.Add(part.MountPoint.ToString()))
            {
                tree = tree.Layer(part.MountedFiles);
            }
        }

        return tree;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var part in Parts)
        {
            part.SquashFs?.Dispose();
        }

        _file?.Dispose();
    }

    private static Artifact OpenDirectory(string path, CancellationToken cancellationToken)
    {
        var tree = HostTree.Read(path, [], cancellationToken);
        var size = 0L;
        var seen = new HashSet<TreeEntry>(ReferenceEqualityComparer.Instance);
        foreach (var item in tree.Items)
        {
            size += item.Entry is FileEntry file && seen.Add(file) ? file.Content.Length : 0;
        }

        return new Artifact(path, ArtifactKind.Directory, file: null, size)
        {
            Parts = [new ArtifactPart(System.IO.Path.GetFileName(path), PartContent.Directory) { Files = tree }],
        };
    }

    private static Artifact OpenFile(
        string path, SafeFileHandle file, IDiagnosticReporter reporter, SquashFsReadOptions? limits, CancellationToken cancellationToken)
    {
        var region = DiskRegion.Of(file);
        var name = System.IO.Path.GetFileName(path);
        if (PartContents.Detect(region) == PartContent.SquashFs)
        {
            return OpenSquashFs(path, file, region, reporter, limits, cancellationToken);
        }

        if (!GptReader.IsDisk(region))
        {
            throw Unknown(path, PartContents.Detect(region) is var content and not (PartContent.Unknown or PartContent.Empty)
                ? $"it is a bare {content.Name()} file system, which is not read; mount it and name the folder"
                : "it begins neither as a squashfs image nor as a disk with a GUID partition table");
        }

        var problems = new CountingReporter(reporter);
        var disk = GptReader.Read(region, name, problems);
        var tableProblems = problems.Errors;
        var parts = new List<ArtifactPart>();
        try
        {
            foreach (var partition in disk.Partitions)
            {
                cancellationToken.ThrowIfCancellationRequested();
                parts.Add(ArtifactPart.Open(region, partition, name, reporter, limits, cancellationToken));
            }
        }
        catch
        {
            parts.ForEach(part => part.SquashFs?.Dispose());
            throw;
        }

        return new Artifact(path, ArtifactKind.Disk, file, region.Length) { Disk = disk, TableProblems = tableProblems, Parts = parts };
    }

    /// <summary>An image whose tree is damaged is opened all the same: all that is wrong with it can be found.</summary>
    private static Artifact OpenSquashFs(
        string path, SafeFileHandle file, DiskRegion region, IDiagnosticReporter reporter, SquashFsReadOptions? limits, CancellationToken cancellationToken)
    {
        var name = System.IO.Path.GetFileName(path);
        var image = SquashFsReader.Open(file, name, limits);
        FileTree? files = null;
        try
        {
            files = image.ReadTree(cancellationToken);
        }
        catch (DiagnosticException e)
        {
            reporter.Report(e.Diagnostic);
        }
        catch
        {
            image.Dispose();
            throw;
        }

        return new Artifact(path, ArtifactKind.SquashFs, file, region.Length)
        {
            Parts =
            [
                new ArtifactPart(name, PartContent.SquashFs)
                {
                    Region = region, SquashFs = image, Files = files, OpenProblems = files is null ? 1 : 0,
                },
            ],
        };
    }

    private static DiagnosticException Unknown(string path, string reason) =>
        new(ImageDiagnostics.UnknownArtifact.Create(string.Create(
            CultureInfo.InvariantCulture, $"'{path}' is no image that is known: {reason}.")));
}
