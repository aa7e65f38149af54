using System.Buffers;
using Compose.FileTrees;

namespace Compose.Formats;

/// <summary>Copies a file's bytes into a format that has already promised their number.</summary>
internal static class FileContentCopy
{
    private const int BufferSize = 256 * 1024;

    /// <summary>Writes exactly <see cref="FileContent.Length"/> bytes.</summary>
    /// <exception cref="IOException">The content has fewer or more bytes than its length.</exception>
    public static void CopyTo(this FileContent content, Stream output, CancellationToken cancellationToken)
    {
        if (content is BytesContent bytes)
        {
            output.Write(bytes.Bytes.Span);
            return;
        }

        using var input = content.OpenRead();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            var rest = content.Length;
            for (int read; (read = input.Read(buffer)) > 0; rest -= read)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (read > rest)
                {
                    throw new IOException($"A file has more than the {content.Length} bytes that were promised.");
                }

                output.Write(buffer, 0, read);
            }

            if (rest > 0)
            {
                throw new IOException($"A file has {content.Length - rest} bytes, and {content.Length} were promised.");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
