using System.Text;
using Compose.FileTrees;
using Compose.Formats.Deb;

namespace Compose.Images.Licenses;

/// <summary>
/// Reads the licences of packages from <c>/usr/share/doc/PACKAGE/copyright</c>, where it is in the machine-readable format
/// (Debian: DEP 5, copyright-format 1.0).
/// </summary>
public static class DebianCopyright
{
    private const int MaximumSize = 4 * 1024 * 1024;

    /// <summary>The licences of a package.</summary>
    /// <param name="name">The package's name.</param>
    /// <param name="files">What it holds, documentation included.</param>
    public static PackageLicense Read(string name, FileTree files)
    {
        var path = TreePath.Parse("usr/share/doc").Child(name).Child("copyright");
        if (!files.TryGet(path, out var entry) || entry is not FileEntry file || file.Content.Length > MaximumSize)
        {
            // A package that shares its documentation with another has a link there.
            return PackageLicense.Unknown;
        }

        var bytes = new byte[file.Content.Length];
        using (var stream = file.Content.OpenRead())
        {
            stream.ReadExactly(bytes);
        }

        return new PackageLicense(Names(bytes), $"/{path}");
    }

    /// <summary>The short names in a copyright file; none when it is not in the machine-readable format.</summary>
    public static IReadOnlyList<string> Names(ReadOnlyMemory<byte> copyright)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        try
        {
            using var stream = new MemoryStream(copyright.ToArray());
            var reader = new Deb822Reader(stream, MaximumSize);
            for (var isFirst = true; reader.TryRead(out var paragraph); isFirst = false)
            {
                if (isFirst && !HasFormat(paragraph.Span))
                {
                    return [];
                }

                foreach (var field in new Deb822Paragraph(paragraph.Span))
                {
                    if (field.Name.SequenceEqual("License"u8))
                    {
                        AddNames(FirstLine(field.Value), names);
                    }
                }
            }
        }
        catch (InvalidDataException)
        {
            // Text for people that happens to begin as the format does.
            return [];
        }

        return [.. names];
    }

    private static bool HasFormat(ReadOnlySpan<byte> header)
    {
        foreach (var field in new Deb822Paragraph(header))
        {
            if (field.Name.SequenceEqual("Format"u8))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes an expression such as <c>GPL-2+ or Artistic, and BSD-3-clause</c> apart.</summary>
    private static void AddNames(string expression, SortedSet<string> names)
    {
        foreach (var part in expression.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var words = new List<string>();
            foreach (var word in part.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            {
                // In capitals as SPDX writes them, which some packages do.
                if (word is "and" or "or" or "AND" or "OR")
                {
                    Add(words, names);
                }
                else
                {
                    words.Add(word);
                }
            }

            Add(words, names);
        }
    }

    /// <summary>One name is one word; <c>with OpenSSL exception</c> belongs to the word before it.</summary>
    private static void Add(List<string> words, SortedSet<string> names)
    {
        if (words.Count > 0)
        {
            names.Add(string.Join(' ', words));
            words.Clear();
        }
    }

    private static string FirstLine(ReadOnlySpan<byte> value)
    {
        var end = value.IndexOf((byte)'\n');
        return Encoding.UTF8.GetString(end < 0 ? value : value[..end]).Trim();
    }
}
