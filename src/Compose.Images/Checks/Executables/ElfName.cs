using System.Text;
using Compose.FileTrees;

namespace Compose.Images.Checks.Executables;

/// <summary>Names and paths as ELF files have them: any bytes, each of which is a character here.</summary>
internal static class ElfName
{
    /// <summary>The bytes of a name.</summary>
    public static byte[] Bytes(string name) => Encoding.Latin1.GetBytes(name);

    /// <summary>A path of a tree, with a leading slash.</summary>
    public static string Of(TreePath path) => "/" + Encoding.Latin1.GetString(path.Bytes);

    /// <summary>A name for people.</summary>
    public static string Describe(string name) => TreePath.Describe(Bytes(name));
}
