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

    /// <summary>Path, Unit and others; Automount.</summary>
    private const int ShortestSection = 4;
    private const int LongestSection = 9;

    /// <summary>Longer than any name of a setting.</summary>
    private const int LongestName = 64;

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
            ReadOnlySpan<byte> text = buffer.AsSpan(0, content.ReadStart(buffer.AsSpan(0, (int)content.Length)));
            for (var dot = text.IndexOf((byte)'.'); dot >= 0;)
            {
                if (TextAround(text, dot) is { IsEmpty: false } setting)
                {
                    settings.Add(Encoding.ASCII.GetString(setting));
                }

                var next = text[(dot + 1)..].IndexOf((byte)'.');
                dot = next < 0 ? next : dot + 1 + next;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return settings.Count < FewestSettings ? [] : settings;
    }

    /// <summary>The text around a dot that ends with a NUL, follows one, and is no other than <c>Section.Name</c>; empty when there is none.</summary>
    private static ReadOnlySpan<byte> TextAround(ReadOnlySpan<byte> bytes, int dot)
    {
        var start = dot;
        while (start > 0 && dot - start <= LongestSection && char.IsAsciiLetter((char)bytes[start - 1]))
        {
            start--;
        }

        var end = dot + 1;
        while (end < bytes.Length && end - dot <= LongestName && char.IsAsciiLetterOrDigit((char)bytes[end]))
        {
            end++;
        }

        return dot - start is >= ShortestSection and <= LongestSection
            && char.IsAsciiLetterUpper((char)bytes[start])
            && (start == 0 || bytes[start - 1] == 0)
            && end > dot + 1
            && end < bytes.Length
            && bytes[end] == 0
                ? bytes[start..end]
                : [];
    }
}
