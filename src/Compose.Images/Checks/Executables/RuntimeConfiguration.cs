using System.Text.Json;
using Compose.FileTrees;

namespace Compose.Images.Checks.Executables;

/// <summary>A shared runtime that a .NET program asks for.</summary>
/// <param name="Name">Its name, such as <c>Microsoft.NETCore.App</c>.</param>
/// <param name="Version">The lowest version.</param>
internal sealed record SharedRuntime(string Name, string Version);

/// <summary>What the file NAME.runtimeconfig.json beside a .NET program says of what it runs on.</summary>
/// <param name="Runtimes">The shared runtimes; none when the program brings its own.</param>
/// <param name="RollForward">The name of the rule by which a higher version is taken; null for the default, Minor.</param>
/// <param name="IsInvariant">Whether the program does without cultures, and with them without ICU.</param>
internal sealed record RuntimeConfiguration(IReadOnlyList<SharedRuntime> Runtimes, string? RollForward, bool IsInvariant)
{
    /// <summary>More bytes than any such file has.</summary>
    private const int MaximumSize = 1 << 20;

    private static readonly JsonDocumentOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Reads such a file; null when .NET would not read it either.</summary>
    public static RuntimeConfiguration? TryRead(FileContent content)
    {
        if (content.Length > MaximumSize)
        {
            return null;
        }

        try
        {
            using var stream = content.OpenRead();
            using var document = JsonDocument.Parse(stream, Options);
            return Property(document.RootElement, "runtimeOptions") is { ValueKind: JsonValueKind.Object } options
                ? new([.. RuntimesOf(options)], Text(options, "rollForward"), IsTrue(Property(options, "configProperties"), "System.Globalization.Invariant"))
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // No JSON, or a text in it that is no UTF-8.
            return null;
        }
    }

    private static IEnumerable<SharedRuntime> RuntimesOf(JsonElement options)
    {
        var several = Property(options, "frameworks") is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray().ToArray() : [];
        JsonElement[] all = Property(options, "framework") is { } one ? [one, .. several] : several;
        foreach (var framework in all)
        {
            if (Text(framework, "name") is { } name && Text(framework, "version") is { } version)
            {
                yield return new(name, version);
            }
        }
    }

    private static bool IsTrue(JsonElement? parent, string name) =>
        parent is { } element && Property(element, name) is { } value
        && (value.ValueKind == JsonValueKind.True || (value.ValueKind == JsonValueKind.String && bool.TryParse(value.GetString(), out var isTrue) && isTrue));

    private static string? Text(JsonElement parent, string name) =>
        Property(parent, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    private static JsonElement? Property(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) ? value : null;
}
