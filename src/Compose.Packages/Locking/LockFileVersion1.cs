using System.Text.Json;
using System.Text.Json.Nodes;

namespace Compose.Packages.Locking;

/// <summary>Lock files of version 1 knew one repository and only packages. What they say is kept.</summary>
internal static class LockFileVersion1
{
    /// <summary>The file in the format of <see cref="LockFile.CurrentVersion"/>; as it is when it has another version.</summary>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static byte[] Migrate(byte[] bytes)
    {
        if (bytes.AsSpan().IndexOf("\"repository\""u8) < 0
            || JsonNode.Parse(bytes, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) is not JsonObject file
            || !(file["version"] is JsonValue version && version.TryGetValue(out int number) && number == 1)
            || file["repository"] is not { } repository)
        {
            return bytes;
        }

        file.Remove("repository");
        file["repositories"] = new JsonArray(repository);
        file["version"] = LockFile.CurrentVersion;
        return JsonSerializer.SerializeToUtf8Bytes(file, LockFileJson.Instance.JsonObject);
    }
}
