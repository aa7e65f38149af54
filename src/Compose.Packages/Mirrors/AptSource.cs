using Compose.Formats.Deb;

namespace Compose.Packages.Mirrors;

/// <summary>A repository that the host's apt is set up with.</summary>
/// <param name="Address">The address as written.</param>
/// <param name="Suites">The suites.</param>
/// <param name="Components">The components.</param>
/// <param name="SignedBy">The key files or fingerprints, as written; empty when there are none.</param>
internal sealed record AptSource(string Address, IReadOnlyList<string> Suites, IReadOnlyList<string> Components, string SignedBy)
{
    /// <summary>Reads <c>sources.list</c> and <c>sources.list.d</c> (sources.list(5)). What cannot be read is left out, as apt does with a warning.</summary>
    /// <param name="root">The folder that holds <c>etc</c>.</param>
    public static IReadOnlyList<AptSource> ReadAll(string root)
    {
        var apt = Path.Combine(root, "etc", "apt");
        var parts = Path.Combine(apt, "sources.list.d");
        var files = new List<string> { Path.Combine(apt, "sources.list") };
        if (Directory.Exists(parts))
        {
            files.AddRange(Directory.EnumerateFiles(parts).Order(StringComparer.Ordinal));
        }

        var sources = new List<AptSource>();
        foreach (var file in files.Where(File.Exists))
        {
            try
            {
                if (file.EndsWith(".list", StringComparison.Ordinal))
                {
                    sources.AddRange(File.ReadLines(file).Select(ParseLine).OfType<AptSource>());
                }
                else if (file.EndsWith(".sources", StringComparison.Ordinal))
                {
                    using var stream = File.OpenRead(file);
                    ReadParagraphs(stream, sources);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                continue;
            }
        }

        return sources;
    }

    private static void ReadParagraphs(Stream stream, List<AptSource> sources)
    {
        var reader = new Deb822Reader(stream);
        while (reader.TryRead(out var paragraph))
        {
            var fields = ControlFields.Parse(paragraph);
            if (Words(fields["Types"]).Contains("deb") && fields["Enabled"] is not ("no" or "false"))
            {
                sources.AddRange(Words(fields["URIs"]).Select(address =>
                    new AptSource(address, Words(fields["Suites"]), Words(fields["Components"]), fields["Signed-By"] ?? string.Empty)));
            }
        }
    }

    private static string[] Words(string? value) =>
        value?.Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Reads <c>deb [option=value …] address suite component …</c>.</summary>
    private static AptSource? ParseLine(string line)
    {
        var comment = line.IndexOf('#', StringComparison.Ordinal);
        var text = (comment < 0 ? line : line[..comment]).Trim();
        if (!text.StartsWith("deb ", StringComparison.Ordinal) && !text.StartsWith("deb\t", StringComparison.Ordinal))
        {
            return null;
        }

        text = text[4..].TrimStart();
        var signedBy = string.Empty;
        if (text.StartsWith('['))
        {
            var end = text.IndexOf(']', StringComparison.Ordinal);
            if (end < 0)
            {
                return null;
            }

            signedBy = Words(text[1..end]).FirstOrDefault(option => option.StartsWith("signed-by=", StringComparison.Ordinal)) ?? string.Empty;
            text = text[(end + 1)..];
        }

        var words = Words(text);
        return words.Length >= 3 ? new AptSource(words[0], [words[1]], words[2..], signedBy) : null;
    }
}
