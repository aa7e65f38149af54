using System.Text.Json;
using System.Text.Json.Serialization;
using Compose.Diagnostics;
using Compose.FileTrees;

namespace Compose.Images.Torcx;

/// <summary>
/// What a torcx archive gives to the system: <c>.torcx/manifest.json</c> (torcx, "Image Manifest - v0"). Paths are those of
/// the archive.
/// </summary>
internal sealed record TorcxManifest
{
    /// <summary>The only kind there is.</summary>
    private const string Kind = "image-manifest-v0";

    private const int MaximumSize = 1024 * 1024;
    private const int MaximumPaths = 100_000;

    public static readonly TreePath Directory = TreePath.Parse(".torcx");

    private static readonly TreePath File = Directory.Child("manifest.json");

    /// <summary>Programs, or folders of them.</summary>
    public required IReadOnlyList<TreePath> Programs { get; init; }

    /// <summary>Configuration, or folders of it, with the folder of an extension that it goes to.</summary>
    public required IReadOnlyList<(TreePath Path, TreePath Destination)> Assets { get; init; }

    /// <summary>The names of lists that are not known: what they name is no different from what no list names.</summary>
    public required IReadOnlyList<string> UnknownLists { get; init; }

    /// <summary>Reads the manifest of an archive.</summary>
    /// <exception cref="DiagnosticException">There is none, or it cannot be followed.</exception>
    public static TorcxManifest Read(FileTree archive, string name)
    {
        if (!archive.TryGet(File, out var entry) || entry is not FileEntry { Content: { } content })
        {
            throw Bad(name, $"it has no file '{File}'");
        }

        if (content.Length > MaximumSize)
        {
            throw Bad(name, $"'{File}' has {content.Length} bytes, and {MaximumSize} are allowed");
        }

        try
        {
            using var stream = content.OpenRead();
            var manifest = JsonSerializer.Deserialize(stream, TorcxJson.Default.TorcxManifestJson);
            return manifest is { Kind: Kind, Value: { } lists }
                ? Read(lists, name)
                : throw Bad(name, $"'{File}' is not of the kind '{Kind}'");
        }
        catch (JsonException e)
        {
            throw Bad(name, $"'{File}' is malformed at line {e.LineNumber + 1}", e);
        }
    }

    public static DiagnosticException Bad(string name, string reason, Exception? inner = null) =>
        new(TorcxDiagnostics.BadArchive.Create($"'{name}' cannot be converted: {reason}.", name), inner);

    private static TorcxManifest Read(Dictionary<string, string?[]?> lists, string name)
    {
        if (lists.Sum(list => (long)(list.Value?.Length ?? 0)) > MaximumPaths)
        {
            throw Bad(name, $"its manifest names more than the {MaximumPaths} paths that are allowed");
        }

        var programs = new List<TreePath>();
        var assets = new List<(TreePath, TreePath)>();
        var unknown = new List<string>();
        foreach (var (list, paths) in lists.OrderBy(list => list.Key, StringComparer.Ordinal))
        {
            var destination = list switch
            {
                "units" => TorcxPlaces.Units,
                "network" => TorcxPlaces.Network,
                "sysusers" => TorcxPlaces.SystemUsers,
                "tmpfiles" => TorcxPlaces.TemporaryFiles,
                "udev_rules" => TorcxPlaces.UdevRules,
                _ => TreePath.Root,
            };
            if (list != "bin" && destination.IsRoot)
            {
                unknown.Add(list);
                continue;
            }

            foreach (var path in (paths ?? []).Where(path => path != ""))
            {
                var parsed = Parse(path, list, name);
                if (list == "bin")
                {
                    programs.Add(parsed);
                }
                else
                {
                    assets.Add((parsed, destination));
                }
            }
        }

        return new TorcxManifest { Programs = programs, Assets = assets, UnknownLists = unknown };
    }

    private static TreePath Parse(string? text, string list, string name) =>
        text is ['/', ..] && TreePath.TryParse(System.Text.Encoding.UTF8.GetBytes(text), out var path) && !path.IsRoot && !path.IsWithin(Directory)
            ? path
            : throw Bad(name, $"its manifest names '{TreePath.Describe(System.Text.Encoding.UTF8.GetBytes(text ?? ""))}' in '{list}', which is not the path of a file of it");
}

/// <summary>The manifest as it is written.</summary>
internal sealed class TorcxManifestJson
{
    public string? Kind { get; init; }

    public Dictionary<string, string?[]?>? Value { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, AllowDuplicateProperties = false, MaxDepth = 16)]
[JsonSerializable(typeof(TorcxManifestJson))]
internal sealed partial class TorcxJson : JsonSerializerContext;
