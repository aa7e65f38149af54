using Compose.Packages.Locking;
using Compose.Packages.Releases;
using Compose.Packages.Resolution;

namespace Compose.Benchmarks.Trees;

/// <summary>The packages that a tree is made of. The lock file beside this one pins them and all that they depend on.</summary>
/// <param name="Name">The tree's name, and the lock file's.</param>
/// <param name="Packages">The packages that are asked for.</param>
/// <param name="Without">The tree whose packages are left out; null for none.</param>
internal sealed record PackageList(string Name, IReadOnlyList<string> Packages, PackageList? Without = null)
{
    /// <summary>
    /// Many small files of all kinds: programs and libraries, headers, interpreters with their modules, sources,
    /// translations, icons, fonts, documentation.
    /// </summary>
    public static readonly PackageList Usr = new("usr",
    [
        "base-files", "bash", "ca-certificates", "coreutils", "curl", "e2fsprogs", "iproute2", "kmod", "less", "passwd",
        "procps", "systemd", "udev", "util-linux",
        "gcc", "git", "golang-1.24-go", "libboost1.83-dev", "linux-headers-amd64", "make",
        "perl", "python3", "python3-django", "ruby",
        "adwaita-icon-theme", "fonts-noto-core", "iso-codes", "tzdata", "vim",
    ]);

    /// <summary>The extensions of recipes/docker and recipes/containerd: few files, most of the bytes in large programs.</summary>
    public static readonly PackageList Docker = new("docker",
        ["containerd", "docker-buildx", "docker-cli", "docker-compose", "docker.io"], Usr);

    /// <summary>The repository that all are taken from.</summary>
    public static readonly DebianRepository Repository = new("trixie", ["main"], "amd64");

    /// <summary>The path of the lock file, which is committed.</summary>
    public string LockFile(Folders folders) => Path.Combine(folders.Project, "Trees", $"{Name}.lock.json");

    /// <summary>What the restorer is asked for.</summary>
    public PackageGroup Group(Folders folders) => new()
    {
        Name = Name,
        Requests = [.. Packages.Select(name => new PackageRequest(name))],
        References = Without is null ? [] : [new LockReference(Without.LockFile(folders), Without.Name)],
    };
}
