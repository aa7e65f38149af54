using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Compose.FileTrees;
using Compose.FileTrees.Storage;

namespace Compose.Packages.Downloads;

/// <summary>
/// A file of any server that is being downloaded, in the store's folder for unfinished files, under the digest of its address.
/// Beside it stands its strong entity tag, by which the next run can ask for the rest.
/// </summary>
internal sealed class UpstreamPartial : IDisposable
{
    private readonly ContentStore _store;
    private readonly UpstreamRequest _request;
    private readonly string _path;
    private readonly FileStream _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool _isPublished;

    private UpstreamPartial(ContentStore store, UpstreamRequest request, string path, FileStream file)
    {
        _store = store;
        _request = request;
        _path = path;
        _file = file;
    }

    /// <summary>The bytes that are there.</summary>
    public long Length { get; private set; }

    /// <summary>Whether bytes of an earlier answer are among them.</summary>
    public bool WasResumed { get; private set; }

    /// <summary>The entity tag of the last answer; null for none.</summary>
    public EntityTagHeaderValue? EntityTag { get; private set; }

    private string TagPath => _path + ".etag";

    private long Limit => Math.Min(_request.Size ?? long.MaxValue, _request.MaximumSize);

    /// <summary>The file's name.</summary>
    public static string NameOf(UpstreamRequest request) => Sha256Digest.Of(Encoding.UTF8.GetBytes(request.Name)) + ".upstream";

    /// <summary>
    /// Opens the file, or gives null when another download has it. The caller holds the <see cref="StoreLock"/> of its name: a
    /// file that is published while it is opened would else be opened under its new name.
    /// </summary>
    public static UpstreamPartial? TryOpen(ContentStore store, UpstreamRequest request)
    {
        var path = Path.Combine(store.PartialDirectory, NameOf(request));
        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);

            // Whoever had it may have given it to the store after it was opened here: then it is a blob, and not to be written to.
            var named = new FileInfo(path);
            if (named.Exists && named.Length == file.Length)
            {
                return new UpstreamPartial(store, request, path, file);
            }

            file.Dispose();
            return null;
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }

    public static DiagnosticException WrongBytes(UpstreamRequest request)
    {
        var size = request.Size is { } bytes ? $"{bytes} bytes with the SHA-256 {request.Sha256} were" : $"the SHA-256 {request.Sha256} was";
        return Downloader.Fail(
            PackageDiagnostics.ArchiveChanged,
            $"'{request.Name}' is not the file that was asked for: {size} expected. It was changed on its way, or its publisher has replaced it.");
    }

    public static DiagnosticException TooLarge(UpstreamRequest request) => Downloader.Fail(
        PackageDiagnostics.DownloadFailed,
        $"'{request.Name}' is larger than the {request.MaximumSize} bytes that it may have. Set the metadatum MaximumSize if it shall be.");

    /// <summary>Hashes what an earlier run left, if it can be gone on with.</summary>
    public void HashPrefix(CancellationToken cancellationToken)
    {
        if (!File.Exists(TagPath) || !EntityTagHeaderValue.TryParse(File.ReadAllText(TagPath), out var tag) || tag.IsWeak || _file.Length > Limit)
        {
            Restart();
            return;
        }

        EntityTag = tag;
        var buffer = new byte[128 * 1024];
        int read;
        while ((read = _file.Read(buffer)) > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _hash.AppendData(buffer, 0, read);
            Length += read;
        }

        WasResumed = Length > 0;
    }

    /// <summary>Asks for what is missing, provided that the file is still the same; or for nothing when the known file is still the server's.</summary>
    public void Prepare(HttpRequestMessage message)
    {
        if (Length > 0 && EntityTag is { IsWeak: false } tag)
        {
            message.Headers.Range = new RangeHeaderValue(Length, null);
            message.Headers.IfRange = new RangeConditionHeaderValue(tag);
        }
        else if (_request.KnownEntityTag is { } known && EntityTagHeaderValue.TryParse(known, out var knownTag))
        {
            message.Headers.IfNoneMatch.Add(knownTag);
        }
    }

    /// <summary>Makes ready for what the answer brings: the rest, or all of it.</summary>
    /// <returns>The file's whole size; null when the server does not say.</returns>
    /// <exception cref="TransientFailureException">The answer is a part that does not go with what is there.</exception>
    /// <exception cref="DiagnosticException">The server has another file, or one that is too large.</exception>
    public long? Accept(HttpResponseMessage response)
    {
        var total = response.Content.Headers.ContentLength;
        if (response.StatusCode == HttpStatusCode.PartialContent)
        {
            var range = response.Content.Headers.ContentRange;
            total = range?.Length ?? Length + total;

            // Not every server knows If-Range: parts go together only when they have one strong tag (RFC 9110, 15.3.7.3).
            if (Length == 0 || range?.From != Length || EntityTag is null || !EntityTag.Equals(response.Headers.ETag) || IsOther(total))
            {
                Restart();
                throw new TransientFailureException("the server answered with a part of another file, or another part");
            }

            WasResumed = true;
        }
        else
        {
            Restart();
            EntityTag = response.Headers.ETag;
            if (EntityTag is { IsWeak: false })
            {
                File.WriteAllText(TagPath, EntityTag.ToString());
            }
        }

        return IsOther(total) ? throw Refuse(WrongBytes(_request))
            : total > _request.MaximumSize ? throw Refuse(TooLarge(_request))
            : total;
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (Length + bytes.Length > Limit)
        {
            throw Refuse(Limit == _request.Size ? WrongBytes(_request) : TooLarge(_request));
        }

        _file.Write(bytes);
        _hash.AppendData(bytes);
        Length += bytes.Length;
    }

    /// <summary>Gives the finished file to the store.</summary>
    /// <returns>Null when it is another than was asked for; nothing is left of it then.</returns>
    public BlobContent? Publish()
    {
        var digest = new Sha256Digest(_hash.GetHashAndReset());
        if (_request.Sha256 is { } wanted && wanted != digest)
        {
            Restart();
            return null;
        }

        File.Delete(TagPath);

        // Elsewhere a locked file can be renamed, and no other download can slip in between.
        if (OperatingSystem.IsWindows())
        {
            _file.Dispose();
        }

        var content = _store.Publish(_path, digest, Length);
        _isPublished = true;
        return content;
    }

    /// <summary>Throws away what is there.</summary>
    public void Restart()
    {
        File.Delete(TagPath);
        _file.SetLength(0);
        _file.Position = 0;
        _hash.GetHashAndReset();
        Length = 0;
        EntityTag = null;
        WasResumed = false;
    }

    public void Dispose()
    {
        // Without a strong tag nobody can go on with it. After it was published, another download may have a file of its name.
        if (!_isPublished && !File.Exists(TagPath) && File.Exists(_path) && !OperatingSystem.IsWindows())
        {
            File.Delete(_path);
        }

        _hash.Dispose();
        _file.Dispose();
    }

    private bool IsOther(long? total) => total is { } size && _request.Size is { } known && size != known;

    private DiagnosticException Refuse(DiagnosticException failure)
    {
        Restart();
        return failure;
    }
}
