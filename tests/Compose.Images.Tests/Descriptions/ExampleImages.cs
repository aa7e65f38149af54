using System.Security.Cryptography;
using System.Text;
using Compose.FileTrees;
using Compose.Images.Descriptions;
using Compose.Images.Licenses;
using Compose.Packages.Locking;

namespace Compose.Images.Tests.Descriptions;

/// <summary>Images with a few packages, made up for tests of what describes them.</summary>
internal static class ExampleImages
{
    public static Sha256Digest Digest { get; } = new(SHA256.HashData("image"u8));

    /// <summary>An extension.</summary>
    public static ImageDescription Extension { get; } = new()
    {
        Name = "tools",
        Kind = "sysext",
        Version = "1.2",
        Architecture = "x86-64",
        Format = "squashfs",
        Tree = Trees.Of("usr/bin/tool", "usr/bin/link -> tool"),
        File = new DescribedFile("tools.raw", 5, Digest),
        PublishedName = "tools_1.2_x86-64.raw",
        Packages =
        [
            Package("tools", "zlib", "1:1.3.dfsg-1", "Expat", "Zlib"),
            Package("tools", "libb2", "1.0", "odd"),
            Package("tools", "silent", "2"),
        ],
        Inputs =
        [
            new DescribedInput("tools", "nuget", "Some.Tool", "3.1.0", null, Digest.ToString()),
            new DescribedInput("tools", "archive", "https://example.org/a.tar", null, "https://example.org/a.tar", Digest.ToString()),
        ],
        References = ["base", "other"],
        SourceDateEpoch = 1_700_000_000,
    };

    /// <summary>A configuration extension.</summary>
    public static ImageDescription Configuration { get; } = Extension with { Name = "site", Kind = "confext", PublishedName = "site_1.2_x86-64.raw" };

    /// <summary>A disk image of a base, its initrd and two extensions. The package systemd is in the system and in the initrd.</summary>
    public static ImageDescription Disk { get; } = new()
    {
        Name = "os",
        Kind = "image",
        Version = "2.0",
        Architecture = "x86-64",
        Format = "gpt",
        Tree = Trees.Of("bin/systemd", "share/flatcar/sysext/tools.raw", "lib/confexts/site.raw"),
        Prefix = "usr",
        File = new DescribedFile("os_2.0_x86-64.raw", 5, Digest),
        Parts =
        [
            new DescribedPart("tools", "sysext", "1.2", "/usr/share/flatcar/sysext/tools.raw", new DescribedFile("tools.raw", 30, Sha256Digest.Of("tools"u8))),
            new DescribedPart("site", "confext", "1.2", "/usr/lib/confexts/site.raw", new DescribedFile("site.raw", 22, Sha256Digest.Of("site"u8))),
            new DescribedPart("base_initrd", "initrd", "2.0", null, null),
        ],
        Packages =
        [
            Package("tools", "zlib", "1:1.3.dfsg-1", "Expat", "Zlib"),
            Package("base", "systemd", "257~rc1-1", "LGPL-2.1+", "GPL-2+ with Linux-syscall-note exception"),
            Package("base_initrd", "systemd", "257~rc1-1", "LGPL-2.1+", "GPL-2+ with Linux-syscall-note exception"),
            Package("base_initrd", "kmod", "34", "public-domain", "GPL-3+"),
        ],
        Inputs =
        [
            new DescribedInput("site", "archive", "files.tar", null, null, Digest.ToString()),
            new DescribedInput("base", "image", "registry.example/app", "1", "registry.example/app:1", Digest.ToString()),
        ],
        References = ["tools", "site", "base"],
        SourceDateEpoch = 1_700_000_000,
    };

    private static DescribedPackage Package(string owner, string name, string version, params string[] licenses) => new(
        owner,
        new LockedPackage
        {
            Name = name,
            Version = version,
            Architecture = "amd64",
            FileName = $"pool/{name}.deb",
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name))),
            Size = 7,
        },
        "trixie",
        new PackageLicense(licenses, licenses.Length == 0 ? null : $"/usr/share/doc/{name}/copyright"));
}
