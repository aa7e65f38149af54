using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Compose.FileTrees;
using Compose.FileTrees.Storage;

namespace Compose.Packages.Downloads;

/// <summary>
/// A file of any server that is being downloaded, in the store's folder for unfinished files, under the digest of its address.
/// Beside it stands its strong entity tag, by which the next run can ask for the rest. It is open for one process at a time.
/// </summary>
internal sealed class UpstreamPartial : IDisposable
{
    private readonly ContentStore _store;
    private readonly UpstreamRequest _request;
    private readonly string _path;
    private readonly FileStream _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

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

    /// <summary>Opens the file, or gives null when another download has it.</summary>
    public static UpstreamPartial? TryOpen(ContentStore store, UpstreamRequest request)
    {
        var path = Path.Combine(store.PartialDirectory, Sha256Digest.Of(Encoding.UTF8.GetBytes(request.Name)) + ".upstream");
        try
        {
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            return new UpstreamPartial(store, request, path, file);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }

    /// <summary>Hashes what an earlier run left, if it can be gone on with.</summary>
    public void HashPrefix(CancellationToken cancellationToken)
    {
        if (!File.Exists(TagPath) || !EntityTagHeaderValue.TryParse(File.ReadAllText(TagPath), out var tag) || tag.IsWeak || _file.Length > _request.MaximumSize)
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
    public long? Accept(HttpResponseMessage response)
    {
        var total = response.Content.Headers.ContentLength;
        if (response.StatusCode == HttpStatusCode.PartialContent)
        {
            var range = response.Content.Headers.ContentRange;
            if (range?.From != Length || Length == 0)
            {
                Restart();
                throw new TransientFailureException("the server answered with another part of the file");
            }

            WasResumed = true;
            total = range.Length ?? Length + total;
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

        return total > _request.MaximumSize ? throw TooLarge() : total;
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (Length + bytes.Length > _request.MaximumSize)
        {
            throw TooLarge();
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

        return _store.Publish(_path, digest, Length);
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
        // Without a strong tag nobody can go on with it.
        if (!File.Exists(TagPath) && File.Exists(_path) && !OperatingSystem.IsWindows())
        {
            File.Delete(_path);
        }

        _hash.Dispose();
        _file.Dispose();
    }

    private DiagnosticException TooLarge()
    {
        Restart();
        return Downloader.Fail(
            PackageDiagnostics.DownloadFailed,
            $"'{_request.Name}' is larger than the {_request.MaximumSize} bytes that it may have. Set the metadatum MaximumSize if it shall be.");
    }
}
