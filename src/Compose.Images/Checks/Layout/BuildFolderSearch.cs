using System.Buffers;
using System.Text;
using Compose.FileTrees;

namespace Compose.Images.Checks.Layout;

/// <summary>A folder that a content names.</summary>
/// <param name="Name">The folder.</param>
/// <param name="Offset">Where its name begins, in bytes.</param>
internal readonly record struct FoundFolder(string Name, long Offset);

/// <summary>Searches contents for names of folders, in UTF-8 and, as .NET keeps text, in UTF-16.</summary>
internal sealed class BuildFolderSearch
{
    private const int WindowSize = 256 * 1024;

    /// <summary>The most bytes that one character of a name can have.</summary>
    private const int LargestUnit = 2;

    private readonly List<Pattern> _patterns = [];
    private readonly int _overlap;

    /// <summary>Takes the folders. One that is in another of them is found with it.</summary>
    /// <param name="folders">Absolute paths. Those of one component, such as <c>/src</c> or <c>/root</c>, are too common to say anything.</param>
    public BuildFolderSearch(IReadOnlyList<string> folders)
    {
        foreach (var folder in folders.Select(Path.TrimEndingDirectorySeparator).Distinct().Order(StringComparer.Ordinal))
        {
            if (IsTelling(folder) && !_patterns.Any(pattern => IsWithin(folder, pattern.Folder)))
            {
                _patterns.Add(new Pattern(folder, Encoding.UTF8.GetBytes(folder), 1));
                _patterns.Add(new Pattern(folder, Encoding.Unicode.GetBytes(folder), 2));
            }
        }

        // A window repeats so much of the last that each name is in one of them with the character behind it.
        _overlap = _patterns.Count == 0 ? 0 : _patterns.Max(pattern => pattern.Bytes.Length) + LargestUnit;
    }

    /// <summary>Whether there is nothing to search for.</summary>
    public bool IsEmpty => _patterns.Count == 0;

    /// <summary>The first folder that the content names; null for none.</summary>
    /// <exception cref="IOException">The content cannot be read.</exception>
    public FoundFolder? Find(FileContent content)
    {
        if (content is BytesContent bytes)
        {
            return Find(bytes.Bytes.Span, 0, isLast: true);
        }

        using var stream = content.OpenRead();
        var window = ArrayPool<byte>.Shared.Rent(WindowSize + _overlap);
        try
        {
            var (kept, offset) = (0, 0L);
            while (true)
            {
                var read = stream.ReadAtLeast(window.AsSpan(kept, WindowSize), WindowSize, throwOnEndOfStream: false);
                var length = kept + read;
                var isLast = read < WindowSize;
                if (Find(window.AsSpan(0, length), offset, isLast) is { } found)
                {
                    return found;
                }

                if (isLast)
                {
                    return null;
                }

                kept = _overlap;
                window.AsSpan(length - kept, kept).CopyTo(window);
                offset += length - kept;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(window);
        }
    }

    /// <summary>The line of a text that has a byte, from 1; 0 when the content is no text.</summary>
    /// <exception cref="IOException">The content cannot be read.</exception>
    public static int LineOf(FileContent content, long offset)
    {
        using var stream = content.OpenRead();
        var buffer = new byte[8 * 1024];
        var line = 1;
        while (offset > 0 && stream.Read(buffer, 0, (int)Math.Min(buffer.Length, offset)) is > 0 and var read)
        {
            if (buffer.AsSpan(0, read).Contains((byte)0))
            {
                return 0;
            }

            line += buffer.AsSpan(0, read).Count((byte)'\n');
            offset -= read;
        }

        return line;
    }

    private FoundFolder? Find(ReadOnlySpan<byte> window, long offset, bool isLast)
    {
        FoundFolder? first = null;
        foreach (var pattern in _patterns)
        {
            var start = 0;
            while (window[start..].IndexOf(pattern.Bytes) is >= 0 and var index)
            {
                start += index;
                if (EndsName(window[(start + pattern.Bytes.Length)..], pattern.Unit, isLast))
                {
                    first = first is { } other && other.Offset <= offset + start ? first : new FoundFolder(pattern.Folder, offset + start);
                    break;
                }

                start++;
            }
        }

        return first;
    }

    /// <summary>Whether the name ends here: <c>/home/al</c> is not in <c>/home/alice</c>.</summary>
    private static bool EndsName(ReadOnlySpan<byte> rest, int unit, bool isLast)
    {
        if (rest.Length < unit)
        {
            return isLast;
        }

        // In UTF-16 a character that is no ASCII has a second byte.
        var next = (char)rest[0];
        return !(char.IsAsciiLetterOrDigit(next) || next is '-' or '_' or '.' or >= (char)0x80 || (unit == LargestUnit && rest[1] != 0));
    }

    private static bool IsTelling(string folder) =>
        Path.IsPathFullyQualified(folder) && folder[(Path.GetPathRoot(folder)?.Length ?? 0)..].AsSpan().IndexOfAny('/', '\\') > 0;

    private static bool IsWithin(string folder, string other) =>
        folder.StartsWith(other, StringComparison.Ordinal) && folder.Length > other.Length && folder[other.Length] is '/' or '\\';

    private sealed record Pattern(string Folder, byte[] Bytes, int Unit);
}
