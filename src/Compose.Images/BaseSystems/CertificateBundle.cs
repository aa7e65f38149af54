using Compose.FileTrees;

namespace Compose.Images.BaseSystems;

/// <summary>
/// Makes the bundle of certificate authorities that TLS libraries read. Debian's ca-certificates makes it in a
/// maintainer script.
/// </summary>
internal static class CertificateBundle
{
    private static readonly TreePath Certificates = TreePath.Parse("usr/share/ca-certificates");
    private static readonly TreePath Bundle = TreePath.Parse("etc/ssl/certs/ca-certificates.crt");

    /// <summary>The tree with the bundle; the tree itself when it holds no certificates, or a bundle already.</summary>
    public static FileTree Add(FileTree tree)
    {
        if (tree.Contains(Bundle))
        {
            return tree;
        }

        using var bundle = new MemoryStream();
        foreach (var (path, entry) in tree.Subtree(Certificates))
        {
            if (entry is not FileEntry file || !path.Name.EndsWith(".crt"u8))
            {
                continue;
            }

            using var certificate = file.Content.OpenRead();
            certificate.CopyTo(bundle);
            if (bundle.Length > 0 && bundle.GetBuffer()[bundle.Length - 1] != '\n')
            {
                bundle.WriteByte((byte)'\n');
            }
        }

        return bundle.Length == 0
            ? tree
            : new FileTreeBuilder(tree).Set(Bundle, new FileEntry(EntryMetadata.File, new BytesContent(bundle.ToArray()))).Build();
    }
}
