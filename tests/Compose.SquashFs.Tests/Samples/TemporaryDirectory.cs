using Compose.SquashFs.Tests.Oracles;

namespace Compose.SquashFs.Tests.Samples;

/// <summary>A folder that goes away with the test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("compose-squashfs-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes an image of the tree.</summary>
    /// <returns>The image's path and what was said of it.</returns>
    public (string Image, SquashFsSummary Summary) Pack(FileTree tree, SquashFsOptions? options = null, string name = "image.squashfs")
    {
        var image = File(name);
        return (image, SquashFsWriter.WriteFile(tree, image, options, cancellationToken: TestContext.Current.CancellationToken));
    }

    // Not by .NET, which cannot delete files whose names are not UTF-8.
    public void Dispose() => Tool.Run("rm", "-rf", Path);
}
