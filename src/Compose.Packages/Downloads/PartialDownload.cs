using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Compose.FileTrees;
using Compose.FileTrees.Storage;
using Compose.Packages.Inputs;

namespace Compose.Packages.Downloads;

/// <summary>
/// A file that is being downloaded, under its digest in the store's folder for unfinished files. It stays there when the
/// download is cut, and the next run goes on with it. It is open for one process at a time.
/// </summary>
internal sealed class PartialDownload : IAsyncDisposable
{
    private readonly ContentStore _store;
    private readonly DownloadRequest _request;
    private readonly string _path;
    private readonly FileStream _file;
    private readonly DownloadFeed _feed;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private EntityTagHeaderValue? _tag;
    private DateTimeOffset? _modified;

    private PartialDownload(ContentStore store, DownloadRequest request, string path, FileStream file, DownloadFeed feed)
    {
        _store = store;
        _request = request;
        _path = path;
        _file = file;
        _feed = feed;
    }

    /// <summary>The bytes that are there.</summary>
    public long Length { get; private set; }

    /// <summary>Whether bytes of an earlier run are among them.</summary>
    public bool WasResumed { get; private set; }

    /// <summary>Opens the file, or gives null when another download has it.</summary>
    /// <param name="store">The store.</param>
    /// <param name="request">The file.</param>
    /// <param name="feed">Gets all bytes, those of an earlier run too.</param>
    public static PartialDownload? TryOpen(ContentStore store, DownloadRequest request, DownloadFeed feed)
    {
        var path = Path.Combine(store.PartialDirectory, request.Sha256 + ".download");
        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            return new PartialDownload(store, request, path, file, feed);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }

    public static DiagnosticException WrongBytes(DownloadRequest request) => Downloader.Fail(
        PackageDiagnostics.WrongHash,
        $"'{Credentials.Remove(request.Address)}' is not the file that was asked for: {request.Size} bytes with SHA-256 {request.Sha256} were expected.");

    /// <summary>Reads what an earlier run left.</summary>
    public async Task ReadPrefixAsync(CancellationToken cancellationToken)
    {
        if (_file.Length > _request.Size)
        {
            _file.SetLength(0);
        }

        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var buffer = _feed.GetBuffer();
            var read = _file.Read(buffer.Span);
            if (read == 0)
            {
                break;
            }

            await PassOnAsync(buffer[..read]).ConfigureAwait(false);
        }

        WasResumed = Length > 0;
    }

    /// <summary>Asks for what is missing, provided that the file is still the one of the first request.</summary>
    public void AskForRest(HttpRequestMessage message)
    {
        if (Length == 0)
        {
            return;
        }

        message.Headers.Range = new RangeHeaderValue(Length, null);
        if (_tag is { IsWeak: false })
        {
            message.Headers.IfRange = new RangeConditionHeaderValue(_tag);
        }
        else if (_modified is { } modified)
        {
            message.Headers.IfRange = new RangeConditionHeaderValue(modified);
        }
    }

    /// <summary>Makes ready for what the answer brings: the rest, or all of it.</summary>
    public void Accept(HttpResponseMessage response)
    {
        _tag = response.Headers.ETag;
        _modified = response.Content.Headers.LastModified;
        if (response.StatusCode == HttpStatusCode.PartialContent)
        {
            if (response.Content.Headers.ContentRange is not { From: { } from } range
                || from != Length || (range.Length is { } total && total != _request.Size))
            {
                Restart();
                throw new TransientFailureException("the mirror answered with another part of the file");
            }

            return;
        }

        Restart();
        if (response.Content.Headers.ContentLength is { } length && length != _request.Size)
        {
            throw WrongBytes(_request);
        }
    }

    /// <summary>Room for the next bytes.</summary>
    public Memory<byte> GetBuffer() => _feed.GetBuffer();

    /// <summary>Takes bytes that were put into the room that <see cref="GetBuffer"/> gave.</summary>
    public ValueTask AppendAsync(ReadOnlyMemory<byte> bytes)
    {
        if (Length + bytes.Length > _request.Size)
        {
            Restart();
            throw WrongBytes(_request);
        }

        _file.Write(bytes.Span);
        return PassOnAsync(bytes);
    }

    /// <summary>Whether the whole file is there and is the one that was asked for. Asked once.</summary>
    public bool IsRight() => Length == _request.Size && new Sha256Digest(_hash.GetHashAndReset()) == _request.Sha256;

    /// <summary>Throws away what is there.</summary>
    public void Restart()
    {
        _file.SetLength(0);
        _file.Position = 0;
        _hash.GetHashAndReset();
        _feed.Restart();
        Length = 0;
        WasResumed = false;
    }

    /// <summary>Gives the finished file to the store.</summary>
    public BlobContent Publish()
    {
        // Elsewhere a locked file can be renamed, and no other download can slip in between.
        if (OperatingSystem.IsWindows())
        {
            _file.Dispose();
        }

        return _store.Publish(_path, _request.Sha256, _request.Size);
    }

    /// <summary>Deletes the file: the store got it in another way.</summary>
    public void Discard()
    {
        if (OperatingSystem.IsWindows())
        {
            _file.Dispose();
        }

        File.Delete(_path);
    }

    public async ValueTask DisposeAsync()
    {
        _hash.Dispose();
        await _file.DisposeAsync().ConfigureAwait(false);
    }

    private ValueTask PassOnAsync(ReadOnlyMemory<byte> bytes)
    {
        _hash.AppendData(bytes.Span);
        Length += bytes.Length;
        return _feed.AdvanceAsync(bytes.Length);
    }
}
