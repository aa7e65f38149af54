using Compose.SquashFs.Tests.Samples;

namespace Compose.SquashFs.Tests.Oracles;

/// <summary>
/// Reads images through the kernel, where this process may mount: that needs root and loop devices. Whether it may is found
/// out with an image of mksquashfs, so that an image of ours that does not mount is a failure. Where it may not, the same
/// image goes through rdsquashfs; the boot tests prove the kernel's reading on every machine.
/// </summary>
internal static class KernelMount
{
    public static void Use(string image, TemporaryDirectory directory, Action<string> use)
    {
        if (!Environment.IsPrivilegedProcess || !CanMount(directory))
        {
            TestContext.Current.TestOutputHelper?.WriteLine("This process may not mount: rdsquashfs read the image instead of the kernel.");
            var extracted = Directory.CreateDirectory(directory.File("unpacked")).FullName;
            Assert.NotEmpty(Tool.Run("rdsquashfs", "--describe", image));
            Tool.Run("rdsquashfs", "--unpack-path", "/", "--unpack-root", extracted, "--no-dev", "--quiet", image);
            return;
        }

        var mounted = Directory.CreateDirectory(directory.File("mounted")).FullName;
        Mount(image, mounted, () => use(mounted));
    }

    /// <summary>Mounts an image for a while.</summary>
    public static void Mount(string image, string mountPoint, Action use)
    {
        Tool.Run("mount", "-t", "squashfs", "-o", "loop,ro", image, mountPoint);
        try
        {
            use();
        }
        finally
        {
            Tool.Run("umount", mountPoint);
        }
    }

    /// <summary>Whether this process may mount images.</summary>
    public static bool CanMount(TemporaryDirectory directory)
    {
        var empty = Directory.CreateDirectory(directory.File("empty")).FullName;
        var mounted = Directory.CreateDirectory(directory.File("reference-mounted")).FullName;
        var reference = directory.File("reference.squashfs");
        Tool.Run("mksquashfs", empty, reference, "-quiet", "-no-progress", "-comp", "zstd");
        if (!Tool.TryRun("mount", "-t", "squashfs", "-o", "loop,ro", reference, mounted))
        {
            return false;
        }

        Tool.Run("umount", mounted);
        return true;
    }
}
