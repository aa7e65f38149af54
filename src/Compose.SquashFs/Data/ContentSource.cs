using Compose.FileTrees.Storage;
using Compose.SquashFs.Planning;

namespace Compose.SquashFs.Data;

/// <summary>Opens contents, and reads parts of them that turn out to be needed.</summary>
internal sealed class ContentSource(FileTree tree, DataPlan plan)
{
    /// <summary>Opens a content. The bytes of one that lies in a store are not checked.</summary>
    /// <exception cref="DiagnosticException">It cannot be opened.</exception>
    public Stream Open(FileLayout file)
    {
        try
        {
            return file.Content is BlobContent blob ? blob.OpenUnchecked() : file.Content.OpenRead();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(file, e);
        }
    }

    /// <summary>Reads a part of a content of which the digest is known, and checks it.</summary>
    /// <param name="file">The content, which lies in a store.</param>
    /// <param name="index">Which part.</param>
    /// <param name="destination">Room for its length.</param>
    /// <exception cref="DiagnosticException">It cannot be read, or is something else.</exception>
    public void ReadKnown(FileLayout file, int index, Span<byte> destination)
    {
        try
        {
            if (index == 0)
            {
                file.Content.ReadStart(destination);
            }
            else
            {
                using var stream = Open(file);
                stream.Position = (long)index * plan.BlockSize;
                stream.ReadExactly(destination);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(file, e);
        }

        if (Sha256Digest.Of(destination) != file.KnownDigests![index])
        {
            throw Damaged(file);
        }
    }

    /// <summary>The error of a content that cannot be read.</summary>
    public DiagnosticException Unreadable(FileLayout file, Exception e) =>
        new(SquashFsDiagnostics.ContentUnreadable.Create($"The content of '{PathOf(file)}' cannot be read: {e.Message}"), e);

    /// <summary>The error of a content of a store that does not have its digest. It is taken out, so that it is made anew.</summary>
    public DiagnosticException Damaged(FileLayout file)
    {
        var blob = (BlobContent)file.Content;
        return new(
            SquashFsDiagnostics.ContentUnreadable.Create(
                $"The content of '{PathOf(file)}' was damaged in the content store, at '{blob.HostPath}': its SHA-256 is not {blob.Digest}. It was taken out; build again with -t:Rebuild to have it anew."),
            blob.RemoveDamaged());
    }

    /// <summary>The error of a content whose size is not what the tree says.</summary>
    public DiagnosticException LengthDiffers(FileLayout file, string found) =>
        new(SquashFsDiagnostics.ContentLengthDiffers.Create(
            $"The content of '{PathOf(file)}' was listed with {file.Length} bytes and has {found}. It must not change while it is packed."));

    private TreePath PathOf(FileLayout file) => tree.Items[file.Item].Path;
}
