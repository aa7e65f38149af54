using System.Globalization;
using System.Text.Json;
using Compose.SquashFs;

namespace Compose.Tool.Pack;

/// <summary>Tells what was packed: to a program as JSON, to a person in two lines. The fields are in sdk/docs/pack.md.</summary>
internal static class PackReport
{
    /// <summary>Writes one JSON object and a line end.</summary>
    public static void WriteJson(PackResult result, Stream output)
    {
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("input", result.Request.Input);
            json.WriteString("output", result.Request.Output);
            WriteOptions(json, result.Options);
            WriteCounts(json, result);
            json.WriteStartObject("bytes");
            json.WriteNumber("source", result.Summary.SourceBytes);
            json.WriteNumber("image", result.Summary.Bytes);
            json.WriteEndObject();
            WriteRatio(json, result.Summary);
            WriteSeconds(json, result);
            json.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
        output.Flush();
    }

    /// <summary>Two lines for a person.</summary>
    public static string Describe(PackResult result)
    {
        var summary = result.Summary;
        var seconds = result.Total.TotalSeconds;
        var share = summary.SourceBytes == 0
            ? string.Empty
            : $", {Format(100.0 * summary.Bytes / summary.SourceBytes, "0.0")} % of {Megabytes(summary.SourceBytes)}";
        return $"""
            {result.Request.Output}: {Megabytes(summary.Bytes)}{share}
            {Count(result.Entries.Files, "file")}, {Count(summary.DuplicateFiles, "duplicate")}, {Count(summary.CachedBlocks, "block")} from the cache, {Format(seconds, "0.00")} s, {Megabytes((long)(summary.SourceBytes / seconds))}/s
            """;
    }

    private static void WriteOptions(Utf8JsonWriter json, SquashFsOptions options)
    {
        json.WriteStartObject("options");
        json.WriteString("compression", options.Compression.Name);
        if (LevelOf(options.Compression) is { } level)
        {
            json.WriteNumber("level", level);
        }

        json.WriteNumber("blockSize", options.BlockSize);
        json.WriteNumber("threads", options.Threads);
        json.WriteNumber("time", options.ModificationTime);
        json.WriteEndObject();
    }

    private static void WriteCounts(Utf8JsonWriter json, PackResult result)
    {
        json.WriteStartObject("counts");
        json.WriteNumber("files", result.Entries.Files);
        json.WriteNumber("directories", result.Entries.Directories);
        json.WriteNumber("symlinks", result.Entries.Symlinks);
        json.WriteNumber("special", result.Entries.Special);
        json.WriteNumber("inodes", result.Summary.Inodes);
        json.WriteNumber("blocks", result.Summary.Blocks);
        json.WriteNumber("sparseBlocks", result.Summary.SparseBlocks);
        json.WriteNumber("fragments", result.Summary.Fragments);
        json.WriteNumber("duplicateFiles", result.Summary.DuplicateFiles);
        json.WriteNumber("duplicateTails", result.Summary.DuplicateTails);
        json.WriteNumber("cachedBlocks", result.Summary.CachedBlocks);
        json.WriteEndObject();
    }

    private static void WriteRatio(Utf8JsonWriter json, SquashFsSummary summary)
    {
        if (summary.SourceBytes == 0)
        {
            json.WriteNull("ratio");
        }
        else
        {
            json.WriteNumber("ratio", Math.Round((double)summary.Bytes / summary.SourceBytes, 4));
        }
    }

    private static void WriteSeconds(Utf8JsonWriter json, PackResult result)
    {
        json.WriteStartObject("seconds");
        var timings = result.Summary.Timings;
        WriteTime(json, "input", result.Reading);
        WriteTime(json, "planning", timings.Planning);
        WriteTime(json, "data", timings.Data);
        WriteTime(json, "metadata", timings.Metadata);
        WriteTime(json, "total", result.Total);
        json.WriteStartObject("ofThreads");
        WriteTime(json, "reading", timings.Reading);
        WriteTime(json, "hashing", timings.Hashing);
        WriteTime(json, "compressing", timings.Compressing);
        WriteTime(json, "writing", timings.Writing);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, string name, TimeSpan time) =>
        json.WriteNumber(name, Math.Round(time.TotalSeconds, 3));

    private static int? LevelOf(SquashFsCompression compression) => compression switch
    {
        ZstdCompression zstd => zstd.Level,
        GzipCompression gzip => gzip.Level,
        XzCompression xz => xz.Level,
        Lz4Compression lz4 => lz4.Level,
        _ => null,
    };

    private static string Count(long count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";

    private static string Megabytes(long bytes) => $"{Format(bytes / 1e6, "0.0")} MB";

    private static string Format(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
