// The programs that tests check our formats with, and the Debian packages that bring them.
var testTools = new Dictionary<string, string>
{
    ["qemu-system-x86_64"] = "qemu-system-x86",
    ["qemu-img"] = "qemu-utils",
    ["/usr/share/OVMF/OVMF_CODE_4M.fd"] = "ovmf",
    ["unsquashfs"] = "squashfs-tools",
    ["mksquashfs"] = "squashfs-tools",
    ["rdsquashfs"] = "squashfs-tools-ng",
    ["script"] = "bsdutils",
    ["setpriv"] = "util-linux",
    ["setcap"] = "libcap2-bin",
    ["gcc"] = "gcc",
    ["/usr/include/stdio.h"] = "libc6-dev",
    ["sgdisk"] = "gdisk",
    ["fdisk"] = "fdisk",
    ["veritysetup"] = "cryptsetup-bin",
    ["fsck.vfat"] = "dosfstools",
    ["mcopy"] = "mtools",
    ["sbverify"] = "sbsigntool",
    ["openssl"] = "openssl",
    ["objdump"] = "binutils",
    ["cpio"] = "cpio",
    ["depmod"] = "kmod",
    ["systemd-tmpfiles"] = "systemd",
    ["systemd-repart"] = "systemd",
    ["/usr/lib/systemd/boot/efi/linuxx64.efi.stub"] = "systemd-boot-efi",
    ["gpg"] = "gnupg",
    ["dpkg-deb"] = "dpkg",
    ["dpkg-scanpackages"] = "dpkg-dev",
    ["mkfs.erofs"] = "erofs-utils",
    ["systemd-repart"] = "systemd",
    ["zstd"] = "zstd",
    ["xz"] = "xz-utils",
    ["docker-registry"] = "docker-registry",
    ["htpasswd"] = "apache2-utils",
    ["skopeo"] = "skopeo",
    ["umoci"] = "umoci",
    ["bzip2"] = "bzip2",
    ["bsdtar"] = "libarchive-tools",
    ["zip"] = "zip",
    ["node"] = "nodejs",
    ["/usr/share/nodejs/spdx-expression-parse/package.json"] = "node-spdx-expression-parse",
    ["ignition-validate"] = "ignition",
};

Task("TestTools")
    .Description("Installs the programs that the tests need and that are missing (Debian, as root or by sudo), or names them.")
    .Does(() =>
    {
        InstallMissing(testTools, "The tests");
        InstallFromUnstable("pyspdxtools", ["python3-spdx-tools", "python3-beartype"]);
    });

// Installs packages that no release of Debian has yet, and that any of them can run: they are plain Python. Debian's
// development branch is asked beside the machine's own sources, which stay as they are; what else they need comes from these.
void InstallFromUnstable(string tool, IReadOnlyList<string> packages)
{
    if (IsInstalled(tool))
    {
        return;
    }

    var names = string.Join(' ', packages);
    var command = IsInstalled("apt-get") ? RootCommand() : null;
    if (command is not null)
    {
        // Before this apt may know neither its mirror nor the packages that these need.
        RunOrFail(command, "apt-get", "update -q");
    }

    if (command is null || DebianMirror() is not { } mirror)
    {
        throw new CakeException($"The tests need {tool}, which is not installed. Debian's development branch has it in: {names}");
    }

    Information($"Installing {names} from Debian's development branch");
    var folder = parameters.Artifacts.Combine("test-tools/unstable");
    CleanDirectory(folder);
    EnsureDirectoryExists(folder.Combine("lists/partial"));
    EnsureDirectoryExists(folder.Combine("archives/partial"));
    var sources = folder.CombineWithFilePath("sources.list");
    System.IO.File.WriteAllText(sources.FullPath, $"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {mirror} unstable main\n");
    var options = $"-q -o APT::Sandbox::User=root -o Dir::Etc::sourcelist={sources} -o Dir::Etc::sourceparts=- -o Dir::State::lists={folder}/lists "
        + $"-o Dir::Cache={folder} -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false";
    // Only the installation needs root: what is in the folder stays its owner's.
    RunOrFail("", "apt-get", $"{options} update");
    RunOrFail("", "apt-get", $"{options} -y --no-install-recommends -o Dir::Cache::archives={folder}/archives download {names}", folder);
    var files = string.Join(' ', GetFiles($"{folder}/*.deb"));
    RunOrFail(command, "apt-get", $"install -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 {files}");
}

// The mirror of Debian in the machine's sources; null when there is none.
string DebianMirror()
{
    StartProcess(
        "apt-get",
        new ProcessSettings { Arguments = "indextargets --format \"$(ORIGIN) $(LABEL) $(REPO_URI)\" \"Created-By: Packages\"", RedirectStandardOutput = true },
        out var lines);
    return lines.Select(line => line.Split(' ')).FirstOrDefault(words => words is ["Debian", "Debian", _])?[2];
}

// Installs the packages of what is missing: a program by its name or a file by its path.
void InstallMissing(IReadOnlyDictionary<string, string> tools, string whoNeedsThem)
{
    var missing = tools.Where(tool => !IsInstalled(tool.Key)).Select(tool => tool.Value).Distinct().Order(StringComparer.Ordinal).ToArray();
    if (missing.Length == 0)
    {
        Information("All of them are there.");
        return;
    }

    var packages = string.Join(' ', missing);
    var command = RootCommand();
    if (command is null || !IsInstalled("apt-get"))
    {
        throw new CakeException($"{whoNeedsThem} need programs that are not installed. Debian has them in: {packages}");
    }

    Information($"Installing {packages}");
    RunOrFail(command, "apt-get", "update -q");
    RunOrFail(command, "apt-get", $"install -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 {packages}");
    var stillMissing = tools.Keys.Where(tool => !IsInstalled(tool)).ToArray();
    if (stillMissing.Length > 0)
    {
        throw new CakeException($"These are still missing: {string.Join(", ", stillMissing)}");
    }
}

// System programs are in folders that are in no ordinary user's PATH.
bool IsInstalled(string tool) =>
    tool.StartsWith('/')
        ? System.IO.File.Exists(tool)
        : (EnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/sbin", "/sbin"])
            .Any(directory => System.IO.File.Exists(System.IO.Path.Combine(directory, tool)));

// The words before a command that make it run as root; null when there are none.
string RootCommand()
{
    if (Environment.UserName == "root")
    {
        return "";
    }

    return IsInstalled("sudo") && StartProcess("sudo", new ProcessSettings { Arguments = "-n true", Silent = true, RedirectStandardError = true }) == 0
        ? "sudo -n"
        : null;
}

void RunOrFail(string prefix, string program, string arguments, DirectoryPath directory = null)
{
    var line = $"{prefix} env DEBIAN_FRONTEND=noninteractive {program} {arguments}".Trim();
    var space = line.IndexOf(' ');
    var exitCode = StartProcess(line[..space], new ProcessSettings { Arguments = line[(space + 1)..], WorkingDirectory = directory });
    if (exitCode != 0)
    {
        throw new CakeException($"'{line}' ended with {exitCode}.");
    }
}
