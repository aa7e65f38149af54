using Compose.Diagnostics;
using Compose.FileTrees;
using Compose.FileTrees.Operations;
using Compose.Images.BaseSystems;
using Compose.Images.Extensions;

namespace Compose.Images.Disks;

/// <summary>Makes the tree of the /usr partition: the base's /usr with the extensions in it (Flatcar's paths).</summary>
internal static class UsrTree
{
    private static readonly TreePath Usr = TreePath.Parse("usr");
    private static readonly TreePath LinkDirectory = BaseSystemBuilder.EtcLayer.Child("extensions");

    /// <summary>
    /// Adds each extension as <c>/usr/share/flatcar/sysext/NAME.raw</c> with a link in the lower layer of /etc, by which
    /// systemd-sysext finds it and which a user can override. A configuration extension goes where systemd-confext looks. Then
    /// <c>usr</c> becomes the root.
    /// </summary>
    /// <exception cref="DiagnosticException">The base has no os-release, or an extension is there twice.</exception>
    public static FileTree Create(FileTree system, IReadOnlyList<EmbeddedExtension> extensions, long epoch)
    {
        if (ExtensionRelease.OsReleaseOf(system) is null)
        {
            throw new DiagnosticException(ImageDiagnostics.MissingInBase.Create("The base system has no /usr/lib/os-release."));
        }

        var metadata = EntryMetadata.File with { ModifiedTime = epoch };
        var builder = new FileTreeBuilder(system);
        foreach (var extension in extensions.OrderBy(extension => extension.Name, StringComparer.Ordinal))
        {
            ExtensionRelease.CheckName(extension.Name);
            var fileName = extension.Name + ".raw";
            var image = TreePath.Parse(EmbeddedExtension.PathOf(extension.Name, extension.Kind)[1..]);
            if (builder[image] is not null)
            {
                throw new DiagnosticException(ImageDiagnostics.DuplicateExtension.Create(
                    $"Two extensions are called '{extension.Name}'. Give one another ExtensionName, or reference only one."));
            }

            var length = new FileInfo(extension.ImagePath).Length;
            builder.Set(image, new FileEntry(metadata, new HostFileContent(extension.ImagePath, length)));
            if (extension.Kind == ExtensionKind.System)
            {
                builder.Set(LinkDirectory.Child(fileName), new SymlinkEntry(
                    EntryMetadata.Symlink with { ModifiedTime = epoch }, System.Text.Encoding.UTF8.GetBytes($"/{image}")));
            }
        }

        var tree = builder.Build();
        var usr = new FileTreeBuilder();
        foreach (var (path, entry) in tree.Subtree(Usr))
        {
            usr.Set(path.RelativeTo(Usr), entry);
        }

        return usr.Build();
    }
}
