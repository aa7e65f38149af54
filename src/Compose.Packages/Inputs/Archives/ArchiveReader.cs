using Compose.FileTrees.Storage;
using Compose.Packages.Locking;

namespace Compose.Packages.Inputs.Archives;

/// <summary>Reads restored archives, without a network.</summary>
public sealed class ArchiveReader(ContentStore store)
{
    private readonly ArchiveUnpacker _unpacker = new(store);

    /// <summary>What a project takes of an archive.</summary>
    /// <param name="file">The lock file.</param>
    /// <param name="request">The archive.</param>
    /// <param name="selection">What is taken of it.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DiagnosticException">The archive was not restored, is damaged or hostile, or does not hold what is to be taken.</exception>
    public InputTree Read(LockFile file, ArchiveRequest request, ArchiveSelection selection, CancellationToken cancellationToken = default)
    {
        var locked = file.Archives?.FirstOrDefault(archive => archive.Name == request.Name) ?? throw NotRestored(request);
        if (!_unpacker.TryGet(locked.Digest, out var archive))
        {
            archive = Unpack(locked, request, cancellationToken);
        }

        try
        {
            var fileName = ArchiveAddress.FileName(ArchiveAddress.Of(request, request.Source, locked.Version));
            return new InputTree(locked.Source, locked.Version, selection.Apply(archive, fileName));
        }
        catch (FormatException e)
        {
            throw new DiagnosticException(PackageDiagnostics.BadSelection.Create($"'{locked.Source}' cannot be taken as asked for: {e.Message}.", request.Source), e);
        }
    }

    private UnpackedArchive Unpack(LockedArchive locked, ArchiveRequest request, CancellationToken cancellationToken)
    {
        if (!store.TryGetBlob(locked.Digest, out var blob) || blob.Length != locked.Size)
        {
            throw NotRestored(request);
        }

        try
        {
            return _unpacker.GetOrUnpack(blob, isVerified: false, locked.Source, request.Limits, cancellationToken) ?? throw NotRestored(request);
        }
        catch (DiagnosticException e)
        {
            throw request.Failed(e);
        }
    }

    private static DiagnosticException NotRestored(ArchiveRequest request) => new(PackageDiagnostics.NotRestored.Create(
        $"The archive '{request.Name}' is not in the content store, or was damaged there. Run 'dotnet restore'.", request.Source));
}
