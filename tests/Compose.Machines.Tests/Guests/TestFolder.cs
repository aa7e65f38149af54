namespace Compose.Machines.Tests.Guests;

/// <summary>A folder of one test.</summary>
internal sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("compose-test-").FullName;

    public string PathOf(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>A disk that the firmware boots: FAT without partitions, with one program.</summary>
    public async Task<string> CreateDiskAsync(string text, AfterText after)
    {
        var program = PathOf("program.efi");
        var disk = PathOf("disk.raw");
        await File.WriteAllBytesAsync(program, UefiProgram.Create(text, after));
        await Tool.RunAsync("mtools", "mformat", "-C", "-i", disk, "-T", "8192", "::");
        await Tool.RunAsync("mtools", "mmd", "-i", disk, "::EFI", "::EFI/BOOT");
        await Tool.RunAsync("mtools", "mcopy", "-i", disk, program, "::EFI/BOOT/BOOTX64.EFI");
        return disk;
    }

    /// <summary>An executable shell script, in the place of a program that misbehaves.</summary>
    public string CreateScript(string name, string body)
    {
        var path = PathOf(name);
        File.WriteAllText(path, "#!/bin/sh\n" + body + "\n");
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("These tests need a shell.");
        }

        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
