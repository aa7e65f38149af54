using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Microsoft.Win32.SafeHandles;

namespace Compose.Formats.Tar;

/// <summary>
/// Puts the contents of an archive that can be read only once behind each other into one temporary file. This takes two
/// calls of the system a file at most, however many files there are, and nothing stays: the temporary file has no name, or
/// loses it with the process.
/// </summary>
public sealed class SpooledTarContents : ITarContents, IDisposable
{
    private const int BufferSize = 1024 * 1024;

    private readonly SafeFileHandle _file;
    private readonly IProgress<long>? _progress;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
    private int _buffered;
    private long _written;

    /// <summary>Makes the temporary file.</summary>
    /// <param name="directory">Where: it needs room for all contents.</param>
    /// <param name="progress">Told how many bytes were kept so far.</param>
    /// <exception cref="IOException">The file cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be made.</exception>
    public SpooledTarContents(string directory, IProgress<long>? progress = null)
    {
        _progress = progress;
        var path = Path.Combine(directory, $".compose-{Environment.ProcessId}-{Environment.TickCount64}.spool");
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, FileOptions.DeleteOnClose);
        if (!OperatingSystem.IsWindows())
        {
            // The open file stays without its name, and goes however the process ends.
            File.Delete(path);
        }
    }

    /// <inheritdoc/>
    public FileContent Keep(TarReader tar, long length, CancellationToken cancellationToken)
    {
        var start = _written + _buffered;
        int read;
        while ((read = tar.ReadContent(_buffer.AsSpan(_buffered))) > 0)
        {
            _buffered += read;
            if (_buffered == BufferSize)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Flush();
            }
        }

        return new FileRangeContent(_file, start, length);
    }

    /// <summary>Writes what is still in memory. To be called before the first content is read.</summary>
    /// <exception cref="IOException">The disk is full, or the file cannot be written.</exception>
    public void Flush()
    {
        RandomAccess.Write(_file, _buffer.AsSpan(0, _buffered), _written);
        _written += _buffered;
        _buffered = 0;
        _progress?.Report(_written);
    }

    /// <summary>Gives the temporary file up. The contents can no longer be read.</summary>
    public void Dispose() => _file.Dispose();
}
