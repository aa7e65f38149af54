using Compose.Machines.Acceleration;
using Compose.Machines.Emulator;
using Compose.Machines.Tests.Guests;

namespace Compose.Machines.Tests;

public sealed class QemuCommandLineTests : IDisposable
{
    private static readonly QemuHost Host = new(
        new("/bin/qemu", "/bin/qemu-img", "/bin/qemu-io", "/bin/setpriv", new("/fw/code.fd", "/fw/vars.fd")), Accelerator.Kvm);

    private readonly TestFolder _parent = new();
    private readonly MachineFolder _folder;

    public QemuCommandLineTests() => _folder = MachineFolder.Create(_parent.Path);

    public void Dispose()
    {
        _folder.Dispose();
        _parent.Dispose();
    }

    [Fact]
    public void A_machine_of_a_boot_test()
    {
        Assert.Equal(
            """
            -no-user-config
            -nodefaults
            -display
            none
            -machine
            q35,smbios-entry-point-type=64
            -accel
            kvm
            -cpu
            host
            -smp
            2
            -m
            2048
            -drive
            if=pflash,unit=0,format=raw,readonly=on,file=/fw/code.fd
            -drive
            if=pflash,unit=1,format=raw,file=FOLDER/vars.fd
            -drive
            if=none,id=disk,format=qcow2,cache=unsafe,discard=unmap,file=FOLDER/disk.qcow2
            -device
            virtio-blk-pci,drive=disk,bootindex=1
            -netdev
            user,id=net,restrict=on
            -device
            virtio-net-pci,netdev=net,romfile=
            -device
            virtio-rng-pci
            -device
            pvpanic-pci
            -chardev
            file,id=console,path=/log/console
            -serial
            chardev:console
            -chardev
            socket,id=qmp,path=FOLDER/qmp,server=on,wait=off
            -mon
            chardev=qmp,mode=control
            -device
            virtio-serial-pci
            -chardev
            socket,id=agent,path=FOLDER/agent,server=on,wait=off
            -device
            virtserialport,chardev=agent,name=compose.agent
            -action
            reboot=reset,shutdown=poweroff,panic=none
            """,
            Build(new() { Disk = "/os.raw" }));
    }

    [Fact]
    public void A_machine_on_the_terminal()
    {
        var arguments = Build(InteractiveSession.ToMachineOptions(new() { Disk = "/os.raw", Autologin = false }));

        Assert.Contains(
            """
            -chardev
            stdio,id=console,mux=on,signal=off,logfile=/log/console
            -serial
            chardev:console
            -mon
            chardev=console,mode=readline
            """,
            arguments, StringComparison.Ordinal);
        Assert.Contains("-netdev\nuser,id=net\n", arguments, StringComparison.Ordinal);
        Assert.DoesNotContain("virtserialport", arguments, StringComparison.Ordinal);
        Assert.DoesNotContain("-smbios", arguments, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_change_the_arguments()
    {
        var arguments = Build(new()
        {
            Disk = "/os.raw",
            ProcessorCount = 3,
            MemoryMebibytes = 512,
            OnReboot = RebootAction.Exit,
            OnPowerOff = PowerOffAction.Pause,
            ExtraDisks = [new("/a,b.raw", "first"), new("/c.raw", "second")],
            Credentials = [Credential.FromText("name", "a,b")],
        });

        Assert.Contains("-smp\n3\n-m\n512\n", arguments, StringComparison.Ordinal);
        Assert.Contains(
            """
            -drive
            if=none,id=extra0,format=raw,readonly=on,file=/a,,b.raw
            -device
            virtio-blk-pci,drive=extra0,serial=first
            -drive
            if=none,id=extra1,format=raw,readonly=on,file=/c.raw
            -device
            virtio-blk-pci,drive=extra1,serial=second
            """,
            arguments, StringComparison.Ordinal);
        Assert.EndsWith(
            """
            -action
            reboot=shutdown,shutdown=pause,panic=none
            -smbios
            type=11,value=io.systemd.credential.binary:name=YSxi
            """,
            arguments, StringComparison.Ordinal);
    }

    [Fact]
    public void Emulated_processors_share_a_thread_and_there_is_one_unless_more_are_asked_for()
    {
        var emulated = Host with { Accelerator = Accelerator.Emulation("there is no other.") };

        Assert.Contains("-accel\ntcg,thread=single\n-cpu\nmax,la57=off,cx16=off\n-smp\n1\n", Build(new() { Disk = "/os.raw" }, emulated), StringComparison.Ordinal);
        Assert.Contains("-smp\n2\n", Build(new() { Disk = "/os.raw", ProcessorCount = 2 }, emulated), StringComparison.Ordinal);
    }

    [Fact]
    public void A_credential_too_long_for_an_argument_goes_through_a_file()
    {
        var credential = new Credential("big", new byte[100_000]);

        var arguments = Build(new() { Disk = "/os.raw", Credentials = [credential] });

        Assert.EndsWith("-smbios\ntype=11,path=FOLDER/credential0", arguments, StringComparison.Ordinal);
        Assert.Equal(credential.ToSmbiosString(), File.ReadAllText(_folder.PathOf("credential0")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a,b")]
    [InlineData("123456789012345678901")]
    public void A_serial_number_that_is_none_is_refused(string serial) =>
        Assert.Throws<ArgumentException>(() => Build(new() { Disk = "/os.raw", ExtraDisks = [new("/a.raw", serial)] }));

    [Theory]
    [InlineData(0, 2048)]
    [InlineData(2, 0)]
    public void A_machine_without_processor_or_memory_is_refused(int processors, int memory) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Build(new() { Disk = "/os.raw", ProcessorCount = processors, MemoryMebibytes = memory }));

    private string Build(MachineOptions options, QemuHost? host = null) =>
        string.Join('\n', QemuCommandLine.Build(host ?? Host, options, _folder, "/log/console"))
            .Replace(Path.GetDirectoryName(_folder.PathOf("x"))!, "FOLDER", StringComparison.Ordinal);
}
