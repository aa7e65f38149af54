using System.Security.Cryptography;
using System.Text;
using Compose.FileTrees;
using Compose.FileTrees.HostFiles;
using Microsoft.Win32.SafeHandles;

namespace Compose.Images.Descriptions;

/// <summary>Writes and reads <c>SHA256SUMS</c> as sha256sum(1) does.</summary>
public static class Checksums
{
    private const int PieceSize = 1024 * 1024;
    private const int DigestLength = 2 * Sha256Digest.Size;

    /// <summary>A file's size and digest. The holes of a disk image are hashed and not read.</summary>
    /// <param name="path">An absolute path; the name alone is in the result.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static DescribedFile Describe(string path, CancellationToken cancellationToken = default)
    {
        using var file = File.OpenHandle(path);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var zeros = new byte[PieceSize];
        var buffer = GC.AllocateUninitializedArray<byte>(PieceSize);
        var length = RandomAccess.GetLength(file);
        for (long offset = 0; offset < length;)
        {
            var data = SparseFile.NextData(file, offset);
            AppendZeros(hash, zeros, data - offset, cancellationToken);
            offset = data < length ? SparseFile.NextHole(file, data) : length;
            AppendData(hash, file, data, offset, buffer, cancellationToken);
        }

        return new DescribedFile(Path.GetFileName(path), length, new Sha256Digest(hash.GetHashAndReset()));
    }

    /// <summary>The list of files, sorted by name.</summary>
    public static string Create(IEnumerable<DescribedFile> files) =>
        Create(files.Select(file => KeyValuePair.Create(file.Name, file.Sha256)));

    /// <inheritdoc cref="Create(IEnumerable{DescribedFile})"/>
    public static string Create(IEnumerable<KeyValuePair<string, Sha256Digest>> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var sums = new StringBuilder();
        foreach (var (name, digest) in files.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            sums.Append(digest).Append("  ").Append(name).Append('\n');
        }

        return sums.ToString();
    }

    /// <summary>Reads a list of files that are all in its own folder; text and binary mode are the same.</summary>
    /// <returns>The digests by name; when a name comes twice, the last one.</returns>
    /// <exception cref="FormatException">A line is none of such a list; the message has its number.</exception>
    public static IReadOnlyDictionary<string, Sha256Digest> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var digests = new Dictionary<string, Sha256Digest>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            if (line.IsEmpty)
            {
                continue;
            }

            // Names with a backslash or a line end would be escaped; nothing that is published has such a name.
            if (line.Length <= DigestLength + 2 || line[DigestLength] != ' ' || line[DigestLength + 1] is not (' ' or '*')
                || line[(DigestLength + 2)..].ContainsAny('/', '\\') || !Sha256Digest.TryParse(line[..DigestLength].ToString(), out var digest))
            {
                throw new FormatException($"Line {number} is not a SHA-256 and the name of a file beside the list.");
            }

            digests[line[(DigestLength + 2)..].ToString()] = digest;
        }

        return digests;
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
