namespace Compose.SquashFs.Tests.Oracles;

/// <summary>Asserts that other implementations read an image as the tree it was made from.</summary>
internal static class ImageAssert
{
    private const string TarRoot = "compose-root";

    /// <summary>Asks both squashfs-tools and squashfs-tools-ng.</summary>
    public static void Holds(FileTree tree, string image)
    {
        var expected = ExpectedTree.Of(tree);
        IsReadByUnsquashfs(expected, image);
        IsReadBySquashfsToolsNg(expected, image);
    }

    /// <summary>Asks squashfs-tools, which tells everything but extended attributes.</summary>
    public static void IsReadByUnsquashfs(Observation expected, string image)
    {
        var pseudoFile = image + ".pseudo";
        Tool.Run("unsquashfs", "-no-progress", "-strict-errors", "-pf", pseudoFile, image);
        var actual = PseudoFile.Parse(File.ReadAllBytes(pseudoFile));
        File.Delete(pseudoFile);
        Same(expected, actual, ObservedDetails.None);
    }

    /// <summary>Asks squashfs-tools-ng, which tells everything but sockets.</summary>
    public static void IsReadBySquashfsToolsNg(Observation expected, string image)
    {
        var tar = Tool.Run("sqfs2tar", "--root-becomes", TarRoot, image);
        Same(expected, TarStream.Parse(tar, TarRoot), ObservedDetails.Attributes | ObservedDetails.NoSockets);
    }

    /// <summary>Asserts that a folder of the build host, such as a mounted image, holds the tree.</summary>
    public static void IsDirectory(Observation expected, string directory, ObservedDetails details = ObservedDetails.None)
    {
        var tar = Tool.Run(
            "tar", "-C", directory, "--create", "--format=posix", "--numeric-owner", "--sort=name", "--xattrs", "--xattrs-include=*", ".");
        Same(expected, TarStream.Parse(tar, "."), details | ObservedDetails.Attributes | ObservedDetails.NoSockets | ObservedDetails.NoSpecialLinks);
    }

    private static void Same(Observation expected, Observation actual, ObservedDetails details)
    {
        var expectedLines = expected.ToLines(details);
        var actualLines = actual.ToLines(details);
        if (expectedLines.SequenceEqual(actualLines))
        {
            return;
        }

        var missing = expectedLines.Except(actualLines).Take(10);
        var surplus = actualLines.Except(expectedLines).Take(10);
        Assert.Fail($"The image differs.\nExpected:\n  {string.Join("\n  ", missing)}\nRead:\n  {string.Join("\n  ", surplus)}");
    }
}
