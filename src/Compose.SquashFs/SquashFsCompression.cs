using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Compose.SquashFs;

/// <summary>
/// How blocks are compressed: one of <see cref="ZstdCompression"/>, <see cref="GzipCompression"/>,
/// <see cref="XzCompression"/>, <see cref="Lz4Compression"/> and <see cref="NoCompression"/>. The defaults are those of mksquashfs.
/// </summary>
public abstract record SquashFsCompression
{
    private static readonly SquashFsCompression[] All =
        [new ZstdCompression(), new GzipCompression(), new XzCompression(), new Lz4Compression(), new NoCompression()];

    private protected SquashFsCompression()
    {
    }

    /// <summary>The names that <see cref="TryParse"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(compression => compression.Name)];

    /// <summary>The name, as mksquashfs and unsquashfs write it.</summary>
    public abstract string Name { get; }

    /// <summary>The levels to choose from; null when there are none.</summary>
    public abstract CompressionLevels? Levels { get; }

    /// <summary>Finds a compression by its name.</summary>
    /// <param name="name">The name, in lower case.</param>
    /// <param name="compression">The compression with its defaults.</param>
    /// <returns>Whether there is one.</returns>
    public static bool TryParse(string name, [NotNullWhen(true)] out SquashFsCompression? compression)
    {
        compression = Array.Find(All, candidate => candidate.Name == name);
        return compression is not null;
    }

    /// <summary>Reads a compression's name and its level, as command lines have them.</summary>
    /// <param name="name">The name, in lower case.</param>
    /// <param name="level">The level as decimal digits; null or empty for the default.</param>
    /// <exception cref="DiagnosticException">There is no such compression, or it has no such level.</exception>
    public static SquashFsCompression Parse(string name, string? level = null)
    {
        if (!TryParse(name, out var compression))
        {
            throw Unknown($"There is no compression '{name}'. Choose one of {string.Join(", ", Names)}.");
        }

        if (string.IsNullOrEmpty(level))
        {
            return compression;
        }

        if (compression.Levels is not { } levels)
        {
            throw Unknown($"The compression '{name}' has no levels. Leave out the level '{level}'.");
        }

        return int.TryParse(level, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && levels.Contains(number)
            ? compression.WithLevel(number)
            : throw Unknown($"'{level}' is no level of the compression '{name}'. It has levels {levels.Minimum} to {levels.Maximum}.");
    }

    /// <summary>The same compression at another level.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It has no such level.</exception>
    public SquashFsCompression WithLevel(int level)
    {
        if (Levels is not { } levels || !levels.Contains(level))
        {
            throw new ArgumentOutOfRangeException(nameof(level), level, $"The compression '{Name}' has no such level.");
        }

        return ChangeLevel(level);
    }

    /// <summary>The level; null when there are none.</summary>
    internal abstract int? CurrentLevel { get; }

    /// <summary>Whether a block that does not shrink costs much more than finding that out before.</summary>
    internal abstract bool IsSlow { get; }

    /// <summary>Checks every value.</summary>
    /// <param name="blockSize">The size of a data block in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    internal abstract void Validate(int blockSize);

    private protected abstract SquashFsCompression ChangeLevel(int level);

    private protected void ValidateLevel(int level)
    {
        if (!Levels!.Value.Contains(level))
        {
            throw OutOfRange("Level", level, $"The compression '{Name}' has levels {Levels.Value.Minimum} to {Levels.Value.Maximum}.");
        }
    }

    /// <summary>The exception for a property whose value cannot be.</summary>
    private protected static ArgumentOutOfRangeException OutOfRange(string property, object value, string message) =>
        new(property, value, message);

    private static DiagnosticException Unknown(string message) => new(SquashFsDiagnostics.UnknownCompression.Create(message));
}

/// <summary>The levels that a compression has; higher ones take longer and compress better.</summary>
/// <param name="Minimum">The lowest.</param>
/// <param name="Maximum">The highest.</param>
public readonly record struct CompressionLevels(int Minimum, int Maximum)
{
    /// <summary>Whether a level is one of these.</summary>
    public bool Contains(int level) => level >= Minimum && level <= Maximum;
}
