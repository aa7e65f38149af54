using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Compose.FileTrees;

namespace Compose.Images.Applications;

/// <summary>
/// The list of static files that a web application publishes, NAME.staticwebassets.endpoints.json. It holds the times of files
/// of the build host, some of which this very build made: the same sources would give other bytes each time.
/// </summary>
internal static class StaticAssetManifest
{
    private const string Suffix = ".staticwebassets.endpoints.json";
    private const string TimeHeader = "Last-Modified";

    /// <summary>What all files of the list get; clients tell versions apart by entity tags, which are made of the bytes.</summary>
    private static readonly string Time = DateTimeOffset.UnixEpoch.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Whether a published file is such a list.</summary>
    public static bool Is(string path) => path.EndsWith(Suffix, StringComparison.Ordinal);

    /// <summary>The list with one time for all files; the list itself when it is none.</summary>
    public static FileContent WithoutTimes(FileContent manifest)
    {
        try
        {
            using var stream = manifest.OpenRead();
            if (JsonNode.Parse(stream) is not JsonObject list || list["Endpoints"] is not JsonArray endpoints)
            {
                return manifest;
            }

            foreach (var header in endpoints.OfType<JsonObject>().SelectMany(HeadersOf))
            {
                if (header["Name"] is JsonValue name && name.TryGetValue(out string? text) && text == TimeHeader)
                {
                    header["Value"] = Time;
                }
            }

            return new BytesContent(list.ToJsonString());
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            // No JSON, or an object that has a name twice.
            return manifest;
        }
    }

    private static IEnumerable<JsonObject> HeadersOf(JsonObject endpoint) =>
        endpoint["ResponseHeaders"] is JsonArray headers ? headers.OfType<JsonObject>() : [];
}
