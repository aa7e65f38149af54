using System.Globalization;
using Compose.Benchmarks.Measuring;
using Compose.Formats.Verity;

namespace Compose.Benchmarks.Inner;

/// <summary>How fast <c>openssl speed</c> hashes pieces as long as a block with its salt, in bytes a second.</summary>
/// <param name="One">By one process.</param>
/// <param name="All">By as many processes as there are processors, together.</param>
internal sealed record OpenSslSpeed(double One, double All)
{
    /// <summary>Asks openssl, for two seconds each.</summary>
    /// <exception cref="BenchmarkException">It is missing, or it does not say.</exception>
    public static async Task<OpenSslSpeed> MeasureAsync(CancellationToken cancellationToken) => new(
        await MeasureAsync([], cancellationToken).ConfigureAwait(false),
        await MeasureAsync(["-multi", Number(Environment.ProcessorCount)], cancellationToken).ConfigureAwait(false));

    private static async Task<double> MeasureAsync(string[] processes, CancellationToken cancellationToken)
    {
        // Options that follow -multi would be taken for it.
        var bytes = Number(Hashing.SaltBytes + VerityParameters.BlockSize);
        var command = new Invocation("openssl", ["speed", "-mr", "-evp", "sha256", "-bytes", bytes, "-seconds", "2", .. processes]);
        var (text, _) = await ChildProcess.RunAsync(command, null, cancellationToken).ConfigureAwait(false);

        // The sum of all processes is the line that begins with it: "+F:25:sha256:1734201600.00".
        var fields = text.Split('\n').LastOrDefault(line => line.StartsWith("+F:", StringComparison.Ordinal))?.Trim().Split(':');
        return fields is [_, _, _, var speed] && double.TryParse(speed, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new BenchmarkException($"'{command.Show()}' does not say how fast it was:\n{text}");
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
