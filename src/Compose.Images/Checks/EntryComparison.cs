using System.Security.Cryptography;
using Compose.FileTrees;
using Compose.FileTrees.Operations;
using Compose.FileTrees.Storage;

namespace Compose.Images.Checks;

/// <summary>Compares entries of two trees, one of which may have files of the build host whose digest is not known yet.</summary>
internal static class EntryComparison
{
    /// <summary>Whether they hold the same. Bytes are read only when nothing else tells.</summary>
    public static bool AreSame(TreeEntry left, TreeEntry right) =>
        FileTreeOperations.SameContent(left, right)
        || (left is FileEntry { Content: var one } && right is FileEntry { Content: var other }
            && (one is not BlobContent || other is not BlobContent)
            && one.Length == other.Length
            && Digest(one) == Digest(other));

    private static Sha256Digest Digest(FileContent content)
    {
        if (content is BlobContent blob)
        {
            return blob.Digest;
        }

        using var stream = content.OpenRead();
        return new Sha256Digest(SHA256.HashData(stream));
    }
}
