using Compose.Machines;

namespace Compose.Boot.Tests;

public class DamagedUsrTests
{
    private const int BlockSize = 4096;

    [Fact]
    public async Task A_flipped_bit_in_usr_is_detected()
    {
        // The extension lies in /usr as it is, as it cannot be compressed further: a part of it can be found on the disk.
        var (offset, original) = FindInUsr(BootImage.Extension("docker.sysext", "docker-flatcar"));
        var cancel = TestContext.Current.CancellationToken;
        var host = await QemuHost.DetectAsync(cancellationToken: cancel);
        await using var machine = await QemuMachine.StartAsync(host, new()
        {
            Disk = BootImage.Path,
            LogDirectory = BootImage.LogDirectory,
            KeepConsoleLog = true,
            DiskPatches = [new(offset, new[] { (byte)(original ^ 0x10) })],
        }, cancel);

        // systemd-sysext may fail on the damage, so the boot may end as degraded: what counts is that nothing is read.
        await machine.Guest.WaitForBootAsync(BootScenario.BootDeadline, cancel);
        var block = (offset - BootImage.VerityNumber("Data offset")) / BlockSize;
        var answer = await machine.Guest.RunAsync(
            $"dd if=/dev/mapper/usr of=/dev/null bs={BlockSize} count=1 skip={block} iflag=direct; result=$?; "
            + $"journalctl -k --no-pager | grep -F 'data block {block} is corrupted'; exit $result",
            TimeSpan.FromMinutes(2),
            cancel);

        Assert.NotEqual(0, answer.ExitCode);
        Assert.Contains("Input/output error", answer.StandardError, StringComparison.Ordinal);
        Assert.Contains($"data block {block} is corrupted", answer.StandardOutput, StringComparison.Ordinal);
    }

    /// <summary>Where the middle of a file lies in the /usr partition, and the byte that is there.</summary>
    private static (long Offset, byte Byte) FindInUsr(string file)
    {
        var wanted = new byte[64];
        using (var stream = File.OpenRead(file))
        {
            stream.Position = stream.Length / 2;
            stream.ReadExactly(wanted);
        }

        using var disk = File.OpenHandle(BootImage.Path);
        var start = BootImage.VerityNumber("Data offset");
        var end = start + (BootImage.VerityNumber("Data blocks") * BlockSize);
        var buffer = new byte[8 << 20];
        for (var position = start; position < end; position += buffer.Length - wanted.Length)
        {
            var read = RandomAccess.Read(disk, buffer, position);
            var index = buffer.AsSpan(0, read).IndexOf(wanted);
            if (index >= 0)
            {
                return (position + index, wanted[0]);
            }
        }

        throw new InvalidOperationException($"'{file}' is not in the image as it is.");
    }
}
