using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Formats.Fat;

/// <summary>
/// Reads FAT12, FAT16 and FAT32 volumes (Microsoft's FAT specification 1.03), with long names. What is read may come from
/// strangers: each cluster is followed once, so that neither loops nor shared chains cost anything.
/// </summary>
public sealed class FatReader
{
    private const int MaximumDepth = 64;

    /// <summary>The specification's limit for a directory's size.</summary>
    private const int MaximumDirectorySize = 65536 * FatDirectory.EntrySize;

    private readonly DiskRegion _volume;
    private readonly string _name;
    private readonly IDiagnosticReporter _reporter;
    private readonly FatParameters _parameters;
    private readonly FatTable _table;
    private readonly FileTreeBuilder _files = new();
    private readonly CancellationToken _cancellationToken;

    private FatReader(DiskRegion volume, string name, IDiagnosticReporter reporter, CancellationToken cancellationToken)
    {
        _volume = volume;
        _name = name;
        _reporter = reporter;
        _cancellationToken = cancellationToken;
        _parameters = FatParameters.Read(volume, name);
        _table = FatTable.Read(volume, _parameters, name);
    }

    /// <summary>Whether a part of a disk looks like a FAT volume.</summary>
    public static bool IsFat(DiskRegion volume)
    {
        ArgumentNullException.ThrowIfNull(volume);
        Span<byte> sector = stackalloc byte[512];
        return volume.ReadAvailable(0, sector) == sector.Length && FatParameters.IsFat(sector);
    }

    /// <summary>Reads the volume's tables and directories. Contents are read when their streams are.</summary>
    /// <param name="volume">The partition.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="reporter">Told of what is damaged. What can be read is in the result.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">COMPOSE4210: it is no FAT volume, or cannot be read at all.</exception>
    /// <exception cref="IOException">The disk cannot be read.</exception>
    public static FatVolume Read(DiskRegion volume, string name, IDiagnosticReporter reporter, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(reporter);
        var reader = new FatReader(volume, name, reporter, cancellationToken);
        return reader.Read();
    }

    private FatVolume Read()
    {
        if (!_table.CopiesAreEqual(_volume, _parameters))
        {
            Damaged("its copies of the table differ");
        }

        var label = ReadDirectory(TreePath.Root, ReadRoot(), depth: 0) ?? _parameters.Label;
        return new FatVolume(
            _parameters.Bits,
            _parameters.VolumeId,
            label == "NO NAME" ? string.Empty : label,
            _parameters.Size,
            _parameters.ClusterSize,
            _table.ClustersFollowed * _parameters.ClusterSize,
            _files.Build());
    }

    private byte[] ReadRoot()
    {
        if (_parameters.Bits == 32)
        {
            return ReadClusters(_parameters.RootCluster, TreePath.Root);
        }

        var root = new byte[_parameters.RootSize];
        _volume.ReadExactly(_parameters.RootOffset, root);
        return root;
    }

    private byte[] ReadClusters(uint first, TreePath path)
    {
        var extents = Follow(first, path, MaximumDirectorySize);
        var content = new FatContent(_volume, extents, extents.Sum(extent => extent.Length));
        var bytes = new byte[content.Length];
        using var stream = content.OpenRead();
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Reads what a directory holds.</summary>
    /// <returns>The volume's label, which stands in the root.</returns>
    private string? ReadDirectory(TreePath path, byte[] bytes, int depth)
    {
        string? label = null;
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in new FatDirectoryEntries(bytes))
        {
            _cancellationToken.ThrowIfCancellationRequested();
            if (entry.IsLabel)
            {
                label = entry.Name;
                continue;
            }

            var fault = entry.Fault ?? (names.Add(entry.Name) ? null : "its name is there twice");
            if (fault is not null || !TreePath.TryParse(System.Text.Encoding.UTF8.GetBytes(entry.Name), out var name) || name.Depth != 1)
            {
                Damaged($"in '/{path}', the entry '{TreePath.Describe(System.Text.Encoding.UTF8.GetBytes(entry.Name))}' is left out: {fault ?? "its name cannot be one"}");
                continue;
            }

            var child = path.Append(name);
            var metadata = (entry.IsDirectory ? EntryMetadata.Directory : EntryMetadata.File) with { ModifiedTime = entry.ModifiedTime };
            if (!entry.IsDirectory)
            {
                AddFile(child, metadata, entry);
            }
            else if (depth == MaximumDepth)
            {
                Damaged($"'/{child}' lies deeper than {MaximumDepth} directories");
            }
            else
            {
                _files.Set(child, new DirectoryEntry(metadata));
                ReadDirectory(child, ReadClusters(entry.FirstCluster, child), depth + 1);
            }
        }

        return label;
    }

    private void AddFile(TreePath path, EntryMetadata metadata, FatDirectoryEntry entry)
    {
        var extents = entry.FirstCluster == 0 ? [] : Follow(entry.FirstCluster, path, long.MaxValue);
        var available = extents.Sum(extent => extent.Length);
        if (entry.Size > available)
        {
            Damaged($"'/{path}' is left out: it should have {entry.Size} bytes, and its clusters have {available}");
            return;
        }

        _files.Set(path, new FileEntry(metadata, new FatContent(_volume, extents, entry.Size)));
    }

    private List<FatExtent> Follow(uint first, TreePath path, long limit)
    {
        var extents = _table.Follow(first, limit, out var fault);
        if (fault is not null)
        {
            Damaged($"the clusters of '/{path}' end too early: {fault}");
        }

        return extents;
    }

    private void Damaged(string reason) =>
        _reporter.Report(FormatDiagnostics.DamagedFat.Create($"The FAT volume '{_name}' is damaged: {reason}.", _name));
}
