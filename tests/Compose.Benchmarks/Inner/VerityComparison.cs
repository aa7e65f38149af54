using System.Globalization;
using System.Text;
using BenchmarkDotNet.Reports;
using Compose.Formats.Verity;

namespace Compose.Benchmarks.Inner;

/// <summary>Sets verity beside openssl, which is measured in the same run: a table as Markdown.</summary>
internal static class VerityComparison
{
    private const double Target = 0.8;

    /// <summary>Writes the table.</summary>
    /// <param name="summary">The measured loops.</param>
    /// <param name="openSsl">Measured before and after them; empty when verity was not measured.</param>
    public static string Write(Summary summary, OpenSslSpeed[] openSsl)
    {
        if (openSsl.Length == 0)
        {
            return string.Empty;
        }

        var one = openSsl.Average(speed => speed.One);
        var times = Environment.ProcessorCount;
        var text = new StringBuilder();
        Line(text, $"");
        Line(text, $"## Verity beside openssl");
        Line(text, $"");
        Line(text, $"`openssl speed -evp sha256 -bytes {Hashing.SaltBytes + VerityParameters.BlockSize}`, before and after the loops. Verity by the median, the bytes being those that it hashes: each block of data and of the tree, with the salt. The target is {Target:0.00} of {times} times one openssl.");
        Line(text, $"");
        Line(text, $"| what hashes | GB/s | of {times} times one openssl |");
        Line(text, $"|---|---|---|");
        Row(text, "openssl, 1 process", one, one * times);
        Row(text, string.Create(CultureInfo.InvariantCulture, $"openssl, {times} processes"), openSsl.Average(speed => speed.All), one * times);
        foreach (var report in summary.Reports.Where(report => report.BenchmarkCase.Descriptor.WorkloadMethod.Name == nameof(Hashing.VerityOfImage)))
        {
            var seconds = (report.ResultStatistics?.Median ?? double.NaN) / 1e9;
            Row(text, string.Create(CultureInfo.InvariantCulture, $"verity, {times} threads, writes of {report.BenchmarkCase.Parameters["writeBytes"]} bytes"), HashedBytes() / seconds, one * times);
        }

        return text.ToString();
    }

    private static long HashedBytes()
    {
        const int DigestsPerBlock = VerityParameters.BlockSize / Sha256Digest.Size;

        var all = 0L;
        for (var blocks = (long)Hashing.ImageBytes / VerityParameters.BlockSize; ; blocks = (blocks + DigestsPerBlock - 1) / DigestsPerBlock)
        {
            all += blocks;
            if (blocks == 1)
            {
                return all * (Hashing.SaltBytes + VerityParameters.BlockSize);
            }
        }
    }

    private static void Row(StringBuilder text, string name, double speed, double whole) =>
        Line(text, $"| {name} | {speed / 1e9:0.00} | {speed / whole:0.00} |");

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
