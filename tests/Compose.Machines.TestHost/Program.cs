// A process that owns a machine, for tests that end such a process.
//
// hold DISK    starts a machine, writes QEMU's process number, and waits until it is killed; a line makes it crash
// run DISK     runs a machine on the terminal, and ends with its exit code

using Compose.Machines;
using Compose.Machines.Acceleration;
using Compose.Machines.Emulator;

var host = new QemuHost(QemuTools.Find(), Accelerator.Emulation("tests want the same everywhere."));
switch (args)
{
    case ["hold", var disk]:
        await using (var machine = await QemuMachine.StartAsync(host, new() { Disk = disk, MemoryMebibytes = 256 }))
        {
            Console.WriteLine(machine.ProcessId);
            if (await Console.In.ReadLineAsync() is not null)
            {
                Environment.FailFast("As asked for.");
            }
        }

        return 0;
    case ["run", var disk]:
        return await InteractiveSession.RunAsync(host, new() { Disk = disk, MemoryMebibytes = 256 }, Console.Out);
    default:
        return 2;
}
