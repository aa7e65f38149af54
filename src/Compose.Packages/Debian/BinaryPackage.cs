using Compose.FileTrees;
using Compose.Formats.Deb;

namespace Compose.Packages.Debian;

/// <summary>A package as a repository's index describes it.</summary>
public sealed class BinaryPackage
{
    private BinaryPackage(ControlFields fields, string name, DebianVersion version, string architecture)
    {
        Fields = fields;
        Name = name;
        Version = version;
        Architecture = architecture;
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The version.</summary>
    public DebianVersion Version { get; }

    /// <summary>The architecture as Debian names it, or <c>all</c>.</summary>
    public string Architecture { get; }

    /// <summary>Whether dependencies of the form <c>name:any</c> accept the package.</summary>
    public bool IsMultiArchAllowed => Fields["Multi-Arch"] == "allowed";

    /// <summary>What has to be there: <c>Pre-Depends</c> and <c>Depends</c>, in this order.</summary>
    public required IReadOnlyList<RelationGroup> Depends { get; init; }

    /// <summary>What should be there.</summary>
    public required IReadOnlyList<RelationGroup> Recommends { get; init; }

    /// <summary>What must not be there: <c>Conflicts</c> and <c>Breaks</c>. Each group has one alternative.</summary>
    public required IReadOnlyList<RelationGroup> Conflicts { get; init; }

    /// <summary>The virtual packages; a version, if any, is given with <c>=</c>.</summary>
    public required IReadOnlyList<Relation> Provides { get; init; }

    /// <summary>The path below the mirror's address.</summary>
    public required string FileName { get; init; }

    /// <summary>The package's size in bytes.</summary>
    public required long Size { get; init; }

    /// <summary>The SHA-256 of the package.</summary>
    public required Sha256Digest Sha256 { get; init; }

    /// <summary>How important the distribution holds the package: 0 required … 4 extra. Decides between providers.</summary>
    public required int Priority { get; init; }

    /// <summary>The index's fields of the package.</summary>
    internal ControlFields Fields { get; }

    /// <summary>Reads an index's paragraph.</summary>
    /// <exception cref="FormatException">A field is missing or malformed.</exception>
    /// <exception cref="InvalidDataException">The paragraph is malformed.</exception>
    internal static BinaryPackage Parse(ReadOnlyMemory<byte> paragraph, string architecture)
    {
        var fields = ControlFields.Parse(paragraph);
        var name = Required("Package");
        var own = Required("Architecture");
        return new BinaryPackage(fields, name, DebianVersion.Parse(Required("Version")), own)
        {
            Depends = [.. RelationParser.Parse(fields["Pre-Depends"], architecture), .. RelationParser.Parse(fields["Depends"], architecture)],
            Recommends = RelationParser.Parse(fields["Recommends"], architecture),
            Conflicts = [.. RelationParser.Parse(fields["Conflicts"], architecture), .. RelationParser.Parse(fields["Breaks"], architecture)],
            Provides = [.. RelationParser.Parse(fields["Provides"], architecture).SelectMany(group => group.Alternatives)],
            FileName = SafeFileName(Required("Filename")),
            Size = long.TryParse(Required("Size"), System.Globalization.NumberStyles.None, null, out var size)
                ? size
                : throw new FormatException($"The package '{name}' has no readable size."),
            Sha256 = Sha256Digest.Parse(Required("SHA256")),
            Priority = fields["Priority"] switch { "required" => 0, "important" => 1, "standard" => 2, "optional" or null => 3, _ => 4 },
        };

        string Required(string field) =>
            fields[field] ?? throw new FormatException($"The field '{field}' is missing in the paragraph of '{fields["Package"]}'.");
    }

    /// <summary>A path below the mirror: relative, without <c>..</c>.</summary>
    internal static string SafeFileName(string path) =>
        path.Length > 0 && path[0] != '/' && !path.Split('/').Contains("..") && path.AsSpan().IndexOfAny("\\?#\0:") < 0
            ? path
            : throw new FormatException($"'{path}' is not a path below a mirror's address.");

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Version}";
}
