using Compose.Diagnostics;
using Compose.Machines.Emulator;
using Compose.Machines.Tests.Guests;

namespace Compose.Machines.Tests;

public sealed class MachineFolderTests : IDisposable
{
    private readonly TestFolder _parent = new();

    public void Dispose() => _parent.Dispose();

    [Fact]
    public void A_folder_is_this_users_alone_and_goes_with_its_machine()
    {
        using (var folder = MachineFolder.Create(_parent.Path))
        {
            File.WriteAllText(folder.PathOf("file"), "");
            var path = Assert.Single(Directory.GetDirectories(_parent.Path));
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
                new DirectoryInfo(path).UnixFileMode);
        }

        Assert.Empty(Directory.GetDirectories(_parent.Path));
    }

    [Fact]
    public void What_a_killed_process_left_is_deleted_by_the_next_machine()
    {
        var left = Directory.CreateDirectory(_parent.PathOf("compose-machine-left")).FullName;
        File.WriteAllText(Path.Combine(left, "lock"), "");
        var hour = DateTime.UtcNow - TimeSpan.FromHours(1);
        Directory.SetLastWriteTimeUtc(left, hour);
        using var inUse = MachineFolder.Create(_parent.Path);
        var used = Path.GetDirectoryName(inUse.PathOf("x"))!;
        Directory.SetLastWriteTimeUtc(used, hour);

        using var next = MachineFolder.Create(_parent.Path);

        Assert.False(Directory.Exists(left));
        Assert.True(Directory.Exists(used));
    }

    [Fact]
    public void A_parent_too_long_for_sockets_is_named()
    {
        var deep = Directory.CreateDirectory(_parent.PathOf(new string('x', 80))).FullName;

        var failure = Assert.Throws<DiagnosticException>(() => MachineFolder.Create(deep));

        Assert.Equal(MachineDiagnostics.TemporaryPathTooLong, failure.Diagnostic.Descriptor);
        Assert.Empty(Directory.GetDirectories(deep));
    }
}
