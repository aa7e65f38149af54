using System.Security.Cryptography;
using System.Text;
using Compose.FileTrees.HostFiles;
using Microsoft.Win32.SafeHandles;

namespace Compose.Images.Disks;

/// <summary>Writes <c>SHA256SUMS</c> as sha256sum(1) reads it.</summary>
public static class Checksums
{
    private const int PieceSize = 1024 * 1024;

    /// <summary>The sums of files, sorted by name. The holes of a disk image are hashed and not read.</summary>
    /// <param name="paths">Absolute paths; the names alone are in the result.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static string Create(IEnumerable<string> paths, CancellationToken cancellationToken = default)
    {
        var sums = new StringBuilder();
        var zeros = new byte[PieceSize];
        var buffer = GC.AllocateUninitializedArray<byte>(PieceSize);
        foreach (var path in paths.OrderBy(Path.GetFileName, StringComparer.Ordinal))
        {
            using var file = File.OpenHandle(path);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var length = RandomAccess.GetLength(file);
            for (long offset = 0; offset < length;)
            {
                var data = SparseFile.NextData(file, offset);
                AppendZeros(hash, zeros, data - offset, cancellationToken);
                offset = data < length ? SparseFile.NextHole(file, data) : length;
                AppendData(hash, file, data, offset, buffer, cancellationToken);
            }

            sums.Append(Convert.ToHexStringLower(hash.GetHashAndReset())).Append("  ").Append(Path.GetFileName(path)).Append('\n');
        }

        return sums.ToString();
    }

    private static void AppendZeros(IncrementalHash hash, byte[] zeros, long count, CancellationToken cancellationToken)
    {
        for (; count > 0; count -= zeros.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hash.AppendData(zeros, 0, (int)Math.Min(count, zeros.Length));
        }
    }

    private static void AppendData(
        IncrementalHash hash, SafeFileHandle file, long offset, long end, byte[] buffer, CancellationToken cancellationToken)
    {
        while (offset < end)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(end - offset, buffer.Length)), offset);
            if (read == 0)
            {
                throw new EndOfStreamException("A file became shorter while it was hashed.");
            }

            hash.AppendData(buffer, 0, read);
            offset += read;
        }
    }
}
