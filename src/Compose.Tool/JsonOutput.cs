using System.Text.Encodings.Web;
using System.Text.Json;

namespace Compose.Tool;

/// <summary>Prints one JSON value and a line end on the standard output.</summary>
internal static class JsonOutput
{
    /// <summary>Prints what is written.</summary>
    public static void Write(Action<Utf8JsonWriter> write)
    {
        using var output = Console.OpenStandardOutput();
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            write(json);
        }

        output.WriteByte((byte)'\n');
        output.Flush();
    }
}
