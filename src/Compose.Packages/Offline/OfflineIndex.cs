using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;

namespace Compose.Packages.Offline;

/// <summary>The index of an offline source: what each of its files is, sorted by digest.</summary>
/// <param name="Version">The format's version.</param>
/// <param name="Files">The files.</param>
public sealed record OfflineIndex(int Version, IReadOnlyList<OfflineFile> Files)
{
    /// <summary>The format version that is written and read.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The index's name in the folder.</summary>
    public const string FileName = "index.json";

    private const long MaximumSize = 64L * 1024 * 1024;

    /// <summary>Reads the index of a folder; null when it has none.</summary>
    /// <exception cref="DiagnosticException">It is malformed or of another version.</exception>
    public static OfflineIndex? TryRead(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            if (new FileInfo(path) is not { Exists: true } file)
            {
                return null;
            }

            var index = file.Length > MaximumSize ? null : JsonSerializer.Deserialize(File.ReadAllBytes(path), OfflineJson.Instance.OfflineIndex);
            if (index?.Version != CurrentVersion)
            {
                throw Bad(path, $"it has the version {index?.Version}; this version of Compose reads {CurrentVersion}", null);
            }

            foreach (var entry in index.Files)
            {
                if (entry is null || entry.Size < 0 || !Sha256Digest.TryParse(entry.Sha256, out _))
                {
                    throw Bad(path, "an entry has no digest or no size", null);
                }
            }

            return index;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw Bad(path, e.Message, e);
        }
    }

    /// <summary>Writes the index into a folder, unless it is there already.</summary>
    public void Write(string folder) => AtomicFile.WriteWhenDifferent(
        Path.Combine(folder, FileName), [.. JsonSerializer.SerializeToUtf8Bytes(this, OfflineJson.Instance.OfflineIndex), (byte)'\n']);

    private static DiagnosticException Bad(string path, string reason, Exception? inner) =>
        new(PackageDiagnostics.BadOfflineSource.Create($"The index '{path}' of the offline source cannot be used: {reason.TrimEnd('.')}. Make the folder anew with 'compose vendor'."), inner);
}

/// <summary>A file of an offline source.</summary>
/// <param name="Kind">What sort of input it is of.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Sha256">The SHA-256 of its bytes, in hexadecimal digits; it is the file's name too.</param>
/// <param name="Size">The size in bytes.</param>
public sealed record OfflineFile(string Kind, string Name, string Sha256, long Size);

/// <summary>How an index is written: indented, with LF on every system.</summary>
[JsonSerializable(typeof(OfflineIndex))]
internal sealed partial class OfflineJson : JsonSerializerContext
{
    public static OfflineJson Instance { get; } = new(new JsonSerializerOptions
    {
        WriteIndented = true,
        IndentSize = 2,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
