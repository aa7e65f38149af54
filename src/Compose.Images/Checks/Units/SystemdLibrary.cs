using System.Buffers;
using System.Text;
using Compose.FileTrees;

namespace Compose.Images.Checks.Units;

/// <summary>The library of a base's service manager, which holds the name of each setting that it knows.</summary>
/// <param name="Version">The version's first number, such as 257.</param>
/// <param name="Settings">The settings as <c>Section.Name</c>; empty when they could not be found.</param>
internal sealed record SystemdLibrary(int Version, IReadOnlySet<string> Settings)
{
    private const int MaximumSize = 32 * 1024 * 1024;

    /// <summary>The longest text that can be a setting.</summary>
    private const int MaximumName = 80;

    /// <summary>Fewer than any release has: then the table is kept in another way than this reads.</summary>
    private const int FewestSettings = 500;

    private static readonly TreePath Usr = TreePath.Parse("usr");

    /// <summary>The library of a tree (systemd 252 and later have one); null when there is none.</summary>
    public static SystemdLibrary? Find(FileTree tree)
    {
        foreach (var (path, entry) in tree.Subtree(Usr))
        {
            if (entry is FileEntry file && path.Name.StartsWith("libsystemd-core-"u8) && path.Name.EndsWith(".so"u8)
                && int.TryParse(Digits(path.Name["libsystemd-core-"u8.Length..]), out var version))
            {
                return new SystemdLibrary(version, ReadSettings(file.Content));
            }
        }

        return null;
    }

    private static ReadOnlySpan<byte> Digits(ReadOnlySpan<byte> text) =>
        text.IndexOfAnyExceptInRange((byte)'0', (byte)'9') is >= 0 and var end ? text[..end] : text;

    /// <summary>
    /// The texts of the form <c>Section.Name</c>: systemd's table of settings is a perfect hash over such texts (its sources
    /// have it in load-fragment-gperf.gperf.in), which stand in the library one by one.
    /// </summary>
    private static HashSet<string> ReadSettings(FileContent content)
    {
        var settings = new HashSet<string>(StringComparer.Ordinal);
        if (content.Length > MaximumSize)
        {
            return settings;
        }

        var buffer = ArrayPool<byte>.Shared.Rent((int)content.Length);
        try
        {
            ReadOnlySpan<byte> rest = buffer.AsSpan(0, content.ReadStart(buffer.AsSpan(0, (int)content.Length)));
            while (rest.IndexOfAnyExcept((byte)0) is >= 0 and var start)
            {
                rest = rest[start..];
                var end = rest.IndexOf((byte)0);
                end = end < 0 ? rest.Length : end;
                if (end <= MaximumName && IsSetting(rest[..end]))
                {
                    settings.Add(Encoding.ASCII.GetString(rest[..end]));
                }

                rest = rest[end..];
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return settings.Count < FewestSettings ? [] : settings;
    }

    private static bool IsSetting(ReadOnlySpan<byte> text)
    {
        var dot = text.IndexOf((byte)'.');
        return dot is >= 4 and <= 9
            && text[0] is >= (byte)'A' and <= (byte)'Z'
            && IsAlphanumeric(text[..dot])
            && dot + 1 < text.Length
            && IsAlphanumeric(text[(dot + 1)..]);
    }

    private static bool IsAlphanumeric(ReadOnlySpan<byte> text)
    {
        foreach (var value in text)
        {
            if (!char.IsAsciiLetterOrDigit((char)value))
            {
                return false;
            }
        }

        return true;
    }
}
