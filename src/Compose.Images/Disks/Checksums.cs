using System.Security.Cryptography;
using System.Text;

namespace Compose.Images.Disks;

/// <summary>Writes <c>SHA256SUMS</c> as sha256sum(1) reads it.</summary>
public static class Checksums
{
    /// <summary>The sums of files, sorted by name.</summary>
    /// <param name="paths">Absolute paths; the names alone are in the result.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static async Task<string> CreateAsync(IEnumerable<string> paths, CancellationToken cancellationToken = default)
    {
        var sums = new StringBuilder();
        foreach (var path in paths.OrderBy(Path.GetFileName, StringComparer.Ordinal))
        {
            await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20, FileOptions.SequentialScan);
            var digest = await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false);
            sums.Append(Convert.ToHexStringLower(digest)).Append("  ").Append(Path.GetFileName(path)).Append('\n');
        }

        return sums.ToString();
    }
}
