namespace Compose.SquashFs.Tests.Samples;

/// <summary>A content whose stream is not what its length promises.</summary>
internal sealed class FaultyContent(long length, Func<Stream> open) : FileContent
{
    public override long Length { get; } = length;

    public override Stream OpenRead() => open();

    /// <summary>Listed with a length, and having another.</summary>
    public static FaultyContent WithOtherLength(long listed, int actual) =>
        new(listed, () => new MemoryStream(SampleContents.Noise(actual, 1), writable: false));

    /// <summary>Cannot be opened.</summary>
    public static FaultyContent Unreadable(long length) => new(length, () => throw new IOException("The disk is on fire."));
}
