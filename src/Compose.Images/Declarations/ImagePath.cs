using System.Text;
using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Declarations;

/// <summary>Reads what authors write as the path of something in an image: absolute, and in its shortest form.</summary>
internal static class ImagePath
{
    private static readonly TreePath Usr = TreePath.Parse("usr");
    private static readonly TreePath Opt = TreePath.Parse("opt");
    private static readonly TreePath Etc = TreePath.Parse("etc");

    /// <summary>Where the kernel shows itself: nothing can be made there.</summary>
    private static readonly TreePath[] KernelDirectories = [TreePath.Parse("dev"), TreePath.Parse("proc"), TreePath.Parse("sys")];

    /// <summary>Reads a path such as <c>/usr/lib/tool</c>.</summary>
    /// <param name="text">What the author wrote.</param>
    /// <param name="what">What it is the path of, as a diagnostic names it.</param>
    /// <param name="item">The include of the item.</param>
    /// <param name="traits">What tells the item from others.</param>
    /// <exception cref="DiagnosticException">It is no such path.</exception>
    public static TreePath Parse(string text, string what, string item, ItemTraits traits) =>
        text.Length > 1 && text[0] == '/'
        && !text.Any(char.IsControl)
        && TreePath.TryParse(Encoding.UTF8.GetBytes(text), out var path)
        && path.Bytes.Length == Encoding.UTF8.GetByteCount(text) - 1
            ? path
            : throw new DiagnosticException(ImageDiagnostics.BadValue.Create(
                $"'{text}' cannot be {what}: it has to begin with '/', and to have no '.', '..', double or trailing slash and no control character.", item, traits));

    /// <summary>Whether an extension can hold a file there: in /usr or /opt, or in /etc, where it is copied at boot.</summary>
    public static bool CanHoldFile(TreePath path) => path.IsWithin(Usr) || path.IsWithin(Opt) || path.IsWithin(Etc);

    /// <summary>Whether the path belongs to the kernel.</summary>
    public static bool IsOfTheKernel(TreePath path) => KernelDirectories.Any(path.IsWithin);
}
