using System.Globalization;
using System.Text.Json;
using Compose.FileTrees.Storage.Maintenance;
using Spectre.Console;

namespace Compose.Tool.Cache;

/// <summary>Shows what the cache commands found: a table to a person, JSON to a program. The fields are in sdk/docs/cache.md.</summary>
internal static class CacheReport
{
    /// <summary>Shows how much there is.</summary>
    public static void Show(string directory, IReadOnlyList<StoredKindSummary> kinds, bool json)
    {
        if (json)
        {
            JsonOutput.Write(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("directory", directory);
                writer.WriteNumber("files", kinds.Sum(kind => kind.Files));
                writer.WriteNumber("bytes", kinds.Sum(kind => kind.Bytes));
                writer.WriteStartObject("kinds");
                foreach (var kind in kinds)
                {
                    writer.WriteStartObject(Word(kind.Kind));
                    writer.WriteNumber("files", kind.Files);
                    writer.WriteNumber("bytes", kind.Bytes);
                    WriteTime(writer, "oldestUse", kind.OldestUse);
                    WriteTime(writer, "latestUse", kind.LatestUse);
                    writer.WriteEndObject();
                }

                writer.WriteEndObject();
                writer.WriteEndObject();
            });
            return;
        }

        var table = new Table { Border = TableBorder.Simple }
            .AddColumns(new TableColumn("kind"), Right("files"), Right("size"), Right("not used since"), Right("last used"));
        foreach (var kind in kinds)
        {
            table.AddRow(Word(kind.Kind), Number(kind.Files), Megabytes(kind.Bytes), Day(kind.OldestUse), Day(kind.LatestUse));
        }

        table.AddRow("together", Number(kinds.Sum(kind => kind.Files)), Megabytes(kinds.Sum(kind => kind.Bytes)), Day(kinds.Min(kind => kind.OldestUse)), Day(kinds.Max(kind => kind.LatestUse)));
        Console.WriteLine(directory);
        AnsiConsole.Write(table);
    }

    /// <summary>Shows what was taken out.</summary>
    public static void Show(PruneResult result, bool isDryRun, bool json)
    {
        var kinds = StoreInventory.Summarize(result.Removed);
        var bytes = result.Removed.Sum(file => file.Size);
        if (json)
        {
            JsonOutput.Write(writer =>
            {
                writer.WriteStartObject();
                writer.WriteBoolean("dryRun", isDryRun);
                WriteAmount(writer, "removed", result.Removed.Count, bytes);
                WriteAmount(writer, "kept", result.KeptFiles, result.KeptBytes);
                writer.WriteNumber("sparedBytes", result.SparedBytes);
                writer.WriteStartObject("removedBytes");
                foreach (var kind in kinds)
                {
                    writer.WriteNumber(Word(kind.Kind), kind.Bytes);
                }

                writer.WriteEndObject();
                writer.WriteEndObject();
            });
            return;
        }

        var parts = kinds.Where(kind => kind.Files > 0).Select(kind => $"{Word(kind.Kind)} {Megabytes(kind.Bytes)}").ToArray();
        Console.WriteLine($"{(isDryRun ? "Would take out" : "Took out")} {Number(result.Removed.Count)} files, {Megabytes(bytes)}{(parts.Length == 0 ? "" : $" ({string.Join(", ", parts)})")}. {Megabytes(result.KeptBytes)} {(isDryRun ? "would stay" : "stay")}.");
        if (result.SparedBytes > 0)
        {
            Console.WriteLine($"{Megabytes(result.SparedBytes)} of them were used in the last two hours; --include-recent takes these out too.");
        }
    }

    /// <summary>Shows what was damaged.</summary>
    public static void Show(StoreVerificationResult result, bool json)
    {
        if (json)
        {
            JsonOutput.Write(writer =>
            {
                writer.WriteStartObject();
                writer.WriteNumber("files", result.Files);
                writer.WriteNumber("bytes", result.Bytes);
                writer.WriteStartArray("damaged");
                foreach (var file in result.Damaged)
                {
                    writer.WriteStartObject();
                    writer.WriteString("kind", Word(file.File.Kind));
                    writer.WriteString("file", file.File.Name);
                    writer.WriteNumber("bytes", file.File.Size);
                    writer.WriteString("download", file.DownloadName);
                    writer.WriteEndObject();
                }

                writer.WriteEndArray();
                writer.WriteEndObject();
            });
            return;
        }

        foreach (var file in result.Damaged)
        {
            Console.WriteLine($"Damaged, and taken out: {file.File.Name}{(file.DownloadName is { } name ? $" ({name})" : "")}");
        }

        Console.WriteLine($"{Number(result.Files)} files, {Megabytes(result.Bytes)}: {(result.Damaged.Count == 0 ? "all are as they should be" : $"{Number(result.Damaged.Count)} were damaged; the next restore has them anew")}.");
    }

    private static string Word(StoredKind kind) => kind switch
    {
        StoredKind.Download => "downloads",
        StoredKind.Unpacked => "unpacked",
        StoredKind.Blocks => "blocks",
        _ => "records",
    };

    private static TableColumn Right(string header) => new TableColumn(header).RightAligned();

    private static void WriteAmount(Utf8JsonWriter writer, string name, int files, long bytes)
    {
        writer.WriteStartObject(name);
        writer.WriteNumber("files", files);
        writer.WriteNumber("bytes", bytes);
        writer.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter writer, string name, DateTime? time)
    {
        if (time is { } value)
        {
            writer.WriteString(name, value.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static string Day(DateTime? time) => time?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "";

    private static string Number(int count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Megabytes(long bytes) => $"{(bytes / 1e6).ToString("0.0", CultureInfo.InvariantCulture)} MB";
}
