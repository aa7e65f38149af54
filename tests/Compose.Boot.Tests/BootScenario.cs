using Compose.Machines;

// An emulated machine takes one processor: as many boot at once as there are.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.Collections)]

namespace Compose.Boot.Tests;

/// <summary>
/// One machine for most tests, as a boot takes a minute: the unmodified image boots on an empty disk, is asked about
/// itself, gets a signed extension, a change in /etc and docker disabled, reboots, and is asked again. Tests look at the answers.
/// </summary>
public sealed class BootScenario : IAsyncLifetime
{
    /// <summary>An emulated boot takes one to five minutes.</summary>
    internal static readonly TimeSpan BootDeadline = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan CommandDeadline = TimeSpan.FromMinutes(4);

    /// <summary>
    /// Makes an image of the guest's own /usr/bin/echo and its libraries, as there is no network, and runs it.
    /// </summary>
    private const string RunContainer = """
        set -euo pipefail
        root=$(mktemp -d)
        mkdir -p "$root/usr/bin"
        ln -s usr/bin "$root/bin"
        cp /usr/bin/echo "$root/usr/bin/"
        for library in $(ldd /usr/bin/echo | grep -o '/[^ ]*'); do
            mkdir -p "$root$(dirname "$library")"
            cp -L "$library" "$root$library"
        done
        tar -C "$root" -c . | docker import - tiny >/dev/null
        docker run --rm --network none tiny /bin/echo hello from a container
        """;

    private static readonly (string Name, string Script)[] FirstBootQuestions =
    [
        ("extensions", "systemd-sysext status --no-legend"),
        ("links", "for f in /etc/extensions/*; do echo \"$f $(readlink \"$f\") $(readlink -e \"$f\")\"; done"),
        ("unmerged", "mkdir -p /run/lower && mount -o ro /dev/mapper/usr /run/lower && ls /run/lower/bin; umount /run/lower"),
        ("programs", "command -v docker containerd"),
        ("etc", "findmnt -no FSTYPE,OPTIONS /etc"),
        ("usr", "cat \"/sys/block/$(basename \"$(readlink -f /dev/mapper/usr)\")/dm/uuid\"; touch /usr/x"),
        ("root", "findmnt -no SOURCE,FSTYPE /; lsblk -no PARTLABEL \"$(findmnt -no SOURCE /)\""),
        ("network", "networkctl status --no-pager; ip -4 -oneline address show dynamic; cat /etc/resolv.conf"),
        ("users", "getent passwd root systemd-network messagebus; getent group docker"),
        ("os-release", "cat /etc/os-release"),
        ("docker info", "docker info --format '{{.ServerVersion}} {{.OperatingSystem}}'"),
        ("docker run", RunContainer),
        ("containerd", "systemctl start containerd.service; systemctl is-active containerd.service docker.socket; ctr version"),
        ("socket", "stat -c '%U %G %a' /run/docker.sock"),
    ];

    private static readonly (string Name, string Script)[] SecondBootQuestions =
    [
        ("extensions", "systemd-sysext status --no-legend"),
        ("docker", "command -v docker"),
        ("containerd", "command -v containerd && systemctl start containerd.service && systemctl is-active containerd.service"),
        ("etc change", "cat /etc/issue /etc/compose-marker"),
        ("boots", "journalctl --list-boots --no-pager | wc -l"),
        ("signed extension", "cat /usr/share/signed.txt"),
        ("systemd", "systemctl --version"),
        ("merge cases", MergeCases.Script),
    ];

    /// <summary>What was done with a signed extension in the first boot.</summary>
    internal GuestCommandResult SignedExtension { get; private set; } = null!;

    /// <summary>How the first boot ended.</summary>
    internal BootState FirstBoot { get; private set; } = null!;

    /// <summary>How the second boot ended.</summary>
    internal BootState SecondBoot { get; private set; } = null!;

    /// <summary>What the first boot's system answered, by question.</summary>
    internal IReadOnlyDictionary<string, GuestCommandResult> First { get; private set; } = null!;

    /// <summary>What the second boot's system answered, by question.</summary>
    internal IReadOnlyDictionary<string, GuestCommandResult> Second { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        // Ctrl-C ends the machine at once, not at the end of the scenario.
        var cancel = TestContext.Current.CancellationToken;
        var host = await QemuHost.DetectAsync(cancellationToken: cancel);
        using var signed = new SignedExtension(cancel);
        await using var machine = await QemuMachine.StartAsync(
            host, new() { Disk = BootImage.Path, ExtraDisks = [signed.Disk], LogDirectory = BootImage.LogDirectory, KeepConsoleLog = true }, cancel);
        FirstBoot = await machine.Guest.WaitForBootAsync(BootDeadline, cancel);
        First = await AskAsync(machine.Guest, FirstBootQuestions, cancel);

        SignedExtension = await machine.Guest.RunAsync(signed.InstallScript, CommandDeadline, cancel);
        (await machine.Guest.RunAsync(
            """
            set -e
            echo 'changed by a person' >> /etc/issue
            echo kept > /etc/compose-marker
            ln -sfn /dev/null /etc/extensions/docker-flatcar.raw
            sync
            """,
            CommandDeadline,
            cancel)).EnsureSuccess();
        await machine.Guest.RebootAsync(BootDeadline, cancel);
        SecondBoot = await machine.Guest.WaitForBootAsync(BootDeadline, cancel);
        Second = await AskAsync(machine.Guest, SecondBootQuestions, cancel);
        await machine.PowerOffAsync(CommandDeadline, cancel);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task<Dictionary<string, GuestCommandResult>> AskAsync(
        GuestSystem guest, (string Name, string Script)[] questions, CancellationToken cancel)
    {
        var answers = new Dictionary<string, GuestCommandResult>(StringComparer.Ordinal);
        foreach (var (name, script) in questions)
        {
            answers.Add(name, await guest.RunAsync(script, CommandDeadline, cancel));
        }

        return answers;
    }
}

/// <summary>The tests that look at the answers of one scenario.</summary>
[CollectionDefinition]
public sealed class BootScenarioTests : ICollectionFixture<BootScenario>;
