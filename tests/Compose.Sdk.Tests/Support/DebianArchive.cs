using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Compose.Sdk.Tests.Support;

/// <summary>
/// A small Debian archive in a folder, made once in a test run with Debian's own tools: dpkg-deb, dpkg-scanpackages, xz and
/// gpg. It holds a base system that is just enough to compose, and two programs.
/// </summary>
public sealed class DebianArchive : IDisposable
{
    /// <summary>The kernel's release in the archive.</summary>
    public const string KernelRelease = "6.1.0-tiny";

    private const string BootStub = "usr/lib/systemd/boot/efi/linuxx64.efi.stub";
    private const string Suite = "testing";
    private const string SecuritySuite = "testing-security";

    private readonly string _directory = Directory.CreateTempSubdirectory("compose-archive-").FullName;

    public DebianArchive()
    {
        AddPackage("tiny-base", "", ("usr/bin/sh", "#!/usr/lib/systemd/systemd\n"), ("usr/lib/tiny/base.txt", "base\n"), ("etc/tiny.conf", "tiny = yes\n"));
        AddPackage("systemd", "tiny-base", ("usr/lib/systemd/systemd", "#!/bin/true\n"), ("usr/lib/systemd/system/multi-user.target", "[Unit]\n"));
        AddBootStub("linux-image-tiny", $"boot/vmlinuz-{KernelRelease}");
        AddPackage("linux-image-tiny", "", ($"usr/lib/modules/{KernelRelease}/modules.builtin", ""));
        AddBootStub("systemd-boot-efi", BootStub);
        AddPackage("systemd-boot-efi", "");
        AddPackage(
            "hello",
            "tiny-base (>= 1.0)",
            ("usr/bin/hello", "#!/bin/sh\necho hello\n"),
            ("usr/lib/systemd/system/hello.service", "[Service]\nExecStart=/usr/bin/hello\n"),
            ("etc/hello.conf", "greeting = hello\n"),
            ("usr/share/doc/hello/copyright", "free\n"),
            ("DEBIAN/postinst", "#!/bin/sh\nexit 0\n"));
        AddPackage("greeter", "hello", ("usr/bin/greeter", "#!/bin/sh\nexec hello\n"));
        MakeKey();
        Publish(Root, Suite, "pool");
    }

    /// <summary>The mirror's address.</summary>
    public string Mirror => new Uri(Root + "/").AbsoluteUri;

    /// <summary>The key that signs it, a file.</summary>
    public string Key => Path.Combine(_directory, "archive.asc");

    /// <summary>The mirror's folder.</summary>
    public string Root => Path.Combine(_directory, "debian");

    /// <summary>Copies the mirror into a new folder, and gives the folder a security suite beside its own.</summary>
    /// <param name="root">The folder.</param>
    /// <param name="updates">Whether the security suite has a newer package hello, 1.0+deb1u1.</param>
    public void CopyWithSecurity(string root, bool updates)
    {
        CommandLine.RunChecked("cp", ["--archive", Root, root], _directory);
        PublishSecurity(root, updates);
    }

    /// <summary>Makes the security suite of a copy anew.</summary>
    public void PublishSecurity(string root, bool updates)
    {
        Directory.CreateDirectory(Path.Combine(root, "pool-security"));
        if (updates)
        {
            var tree = Path.Combine(_directory, "trees", "hello");
            var update = Path.Combine(_directory, "trees", $"hello-update-{Guid.NewGuid():N}");
            CommandLine.RunChecked("cp", ["--archive", tree, update], _directory);
            var control = Path.Combine(update, "DEBIAN", "control");
            File.WriteAllText(control, File.ReadAllText(control).Replace("Version: 1.0\n", "Version: 1.0+deb1u1\n", StringComparison.Ordinal));
            CommandLine.RunChecked(
                "dpkg-deb", ["--root-owner-group", "--build", update, Path.Combine(root, "pool-security", "hello_1.0+deb1u1_amd64.deb")], _directory);
        }

        Publish(root, SecuritySuite, "pool-security");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CommandLine.Run("gpgconf", ["--homedir", KeyRing, "--kill", "all"], _directory);
        Directory.Delete(_directory, recursive: true);
    }

    private string KeyRing => Path.Combine(_directory, "gnupg");

    private void AddPackage(string name, string depends, params (string Path, string Text)[] files)
    {
        var tree = Path.Combine(_directory, "trees", name);
        var control = $"Package: {name}\nVersion: 1.0\nArchitecture: amd64\nMaintainer: Nobody <nobody@localhost>\nDescription: {name}\n"
            + (depends.Length == 0 ? "" : $"Depends: {depends}\n");
        foreach (var (path, text) in files.Append(("DEBIAN/control", control)))
        {
            var file = Path.Combine(tree, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
            if (path.Contains("/bin/", StringComparison.Ordinal) || path.EndsWith("inst", StringComparison.Ordinal) || path.EndsWith("/systemd", StringComparison.Ordinal))
            {
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                    | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
            }
        }

        Directory.CreateDirectory(Path.Combine(Root, "pool"));
        CommandLine.RunChecked("dpkg-deb", ["--root-owner-group", "--build", tree, Path.Combine(Root, "pool", $"{name}_1.0_amd64.deb")], _directory);
    }

    /// <summary>Puts a real EFI program into a package: an image is assembled of the stub and of a kernel, which is one too.</summary>
    private void AddBootStub(string package, string path)
    {
        Assert.True(File.Exists("/" + BootStub), $"The tests need /{BootStub}, which Debian has in systemd-boot-efi.");
        var file = Path.Combine(_directory, "trees", package, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.Copy("/" + BootStub, file);
    }

    private void Publish(string root, string suite, string pool)
    {
        var directory = Path.Combine(root, "dists", suite, "main", "binary-amd64");
        Directory.CreateDirectory(directory);
        var packages = CommandLine.RunChecked("dpkg-scanpackages", ["--multiversion", pool], root);

        // What it says beside the index itself comes on the same stream here.
        var index = string.Join('\n', packages.Split('\n').Where(line => !line.StartsWith("dpkg-scanpackages:", StringComparison.Ordinal)));
        File.WriteAllText(Path.Combine(directory, "Packages"), index);
        CommandLine.RunChecked("xz", ["--keep", "--force", "Packages"], directory);
        Sign(root, suite, directory);
    }

    private string[] Gpg => ["--homedir", KeyRing, "--batch", "--yes", "--passphrase", ""];

    private void MakeKey()
    {
        Directory.CreateDirectory(KeyRing, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        CommandLine.RunChecked("gpg", [.. Gpg, "--quick-generate-key", "Test archive <archive@localhost>", "ed25519", "sign", "never"], _directory);
        CommandLine.RunChecked("gpg", [.. Gpg, "--armor", "--output", Key, "--export"], _directory);
    }

    private void Sign(string root, string suite, string binaryDirectory)
    {
        var release = new StringBuilder();
        var now = DateTime.UtcNow;
        release.Append(CultureInfo.InvariantCulture, $"Origin: Test\nSuite: {suite}\nCodename: {suite}\nDate: {now:R}\nValid-Until: {now.AddDays(7):R}\n");
        release.Append("Architectures: amd64\nComponents: main\nSHA256:\n");
        foreach (var name in (string[])["Packages", "Packages.xz"])
        {
            var bytes = File.ReadAllBytes(Path.Combine(binaryDirectory, name));
            release.Append(CultureInfo.InvariantCulture, $" {Convert.ToHexStringLower(SHA256.HashData(bytes))} {bytes.Length} main/binary-amd64/{name}\n");
        }

        var folder = Path.Combine(root, "dists", suite);
        File.WriteAllText(Path.Combine(folder, "Release"), release.ToString().Replace(" GMT", " UTC", StringComparison.Ordinal));
        CommandLine.RunChecked("gpg", [.. Gpg, "--clearsign", "--output", Path.Combine(folder, "InRelease"), Path.Combine(folder, "Release")], _directory);
    }
}
