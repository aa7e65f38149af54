using System.Globalization;

namespace Compose.Benchmarks.Trees;

/// <summary>A folder to pack.</summary>
/// <param name="Name">Its name in reports.</param>
/// <param name="Directory">Where it is.</param>
/// <param name="Files">How many regular files it holds.</param>
/// <param name="Bytes">The sum of their sizes.</param>
internal sealed record BenchmarkTree(string Name, string Directory, int Files, long Bytes)
{
    private static readonly NumberFormatInfo s_grouped = new() { NumberGroupSeparator = " " };

    /// <summary>What the tree is, for reports: <c>1 086 files, 412.6 MB</c>.</summary>
    public string Description =>
        $"{Files.ToString("N0", s_grouped)} {(Files == 1 ? "file" : "files")}, {(Bytes / 1e6).ToString("N1", s_grouped)} MB";

    /// <summary>Counts what is in a folder.</summary>
    public static BenchmarkTree Measure(string name, string directory)
    {
        var files = 0;
        var bytes = 0L;
        foreach (var file in RegularFiles(directory))
        {
            files++;
            bytes += file.Length;
        }

        return new BenchmarkTree(name, directory, files, bytes);
    }

    /// <summary>Reads every byte, so that all tools find the tree in the page cache.</summary>
    public void WarmUp(CancellationToken cancellationToken)
    {
        var buffer = new byte[1024 * 1024];
        foreach (var file in RegularFiles(Directory))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var handle = File.OpenHandle(file.FullName, options: FileOptions.SequentialScan);
            for (long offset = 0, read; (read = RandomAccess.Read(handle, buffer, offset)) > 0;)
            {
                offset += read;
            }
        }
    }

    private static IEnumerable<FileInfo> RegularFiles(string directory) =>
        new DirectoryInfo(directory)
            .EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint });
}
