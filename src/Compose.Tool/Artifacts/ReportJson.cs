using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Compose.Images.Artifacts.Comparison;
using Compose.Images.Artifacts.Inspection;
using Compose.Tool.Verify;

namespace Compose.Tool.Artifacts;

/// <summary>Reports as JSON. The code is generated, as a program that is compiled ahead of time has no reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    NewLine = "\n")]
[JsonSerializable(typeof(ArtifactFacts))]
[JsonSerializable(typeof(ArtifactDifference))]
[JsonSerializable(typeof(VerifyResult))]
internal sealed partial class ReportJson : JsonSerializerContext
{
    /// <summary>Quotation marks and signs are written as they are: no report becomes a part of a web page's script.</summary>
    public static ReportJson Readable =>
        new(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Writes an object and a line end to the standard output.</summary>
    public static void Write<T>(T report, JsonTypeInfo<T> type)
    {
        using var output = Console.OpenStandardOutput();
        JsonSerializer.Serialize(output, report, type);
        output.WriteByte((byte)'\n');
    }
}
