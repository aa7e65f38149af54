using System.Globalization;
using Compose.Benchmarks.Measuring;

namespace Compose.Benchmarks.Packers;

/// <summary>A program that makes an image of a folder.</summary>
/// <param name="Name">Its name in tables.</param>
/// <param name="Version">Its version and its codecs' versions, as far as they can be told.</param>
/// <param name="Program">Its path.</param>
internal abstract record Packer(string Name, string Version, string Program)
{
    /// <summary>The command that packs a folder; null when the tool lacks the codec.</summary>
    public abstract Invocation? Command(PackSettings settings, string tree, string output);

    /// <summary>A number as programs read it.</summary>
    protected static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary><c>compose pack</c>.</summary>
internal sealed record ComposePacker(string Version, string Program) : Packer(PackerName, Version, Program)
{
    /// <summary>The name in tables.</summary>
    public const string PackerName = "compose";

    /// <inheritdoc/>
    public override Invocation Command(PackSettings settings, string tree, string output) =>
        new(Program, [.. CachedCommand(settings, tree, output).Arguments, "--no-cache"]);

    /// <summary>The command that keeps compressed blocks for the next time.</summary>
    public Invocation CachedCommand(PackSettings settings, string tree, string output) =>
        new(Program,
        [
            "pack", tree, "-o", output, "--compression", settings.Codec, .. settings.Level is { } level ? ["--level", Text(level)] : Array.Empty<string>(),
            "--block-size", Text(PackSettings.BlockSize), "--threads", Text(settings.Threads), "--time", "0",
        ]);
}

/// <summary><c>mksquashfs</c> of squashfs-tools.</summary>
internal sealed record MksquashfsPacker(string Name, string Version, string Program) : Packer(Name, Version, Program)
{
    /// <inheritdoc/>
    public override Invocation Command(PackSettings settings, string tree, string output) =>
        new(Program,
        [
            tree, output, .. Codec(settings), "-b", Text(PackSettings.BlockSize), "-processors", Text(settings.Threads),
            "-noappend", "-no-progress", "-quiet", "-all-time", "0", "-mkfs-time", "0",
        ]);

    private static IReadOnlyList<string> Codec(PackSettings settings) => settings switch
    {
        { Codec: "none" } => ["-noI", "-noId", "-noD", "-noF", "-noX"],
        { Codec: "lz4", Level: 12 } => ["-comp", "lz4", "-Xhc"],
        { Codec: "lz4" } => ["-comp", "lz4"],
        { Level: { } level } => ["-comp", settings.Codec, "-Xcompression-level", Text(level)],
        _ => ["-comp", settings.Codec],
    };
}

/// <summary><c>gensquashfs</c> of squashfs-tools-ng.</summary>
internal sealed record GensquashfsPacker(string Version, string Program) : Packer("gensquashfs", Version, Program)
{
    /// <inheritdoc/>
    public override Invocation? Command(PackSettings settings, string tree, string output) =>
        settings.Codec is "none" or "lz4"
            ? null
            : new Invocation(Program,
            [
                "-D", tree, "-c", settings.Codec, .. settings.Level is { } level ? ["-X", $"level={Text(level)}"] : Array.Empty<string>(),
                "-b", Text(PackSettings.BlockSize), "-j", Text(settings.Threads), "-d", "mtime=0", "-f", "-q", output,
            ]);
}

/// <summary><c>mkfs.erofs</c> of erofs-utils: another format, as a point of comparison.</summary>
internal sealed record ErofsPacker(string Version, string Program) : Packer("mkfs.erofs", Version, Program)
{
    /// <inheritdoc/>
    public override Invocation? Command(PackSettings settings, string tree, string output) => settings switch
    {
        { Codec: "lz4", Level: 12 } => new Invocation(Program, "-zlz4hc,12", $"-C{Text(PackSettings.BlockSize)}", "-T0", "--quiet", output, tree),
        _ => null,
    };
}
