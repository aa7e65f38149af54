using System.Buffers;
using System.Text;
using Compose.Formats.Deb;

namespace Compose.Packages.Debian;

/// <summary>
/// A repository's packages by name and by what they provide. Only the fields that matter are kept, as text; a package is
/// parsed when it is first asked for, because a closure touches a few hundred of seventy thousand. Not safe for several
/// threads.
/// </summary>
public sealed class PackageIndex
{
    private readonly ReadOnlyMemory<byte> _text;
    private readonly List<Range> _paragraphs = [];
    private readonly List<BinaryPackage?> _parsed = [];
    private readonly Dictionary<string, List<int>> _byName = [];
    private readonly Dictionary<string, List<int>> _byProvided = [];

    private PackageIndex(ReadOnlyMemory<byte> text, string architecture)
    {
        _text = text;
        Architecture = architecture;
    }

    /// <summary>The architecture of the index.</summary>
    public string Architecture { get; }

    /// <summary>The number of packages.</summary>
    public int Count => _paragraphs.Count;

    /// <summary>The kept fields of all packages: a <c>Packages</c> file itself, a third of the size.</summary>
    internal ReadOnlyMemory<byte> Text => _text;

    /// <summary>Reads a <c>Packages</c> file.</summary>
    /// <exception cref="InvalidDataException">A paragraph is malformed.</exception>
    public static PackageIndex Parse(Stream packages, string architecture, CancellationToken cancellationToken = default)
    {
        var kept = new ArrayBufferWriter<byte>(1 << 20);
        var reader = new Deb822Reader(packages);
        while (reader.TryRead(out var paragraph))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var field in new Deb822Paragraph(paragraph.Span))
            {
                if (IsKept(field.Name))
                {
                    kept.Write(field.Name);
                    kept.Write(": "u8);
                    kept.Write(field.Value);
                    kept.Write("\n"u8);
                }
            }

            kept.Write("\n"u8);
        }

        return FromText(kept.WrittenMemory, architecture);
    }

    /// <summary>Takes what <see cref="Text"/> gave before.</summary>
    /// <exception cref="InvalidDataException">A paragraph is malformed.</exception>
    internal static PackageIndex FromText(ReadOnlyMemory<byte> text, string architecture)
    {
        var index = new PackageIndex(text, architecture);
        var start = 0;
        while (start < text.Length)
        {
            var length = text.Span[start..].IndexOf("\n\n"u8);
            var end = length < 0 ? text.Length : start + length + 1;
            index.Add(start..end);
            start = end + 1;
        }

        return index;
    }

    /// <summary>The packages of this name, in the index's order.</summary>
    /// <exception cref="DiagnosticException">The index is malformed there.</exception>
    public IEnumerable<BinaryPackage> Named(string name) =>
        _byName.TryGetValue(name, out var entries) ? entries.Select(Package) : [];

    /// <summary>The packages that provide the name, in the index's order. A package's own name does not count.</summary>
    /// <exception cref="DiagnosticException">The index is malformed there.</exception>
    public IEnumerable<BinaryPackage> Providing(string name) =>
        _byProvided.TryGetValue(name, out var entries) ? entries.Select(Package) : [];

    private static bool IsKept(ReadOnlySpan<byte> name) => name.Length switch
    {
        4 => name.SequenceEqual("Size"u8),
        6 => name.SequenceEqual("SHA256"u8) || name.SequenceEqual("Breaks"u8),
        7 => name.SequenceEqual("Package"u8) || name.SequenceEqual("Version"u8) || name.SequenceEqual("Depends"u8),
        8 => name.SequenceEqual("Provides"u8) || name.SequenceEqual("Filename"u8) || name.SequenceEqual("Priority"u8),
        9 => name.SequenceEqual("Conflicts"u8),
        10 => name.SequenceEqual("Recommends"u8) || name.SequenceEqual("Multi-Arch"u8),
        11 => name.SequenceEqual("Pre-Depends"u8),
        12 => name.SequenceEqual("Architecture"u8),
        _ => false,
    };

    private void Add(Range paragraph)
    {
        var entry = _paragraphs.Count;
        var isNamed = false;
        foreach (var field in new Deb822Paragraph(_text.Span[paragraph]))
        {
            if (field.Name.SequenceEqual("Package"u8))
            {
                Append(_byName, Encoding.ASCII.GetString(field.Value), entry);
                isNamed = true;
            }
            else if (field.Name.SequenceEqual("Provides"u8))
            {
                AddProvided(field.Value, entry);
            }
        }

        if (!isNamed)
        {
            throw new InvalidDataException($"Paragraph {entry + 1} has no field 'Package'.");
        }

        _paragraphs.Add(paragraph);
        _parsed.Add(null);
    }

    private void AddProvided(ReadOnlySpan<byte> provides, int entry)
    {
        foreach (var range in provides.Split((byte)','))
        {
            var provided = provides[range].Trim(" \t\n"u8);
            var end = provided.IndexOfAny(" :("u8);
            var name = end < 0 ? provided : provided[..end];
            if (!name.IsEmpty)
            {
                Append(_byProvided, Encoding.ASCII.GetString(name), entry);
            }
        }
    }

    private static void Append(Dictionary<string, List<int>> map, string name, int entry)
    {
        ref var entries = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(map, name, out _);
        entries ??= new List<int>(1);
        if (entries.Count == 0 || entries[^1] != entry)
        {
            entries.Add(entry);
        }
    }

    private BinaryPackage Package(int entry) => _parsed[entry] ??= Parse(entry);

    private BinaryPackage Parse(int entry)
    {
        try
        {
            return BinaryPackage.Parse(_text[_paragraphs[entry]], Architecture);
        }
        catch (Exception e) when (e is FormatException or InvalidDataException)
        {
            throw new DiagnosticException(PackageDiagnostics.BadIndex.Create($"The package index cannot be used: {e.Message}"), e);
        }
    }
}
