using Compose.FileTrees;

namespace Compose.Packages.Inputs.Archives;

/// <summary>Reads lists of SHA-256 checksums: as sha256sum(1) writes them, tagged as BSD's tools do, or one digest alone.</summary>
internal static class Checksums
{
    /// <summary>The digests that a list gives for a file name, each once.</summary>
    /// <param name="text">The list.</param>
    /// <param name="name">The file's name; folders before it in the list do not matter.</param>
    public static IReadOnlyList<Sha256Digest> Find(string text, string name)
    {
        var found = new List<Sha256Digest>();
        var lines = text.TrimStart('\uFEFF').Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (lines is [var only] && Sha256Digest.TryParse(only, out var single))
        {
            return [single];
        }

        foreach (var line in lines)
        {
            if (Parse(line) is { } entry && entry.Name[(entry.Name.LastIndexOf('/') + 1)..] == name && !found.Contains(entry.Digest))
            {
                found.Add(entry.Digest);
            }
        }

        return found;
    }

    private static (string Name, Sha256Digest Digest)? Parse(string line)
    {
        const string Tag = "SHA256 (";
        const int Digits = Sha256Digest.Size * 2;
        Sha256Digest digest;
        if (line.StartsWith(Tag, StringComparison.Ordinal))
        {
            var end = line.LastIndexOf(") = ", StringComparison.Ordinal);
            return end > Tag.Length && Sha256Digest.TryParse(line[(end + 4)..], out digest) ? (line[Tag.Length..end], digest) : null;
        }

        // "DIGEST  NAME", or "DIGEST *NAME" for a file that was read as binary.
        return line.Length > Digits + 1 && line[Digits] == ' ' && Sha256Digest.TryParse(line[..Digits], out digest)
            ? (line[(Digits + 1)..].TrimStart(' ', '*'), digest)
            : null;
    }
}
