using System.Diagnostics;

namespace Compose.Tool.Tests.Pack;

/// <summary>What <c>compose pack</c> says when it cannot pack, and that nothing half-written is left.</summary>
public sealed class PackFailureTests : IDisposable
{
    private readonly PackFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string, string, string> Failures => new()
    {
        // What is prepared; input and output; the code; what the message says.
        { "", "missing image.raw", "COMPOSE9102", "does not exist" },
        { "mkfifo pipe", "pipe image.raw", "COMPOSE9102", "neither a directory nor a tar archive" },
        { "echo text > text", "text image.raw", "COMPOSE1001", "cannot be read" },
        { "touch empty", "empty image.raw", "COMPOSE1001", "truncated" },
        { "tar -cf - /etc/hostname | head -c 600 | gzip > cut.gz", "cut.gz image.raw", "COMPOSE1001", "cut.gz" },
        { "seq 1000000 > f; tar -cf - f | gzip | head -c 100000 > cut.gz", "cut.gz image.raw", "COMPOSE1001", "cut.gz" },
        { "mkdir tree", "tree tree", "COMPOSE9103", "is a directory" },
        { "mkdir tree", "tree tree/image.raw", "COMPOSE9103", "a part of itself" },
        { "mkdir -p tree/sub; ln -s tree/sub alias", "tree alias/image.raw", "COMPOSE9103", "a part of itself" },
        { "mkdir tree; touch tree/old; ln -s tree/old image.raw", "tree image.raw", "COMPOSE9103", "a part of itself" },
        { "mkdir tree", "tree nowhere/image.raw", "COMPOSE9103", "does not exist" },
        { "mkdir tree; mkfifo image.raw", "tree image.raw", "COMPOSE9103", "a device or a pipe" },
        { "mkdir tree", "tree /dev/null", "COMPOSE9103", "a device or a pipe" },
        { "mkdir tree; touch -d @-5 tree/old", "tree image.raw", "COMPOSE4009", "'old'" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void A_fault_of_input_or_output_is_a_diagnostic_and_exit_code_1(string prepare, string paths, string code, string expected)
    {
        _folder.Shell(prepare);
        var before = Entries();
        var (input, output) = (paths.Split(' ')[0], paths.Split(' ')[1]);

        var result = ComposeCommand.Run("pack", _folder[input], "-o", output[0] == '/' ? output : _folder[output], "--no-cache", "--json");

        Assert.Equal(1, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.StartsWith($"error {code}: ", result.Error, StringComparison.Ordinal);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
        Assert.Equal(before, Entries());
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_named_and_an_old_image_stays()
    {
        _folder.Shell("mkdir tree; seq 100000 > tree/readable; echo x > tree/secret; chmod 0 tree/secret; echo old > image.raw; chmod 777 . tree");
        string[] command = ["dotnet", "exec", ComposeCommand.Assembly, "pack", _folder["tree"], "-o", _folder.Image, "--no-cache"];
        if (Environment.IsPrivilegedProcess)
        {
            // Root reads everything, unless it has no capabilities.
            command = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--", .. command];
        }

        var result = ExternalTool.TryRun(command[0], command[1..]);

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("error COMPOSE4004: The content of 'secret' cannot be read: ", result.Error, StringComparison.Ordinal);
        Assert.Equal("old\n", File.ReadAllText(_folder.Image));
        Assert.Equal(["image.raw", "tree"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData("bin 1\nlib high\n", "COMPOSE4013", "list(2): 'high' is not a priority")]
    [InlineData("", "COMPOSE9102", "list' cannot be read")]
    public void A_wrong_sort_list_is_told_by_its_line(string list, string code, string expected)
    {
        _folder.Shell("mkdir tree");
        if (list.Length > 0)
        {
            File.WriteAllText(_folder["list"], list);
        }

        var result = ComposeCommand.Run("pack", _folder["tree"], "-o", _folder.Image, "--no-cache", "--sort-file", _folder["list"]);
        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith($"error {code}: ", result.Error, StringComparison.Ordinal);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.Image));
    }

    [Fact]
    public void Attributes_that_squashfs_has_no_place_for_are_left_out_with_a_warning()
    {
        _folder.Shell("mkdir tree; touch tree/f; tar --format=posix --pax-option='SCHILY.xattr.system.posix_acl_access:=x,SCHILY.xattr.user.kept:=y' -cf tree.tar -C tree .");
        var result = ComposeCommand.Run("pack", _folder["tree.tar"], "-o", _folder.Image, "--no-cache");
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("warning COMPOSE9104: ", result.Error, StringComparison.Ordinal);
        Assert.Contains("system.posix_acl_access (of 2 names)", result.Error, StringComparison.Ordinal);
        Assert.Empty(ComposeCommand.Run("pack", _folder["tree.tar"], "-o", _folder.Image, "--no-cache", "--no-xattrs").Error);
    }

    [Fact]
    public void A_wrong_source_date_epoch_is_a_wrong_command_line()
    {
        _folder.Shell($"mkdir tree; SOURCE_DATE_EPOCH=yesterday dotnet exec '{ComposeCommand.Assembly}' pack tree -o image.raw 2> error || echo $? > code");
        Assert.Equal("2\n", File.ReadAllText(_folder["code"]));
        Assert.Contains("SOURCE_DATE_EPOCH", File.ReadAllText(_folder["error"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public void A_signal_ends_packing_and_leaves_an_old_image(string signal, int exitCode)
    {
        // Random bytes at the highest level take half a minute.
        _folder.Shell("mkdir tree; seq 20000000 > tree/numbers; echo old > image.raw");
        using var process = ComposeCommand.Start("pack", _folder["tree"], "-o", _folder.Image, "--compression", "xz", "--level", "9", "--no-cache");
        WaitUntil(() => Directory.GetFileSystemEntries(_folder.Path).Length == 3, process);

        ExternalTool.Run("kill", $"-{signal}", $"{process.Id}");

        AssertEnds(process, exitCode);
        Assert.Equal("old\n", File.ReadAllText(_folder.Image));
        Assert.Equal(["image.raw", "tree"], Directory.GetFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_signal_ends_waiting_for_a_pipe()
    {
        using var process = ComposeCommand.Start("pack", "-", "-o", _folder.Image);
        process.StandardInput.BaseStream.Write(new byte[100]);
        process.StandardInput.BaseStream.Flush();

        // The temporary file is open once the input has begun.
        WaitUntil(() => Directory.GetFiles($"/proc/{process.Id}/fd").Any(file => new FileInfo(file).LinkTarget?.Contains(".spool", StringComparison.Ordinal) == true), process);

        ExternalTool.Run("kill", "-INT", $"{process.Id}");

        AssertEnds(process, 130);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    private static void AssertEnds(Process process, int exitCode)
    {
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)), "The command did not end.");
        Assert.Contains("was not written", process.StandardError.ReadToEnd(), StringComparison.Ordinal);
        Assert.Equal(exitCode, process.ExitCode);
    }

    private static void WaitUntil(Func<bool> condition, Process process)
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.False(process.HasExited, "The command ended too early.");
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60), "The command did not begin to work.");
            Thread.Sleep(20);
        }
    }

    private string[] Entries() => [.. Directory.GetFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
