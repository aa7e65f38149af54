using System.Text;

namespace Compose.Machines;

/// <summary>
/// The log of a machine's serial console. QEMU writes it; it is deleted with the machine unless something failed.
/// </summary>
public sealed class ConsoleLog
{
    private const int TailBytes = 16 * 1024;
    private const int TailLines = 40;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    internal ConsoleLog(string path, bool kept)
    {
        Path = path;
        IsKept = kept;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Whether the file stays when the machine is disposed of.</summary>
    public bool IsKept { get; private set; }

    /// <summary>Keeps the file, for example because a test failed.</summary>
    public void Keep() => IsKept = true;

    /// <summary>What the guest wrote so far, of at most the last 16 KiB and 40 lines, without control characters.</summary>
    public IReadOnlyList<string> ReadTail()
    {
        using var file = Open();
        file.Position = Math.Max(0, file.Length - TailBytes);
        var bytes = new byte[TailBytes];
        var count = file.ReadAtLeast(bytes, TailBytes, throwOnEndOfStream: false);
        return ConsoleText.Lines(bytes.AsSpan(0, count)).TakeLast(TailLines).ToArray();
    }

    /// <summary>Waits until the guest has written a text, now or earlier.</summary>
    /// <param name="text">One of the texts that are waited for; ASCII.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal async Task WaitForTextAsync(string text, CancellationToken cancellationToken)
    {
        var wanted = Encoding.ASCII.GetBytes(text);
        var buffer = new byte[64 * 1024];
        var kept = 0;
        using var file = Open();
        while (true)
        {
            var count = await file.ReadAsync(buffer.AsMemory(kept), cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                await Task.Delay(Interval, cancellationToken).ConfigureAwait(false);
                continue;
            }

            var filled = buffer.AsMemory(0, kept + count);
            if (filled.Span.IndexOf(wanted) >= 0)
            {
                return;
            }

            // The text may lie across two reads.
            kept = Math.Min(filled.Length, wanted.Length - 1);
            filled[^kept..].CopyTo(buffer);
        }
    }

    internal void DeleteUnlessKept()
    {
        if (!IsKept)
        {
            File.Delete(Path);
        }
    }

    private FileStream Open() => new(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
}
