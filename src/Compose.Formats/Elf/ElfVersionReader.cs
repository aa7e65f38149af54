namespace Compose.Formats.Elf;

/// <summary>Reads the chains of versions that a file needs and defines, as ld.so follows them: to the link that leads nowhere.</summary>
/// <param name="file">The file.</param>
/// <param name="encoding">How it writes numbers.</param>
/// <param name="locate">Where in the file an address is, and where its segment ends.</param>
/// <param name="name">The name at an offset of the dynamic string table.</param>
internal sealed class ElfVersionReader(
    ElfWindow file, ElfEncoding encoding, Func<ulong, (ulong Offset, ulong End)> locate, Func<ulong, string> name)
{
    /// <summary>Far more than any library has; symbols can refer to eight times as many.</summary>
    private const int MaximumVersions = 4096;

    private const int NeedSize = 16;
    private const int NeededVersionSize = 16;
    private const int DefinitionSize = 20;
    private const int DefinitionNameSize = 8;

    /// <summary>The versions at DT_VERNEED.</summary>
    /// <exception cref="InvalidDataException">The chain leaves the file, or has too many links.</exception>
    public IReadOnlyList<ElfNeededVersion> ReadNeeds(ulong address)
    {
        const int WeakFlag = 2;

        // The names come last: they are elsewhere in the file, and the window stays where the chain is.
        var rows = new List<VersionRow>();
        foreach (var need in Chain(locate(address).Offset, NeedSize, nextField: 12))
        {
            var row = file.At(need, NeedSize);
            var library = encoding.Word(row[4..]);
            foreach (var version in Chain(need + encoding.Word(row[8..]), NeededVersionSize, nextField: 12))
            {
                row = file.At(version, NeededVersionSize);
                rows.Add(new VersionRow(library, encoding.Word(row[8..]), encoding.Half(row[6..]), (encoding.Half(row[4..]) & WeakFlag) != 0));
                Limit(rows.Count);
            }
        }

        var versions = new ElfNeededVersion[rows.Count];
        for (var i = 0; i < versions.Length; i++)
        {
            var row = rows[i];
            var library = i > 0 && row.Library == rows[i - 1].Library ? versions[i - 1].Library : name(row.Library);
            versions[i] = new ElfNeededVersion(library, name(row.Name), row.Index, row.IsWeak);
        }

        return versions;
    }

    /// <summary>The versions at DT_VERDEF, with that of the file itself.</summary>
    /// <exception cref="InvalidDataException">The chain leaves the file, or has too many links.</exception>
    public IReadOnlyList<string> ReadDefinitions(ulong address)
    {
        var names = new List<int>();
        foreach (var definition in Chain(locate(address).Offset, DefinitionSize, nextField: 16))
        {
            var own = definition + encoding.Word(file.At(definition, DefinitionSize)[12..]);
            names.Add((int)encoding.Word(file.At(own, DefinitionNameSize)));
        }

        return [.. names.Select(offset => name((uint)offset))];
    }

    /// <summary>The places of a chain's links. Each is at least a link's size behind the one before, so that no chain goes round.</summary>
    private IEnumerable<ulong> Chain(ulong first, int size, int nextField)
    {
        var place = first;
        for (var count = 1; ; count++)
        {
            Limit(count);
            yield return place;
            var next = encoding.Word(file.At(place, size)[nextField..]);
            if (next == 0)
            {
                yield break;
            }

            if (next < size)
            {
                throw new InvalidDataException("Its versions overlap.");
            }

            place += next;
        }
    }

    private static void Limit(int count)
    {
        if (count > MaximumVersions)
        {
            throw new InvalidDataException($"It has more than {MaximumVersions} versions.");
        }
    }

    /// <summary>A needed version, with the offsets of its names.</summary>
    private sealed record VersionRow(uint Library, uint Name, int Index, bool IsWeak);
}
